//! Gzip, piece by piece, in bounded memory.

use std::io::{BufRead, ErrorKind, Read};

use bytes::{Buf, Bytes};
use flate2::bufread::MultiGzDecoder;

use crate::{Body, TransportError, TransportErrorKind};

/// How much is decoded at a time: what one piece of the decoded body may hold.
const PIECE: usize = 32 * 1024;

/// Decodes a body of gzip members. Pull it with [`next`](Self::next).
pub(super) struct Gunzip {
    wire: Body,
    decoder: MultiGzDecoder<Arrived>,
}

impl Gunzip {
    pub(super) fn new(wire: Body) -> Self {
        let nothing_yet = Arrived { bytes: Bytes::new(), ended: false };
        Self { wire, decoder: MultiGzDecoder::new(nothing_yet) }
    }

    /// The next decoded piece, at most [`PIECE`] bytes, or `None` at a proper end.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        let mut piece = vec![0; PIECE];
        loop {
            match self.decoder.read(&mut piece) {
                Ok(0) => return None,
                Ok(length) => {
                    piece.truncate(length);
                    return Some(Ok(piece.into()));
                }
                // The decoder has used up what has arrived and keeps its place.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Some(Err(broken(error))),
            }
            match self.wire.chunk().await {
                Some(Ok(bytes)) => self.decoder.get_mut().bytes = bytes,
                Some(Err(error)) => return Some(Err(error)),
                None => self.decoder.get_mut().ended = true,
            }
        }
    }
}

fn broken(error: std::io::Error) -> TransportError {
    if error.kind() == ErrorKind::UnexpectedEof {
        return TransportError::new(
            TransportErrorKind::Body,
            "the answer ended before its gzip encoding did",
        );
    }
    TransportError::new(TransportErrorKind::Encoding, "the answer is not valid gzip")
        .with_source(error)
}

/// What has come from the wire and is not decoded yet.
struct Arrived {
    bytes: Bytes,
    ended: bool,
}

impl BufRead for Arrived {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.bytes.is_empty() && !self.ended {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(&self.bytes)
    }

    fn consume(&mut self, amount: usize) {
        self.bytes.advance(amount);
    }
}

impl Read for Arrived {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let length = self.fill_buf()?.read(into)?;
        self.consume(length);
        Ok(length)
    }
}
