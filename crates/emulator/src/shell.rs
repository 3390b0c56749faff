//! The thin shell between axum and the core.

use std::io::SeekFrom;
use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::answer::{Answer, Payload, Sending, emulator};
use crate::body;
use crate::call::Call;
use crate::deliver::deliver;
use crate::line::Line;
use crate::service::Service;

/// How much of a file is read at a time.
const PIECE: u64 = 256 * 1024;

/// All routes: the core knows them.
pub(crate) fn router(service: Service) -> Router {
    Router::new().fallback(handle).with_state(service)
}

pub(crate) async fn handle(State(service): State<Service>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let line = parts.extensions.get::<ConnectInfo<Line>>().map(|info| info.0.clone());
    let request_id = service.request_id(&parts.headers);
    let answer = match body::read(body).await {
        Ok(body) => service.answer(Call::new(parts, body, request_id.clone())).await,
        Err(refusal) => {
            service.refuse(&Call::new(parts, Bytes::new(), request_id.clone()), refusal)
        }
    };
    let (answer, body) = with_body(answer).await;
    let length = answer.payload.length();
    let Answer { manner, status, headers, .. } = answer.with("x-request-id", request_id);
    if !service.pause(manner.delay).await {
        return deliver(Response::default(), 0, Sending::Reset, line, &service).await;
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    deliver(response, length, manner.sending, line, &service).await
}

/// The answer with its body. A file that cannot be opened makes it another answer.
async fn with_body(answer: Answer) -> (Answer, Body) {
    let answer = match &answer.payload {
        Payload::File { path, from, length } => match stream_file(path, *from, *length).await {
            Ok(body) => return (answer, body),
            Err(error) => {
                tracing::error!(%error, path = %path.display(), "a file cannot be read");
                Answer { manner: answer.manner, ..missing(path, &error) }
            }
        },
        _ => answer,
    };
    let body = match &answer.payload {
        Payload::Bytes(bytes) => Body::from(bytes.clone()),
        _ => Body::empty(),
    };
    (answer, body)
}

/// What an export wrote and the records tell of is not there.
fn missing(file: &Path, error: &std::io::Error) -> Answer {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let folder = file.parent().unwrap_or(file);
    let detail = format!(
        "the file {name} of the job's folder {} cannot be read ({error}); \
         the records still tell of it: create the job anew",
        folder.display()
    );
    emulator(500, "ExportMissing", &detail)
}

/// A file's bytes, never more than a piece of them in memory.
async fn stream_file(path: &Path, from: u64, length: u64) -> std::io::Result<Body> {
    let mut file = File::open(path).await?;
    file.seek(SeekFrom::Start(from)).await?;
    let pieces = stream::try_unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return Ok::<_, std::io::Error>(None);
        }
        let size = usize::try_from(left.min(PIECE)).unwrap_or(usize::MAX);
        let mut piece = vec![0; size];
        file.read_exact(&mut piece).await?;
        let left = left.saturating_sub(size as u64);
        Ok(Some((Bytes::from(piece), (file, left))))
    });
    Ok(Body::from_stream(pieces))
}
