//! The emulator's own routes, for which no token is needed: is it ready, which faults are in
//! force, what was asked.

use http::Method;
use serde_json::json;

use super::{Core, is_read, wrong_method};
use crate::answer::{Answer, emulator};
use crate::call::Call;
use crate::faults::Fault;

/// Whether a request is to the emulator itself, not to a service that it plays.
pub(crate) fn is_own(call: &Call) -> bool {
    call.path.first().is_some_and(|first| first == "_emulator")
}

impl Core {
    pub(super) fn own(&self, call: &Call, rest: &[&str]) -> Answer {
        match rest {
            ["health"] if is_read(call) => Answer::ok(&json!({
                "status": "ok",
                "service": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
            })),
            ["health"] => wrong_method(call, "GET, HEAD"),
            ["faults"] => self.own_faults(call),
            ["requests"] => self.own_requests(call),
            _ => emulator(404, "NotFound", &format!("{} is no route", call.shown_path())),
        }
    }

    /// The rules: read, replaced, added to, taken away. Each answer says which are in force then.
    fn own_faults(&self, call: &Call) -> Answer {
        let given = || Fault::parse(&String::from_utf8_lossy(&call.body));
        let done = match call.method {
            Method::GET | Method::HEAD => Ok(()),
            Method::PUT => given().and_then(|faults| self.faults.set(faults)),
            Method::POST => given().and_then(|faults| self.faults.add(faults)),
            Method::DELETE => {
                self.faults.clear();
                Ok(())
            }
            _ => return wrong_method(call, "GET, HEAD, PUT, POST, DELETE"),
        };
        match done {
            Ok(()) => Answer::ok(&json!({"faults": self.faults.report()})),
            Err(invalid) => emulator(400, "InvalidFault", &invalid.to_string()),
        }
    }

    fn own_requests(&self, call: &Call) -> Answer {
        match call.method {
            Method::GET | Method::HEAD => {}
            Method::DELETE => self.journal.clear(),
            _ => return wrong_method(call, "GET, HEAD, DELETE"),
        }
        Answer::ok(&json!({"total": self.journal.total(), "requests": self.journal.requests()}))
    }
}
