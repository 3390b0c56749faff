//! A terminal that does not show what is typed.

use std::io;

/// While it lives, what is typed on standard input does not appear. When it is dropped, as when
/// Ctrl-C ends the asking, the terminal is as it was.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Unseen(rustix::termios::Termios);

#[cfg(unix)]
impl Unseen {
    pub(crate) fn new() -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

        let before = tcgetattr(io::stdin())?;
        let mut unseen = before.clone();
        unseen.local_modes.remove(LocalModes::ECHO);
        // But the cursor goes to the next line.
        unseen.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(io::stdin(), OptionalActions::Now, &unseen)?;
        Ok(Self(before))
    }
}

#[cfg(unix)]
impl Drop for Unseen {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};

        // A terminal that is gone needs nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Not known here.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Unseen;

#[cfg(not(unix))]
impl Unseen {
    pub(crate) fn new() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
