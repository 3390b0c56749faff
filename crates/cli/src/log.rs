//! `-v`: what is sent and answered, on standard error.

use std::io::{self, Write};

use tracing::Level;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

use crate::talk::SharedWriter;

/// Logs to `writer` as long as the guard lives: requests and answers for one `-v`, everything that
/// these crates say for more. The layers below log by allow-list; no secret reaches this.
pub(crate) fn start(verbose: u8, writer: SharedWriter) -> Option<DefaultGuard> {
    let targets = match verbose {
        0 => return None,
        1 => Targets::new()
            .with_target("aep_export_transport", Level::DEBUG)
            .with_target("aep_export_cli::objects", Level::DEBUG),
        _ => Targets::new().with_target("aep_export", Level::TRACE),
    };
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(Writers(writer))
        .with_ansi(false)
        .without_time()
        .with_filter(targets);
    Some(tracing::subscriber::set_default(tracing_subscriber::registry().with(layer)))
}

struct Writers(SharedWriter);

impl<'a> MakeWriter<'a> for Writers {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(SharedWriter::clone(&self.0))
    }
}

struct Line(SharedWriter);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.lock() {
            Ok(mut out) => out.write(bytes),
            Err(_) => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().map_or(Ok(()), |mut out| out.flush())
    }
}
