//! Questions to whoever sits at the terminal.

use std::io::{self, Read};

use aep_export_api::Secret;

use crate::context::Context;
use crate::failure::Failure;
use crate::secret;
use crate::unseen::Unseen;

/// Longer than any answer, in bytes.
const MOST: usize = 64 * 1024;

impl Context {
    /// Asks and waits for a line, without the white space around it; `None` if there will be none.
    /// Whether somebody can be asked at all is the caller's to know.
    pub(crate) async fn answer(&mut self, question: &str) -> Result<Option<String>, Failure> {
        self.talk.ask(question);
        let (line, stdin) = self
            .reading(|mut stdin| {
                let line = read_line(&mut *stdin)
                    .map_err(|error| Failure::io("cannot read the answer", &error))?;
                Ok((line, stdin))
            })
            .await?;
        self.stdin = stdin;
        Ok(line.map(|line| line.trim().to_owned()))
    }

    /// The same where there must be an answer.
    pub(crate) async fn must_answer(&mut self, question: &str) -> Result<String, Failure> {
        match self.answer(question).await? {
            Some(answer) if !answer.is_empty() => Ok(answer),
            _ => Err(no_answer()),
        }
    }

    /// The same with the answer kept off the screen, whatever ends the asking.
    pub(crate) async fn unseen_answer(
        &mut self,
        question: &str,
    ) -> Result<Option<String>, Failure> {
        let _unseen = Unseen::new().map_err(|error| {
            Failure::io("cannot keep the answer off the screen", &error).of_input()
        })?;
        self.answer(question).await
    }
}

impl Context {
    /// The secret that comes over standard input, alone.
    pub(crate) async fn secret_from_stdin(&mut self) -> Result<Secret, Failure> {
        let text = self
            .reading(|stdin| {
                let mut text = String::new();
                stdin.take(secret::ENOUGH).read_to_string(&mut text).map_err(|error| {
                    Failure::io("cannot read the client secret", &error).of_input()
                })?;
                Ok(text)
            })
            .await?;
        secret::one_line(&"standard input", &text)
    }
}

pub(crate) fn no_answer() -> Failure {
    Failure::usage("there was no answer, and nothing is written")
}

/// Reads up to the end of the line and no further: what follows is another answer.
fn read_line(stdin: &mut dyn Read) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        if line.len() > MOST {
            return Err(io::Error::other("it is longer than 64 KiB"));
        }
        match stdin.read(&mut byte) {
            Ok(0) if line.is_empty() => return Ok(None),
            Ok(0) => break,
            Ok(_) if byte == *b"\n" => break,
            Ok(_) => line.extend(byte),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let line = String::from_utf8(line).map_err(|_| io::Error::other("it is not UTF-8 text"))?;
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_one_by_one() {
        let mut stdin: &[u8] = b"one\n\nlast";
        for expected in [Some("one"), Some(""), Some("last"), None] {
            assert_eq!(read_line(&mut stdin).unwrap().as_deref(), expected);
        }
        assert!(read_line(&mut &b"\xff\n"[..]).is_err());
    }

    #[test]
    fn a_line_is_not_cut() {
        let longest = "x".repeat(MOST);
        let read = |text: &str| read_line(&mut text.as_bytes());
        assert_eq!(read(&longest).unwrap().unwrap(), longest);
        assert!(read(&format!("{longest}x")).is_err());
    }
}
