//! The body of an answer, read piece by piece.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt;

use crate::{TransportError, TransportErrorKind};

/// A streaming body: a sequence of chunks that may end in an error.
///
/// # Example
/// ```
/// # futures_util::FutureExt::now_or_never(async {
/// use aep_export_transport::Body;
///
/// let body = Body::from("two words");
/// assert_eq!(body.collect(1024).await.unwrap(), "two words");
/// # }).unwrap();
/// ```
pub struct Body {
    chunks: Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>,
}

impl Body {
    /// A body without a byte.
    pub fn empty() -> Self {
        Self::from_stream(futures_util::stream::empty())
    }

    /// A body that yields what `chunks` yields.
    pub fn from_stream(
        chunks: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static,
    ) -> Self {
        Self { chunks: Box::pin(chunks) }
    }

    /// A body that breaks before its first byte.
    pub(crate) fn broken(error: TransportError) -> Self {
        Self::from_stream(futures_util::stream::iter([Err(error)]))
    }

    /// Reads the beginning: up to the end, an error, or the piece that brings it to `enough` bytes.
    /// The body that comes back is the same as before, nothing of it is lost.
    pub(crate) async fn peek(mut self, enough: usize) -> (Bytes, Self) {
        let mut read = BytesMut::new();
        let mut end = None;
        while read.len() < enough && end.is_none() {
            match self.chunk().await {
                Some(Ok(chunk)) => read.extend_from_slice(&chunk),
                Some(Err(error)) => end = Some(Self::broken(error)),
                None => end = Some(Self::empty()),
            }
        }
        let beginning = read.freeze();
        let rest = end.unwrap_or(self);
        let whole = Self::from_stream(Self::from(beginning.clone()).chain(rest));
        (beginning, whole)
    }

    /// The next piece, or `None` at the end.
    ///
    /// # Errors
    /// What stopped the body short; nothing follows an error.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, TransportError>> {
        self.chunks.next().await
    }

    /// Reads the rest into memory, at most `limit` bytes.
    ///
    /// # Errors
    /// [`TransportErrorKind::TooLarge`] when there is more, or what stopped the body short.
    pub async fn collect(mut self, limit: u64) -> Result<Bytes, TransportError> {
        let Some(first) = self.chunk().await.transpose()? else {
            return Ok(Bytes::new());
        };
        within(first.len(), limit)?;
        let Some(second) = self.chunk().await.transpose()? else {
            return Ok(first);
        };
        let mut whole = BytesMut::from(first.as_ref());
        let mut next = Some(second);
        while let Some(chunk) = next {
            within(whole.len().saturating_add(chunk.len()), limit)?;
            whole.extend_from_slice(&chunk);
            next = self.chunk().await.transpose()?;
        }
        Ok(whole.freeze())
    }
}

fn within(length: usize, limit: u64) -> Result<(), TransportError> {
    if length as u64 > limit {
        return Err(TransportError::new(
            TransportErrorKind::TooLarge,
            format!("the answer is larger than the limit of {limit} bytes"),
        ));
    }
    Ok(())
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::from_stream(futures_util::stream::iter((!bytes.is_empty()).then_some(Ok(bytes))))
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl Stream for Body {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.chunks.as_mut().poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chunks.size_hint()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body(..)")
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn in_pieces(pieces: &'static [&'static str]) -> Body {
        Body::from_stream(futures_util::stream::iter(
            pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))),
        ))
    }

    #[test]
    fn collects_up_to_the_limit_and_no_further() {
        for pieces in [&["abcd"][..], &["ab", "cd"], &["a", "b", "c", "d"]] {
            let whole = in_pieces(pieces).collect(4).now_or_never().unwrap().unwrap();
            assert_eq!(whole, "abcd");
            let error = in_pieces(pieces).collect(3).now_or_never().unwrap().unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::TooLarge);
        }
    }

    #[test]
    fn a_look_at_the_beginning_loses_nothing() {
        let pieces = &["abc", "def", "ghi"];
        for (enough, seen) in [(0, ""), (1, "abc"), (3, "abc"), (4, "abcdef"), (100, "abcdefghi")] {
            let (beginning, whole) = in_pieces(pieces).peek(enough).now_or_never().unwrap();
            assert_eq!(beginning, seen);
            assert_eq!(whole.collect(9).now_or_never().unwrap().unwrap(), "abcdefghi");
        }
        let error = TransportError::new(TransportErrorKind::Body, "cut");
        let cut = in_pieces(pieces).chain(Body::broken(error));
        let (beginning, mut whole) = Body::from_stream(cut).peek(100).now_or_never().unwrap();
        assert_eq!(beginning, "abcdefghi");
        assert_eq!(whole.chunk().now_or_never().unwrap().unwrap().unwrap(), "abcdefghi");
        let end = whole.chunk().now_or_never().unwrap().unwrap().unwrap_err();
        assert_eq!(end.kind(), TransportErrorKind::Body);
        assert!(whole.chunk().now_or_never().unwrap().is_none());
    }

    #[test]
    fn an_error_in_the_middle_is_an_error_of_the_whole() {
        let cut = TransportError::new(TransportErrorKind::Interrupted, "cut");
        let body = Body::from_stream(futures_util::stream::iter([
            Ok(Bytes::from_static(b"half")),
            Err(cut),
        ]));
        let error = body.collect(100).now_or_never().unwrap().unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Interrupted);
    }
}
