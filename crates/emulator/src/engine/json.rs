//! Stored values as JSON, for columns that have no other type.

use super::profiles::{Damaged, Tape, Token};
use super::project::Projection;

/// Writes the value that follows in `tape`, or what is kept of it, without white space. Numbers are
/// spelled as in the document.
pub(super) fn write(
    out: &mut String,
    tape: &mut Tape<'_>,
    kept: &Projection,
    names: &[&str],
) -> Result<(), Damaged> {
    match tape.token()? {
        Token::Null => out.push_str("null"),
        Token::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Token::Number(spelled) => out.push_str(spelled),
        Token::Text(text) => write_text(out, text),
        Token::List => {
            let mut next = '[';
            while tape.has_element()? {
                if kept.goes_on() && !tape.is_at_container() {
                    tape.skip()?;
                    continue;
                }
                out.push(next);
                write(out, tape, kept, names)?;
                next = ',';
            }
            if next == '[' {
                out.push('[');
            }
            out.push(']');
        }
        Token::Object => {
            let mut next = '{';
            while let Some(id) = tape.name()? {
                let name = names.get(id as usize).ok_or(Damaged)?;
                match kept.below(name) {
                    Some(kept) if !kept.goes_on() || tape.is_at_container() => {
                        out.push(next);
                        write_text(out, name);
                        out.push(':');
                        write(out, tape, kept, names)?;
                        next = ',';
                    }
                    _ => tape.skip()?,
                }
            }
            if next == '{' {
                out.push('{');
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_text(out: &mut String, text: &str) {
    // Writing a text as JSON does not fail.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}
