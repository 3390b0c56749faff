//! A client that speaks HTTP/1.1 by hand and sees what really comes over the socket.

use std::io::ErrorKind;
use std::time::Duration;

use aep_export_emulator::{CLIENT_ID, Emulator, ORGANIZATION};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::wire::Wire;

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// An orderly end (FIN).
    Closed,
    /// RST.
    Reset,
    /// It was still open.
    Open,
}

/// Everything that came over a connection.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: End,
}

impl Raw {
    /// The head of the answer, in lower case.
    pub(crate) fn head(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        text.split_once("\r\n\r\n")
            .map_or_else(|| text.to_lowercase(), |(head, _)| head.to_lowercase())
    }

    /// Whether as much of a body has come as its head says.
    pub(crate) fn is_whole(&self) -> bool {
        let head = self.head();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        length.is_some_and(|length| length.parse() == Ok(self.body().len()))
    }

    pub(crate) fn body(&self) -> &[u8] {
        let end = self.bytes.windows(4).position(|four| four == b"\r\n\r\n");
        end.map_or(&[], |end| &self.bytes[end + 4..])
    }
}

/// A connection on which a request has been sent.
pub(crate) async fn send(emulator: &Emulator, wire: &Wire, line: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(emulator.address()).await.expect("a connection");
    let (token, length) = (wire.authorization(), body.len());
    let request = format!(
        "{line} HTTP/1.1\r\nhost: {}\r\nauthorization: {token}\r\nx-api-key: {CLIENT_ID}\r\n\
         x-gw-ims-org-id: {ORGANIZATION}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}",
        emulator.address(),
    );
    stream.write_all(request.as_bytes()).await.expect("the request goes out");
    stream
}

/// Reads until the connection ends.
pub(crate) async fn read_to_end(stream: &mut TcpStream) -> Raw {
    read(stream, |_| false).await
}

/// Reads until it is enough and nothing more has come for a moment, or the connection ends.
pub(crate) async fn read(stream: &mut TcpStream, enough: impl Fn(&Raw) -> bool) -> Raw {
    let mut raw = Raw { bytes: Vec::new(), end: End::Open };
    let mut piece = [0; 4_096];
    loop {
        let patience = Duration::from_millis(if enough(&raw) { 30 } else { 10_000 });
        match tokio::time::timeout(patience, stream.read(&mut piece)).await {
            Err(_) => return raw,
            Ok(Ok(0)) => return Raw { end: End::Closed, ..raw },
            Ok(Ok(count)) => raw.bytes.extend_from_slice(&piece[..count]),
            Ok(Err(error)) if error.kind() == ErrorKind::ConnectionReset => {
                return Raw { end: End::Reset, ..raw };
            }
            Ok(Err(error)) => panic!("{error}"),
        }
    }
}
