//! Brings another transport: here one that answers from memory. The layers above it stay the same.
//!
//! `cargo run -p aep-export-transport --example swapped_transport`

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aep_export_transport::layers::Stack;
use aep_export_transport::{
    Body, OperationInfo, Replay, Secret, StaticToken, TokioClock, Transport, TransportError,
};
use bytes::Bytes;

/// Says what it was asked; stands for an in-house HTTP stack, a recorder, a router under test ...
struct Mirror;

#[async_trait::async_trait]
impl Transport for Mirror {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        // Ask the operation, not the method, whether a request may be sent again.
        let info = OperationInfo::of(&request);
        let limit = info.response_timeout.unwrap_or(Duration::from_secs(30));
        let text = format!("{} {} within {limit:?}", request.method(), request.uri().path());
        Ok(http::Response::new(Body::from(Bytes::from(text))))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let calls = Stack::new(Arc::new(Mirror), Arc::new(TokioClock::new()))
        .authorization(
            Arc::new(StaticToken::new(Secret::new("from the developer console"))),
            ["https://platform.adobe.io".parse()?],
        )
        .build();

    let request = http::Request::get("https://platform.adobe.io/data/core/ups/export/jobs")
        .extension(OperationInfo::new("export_jobs.list", Replay::Safe))
        .body(Bytes::new())?;
    let answer = calls.send(request).await?;
    say(&format_args!("{}: {:?}", answer.status(), answer.into_body().collect(1024).await?))?;

    // The token stays with the host it is for, whatever link a request came from.
    let stray = http::Request::get("https://elsewhere.example/").body(Bytes::new())?;
    match calls.send(stray).await {
        Ok(answer) => say(&answer.status())?,
        Err(error) => say(&error)?,
    }
    Ok(())
}

fn say(what: &dyn fmt::Display) -> std::io::Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{what}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_example_runs() {
        super::main().unwrap();
    }
}
