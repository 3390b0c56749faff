//! The ways in which others write what they were sent: as it is, as in a form or an address (`%2F`, `+`),
//! and as in JSON (`\\/`, `\\u002f`), mixed as they like.

/// How long `secret` is at the beginning of `text`, in bytes; `None` if something else stands there.
pub(super) fn length(secret: &str, text: &str) -> Option<usize> {
    if text.starts_with(secret) {
        return Some(secret.len());
    }
    let mut rest = text.as_bytes();
    for byte in secret.bytes() {
        rest = rest.get(of_byte(byte, rest)?..)?;
    }
    Some(text.len() - rest.len())
}

/// How long `byte` is at the beginning of `text`. What can be an escape is taken for one: who escapes
/// anything also escapes what escapes begin with.
fn of_byte(byte: u8, text: &[u8]) -> Option<usize> {
    match *text {
        [b'%', high, low, ..] if hex(high, low) == Some(byte) => Some(3),
        [b'\\', b'u', b'0', b'0', high, low, ..] if hex(high, low) == Some(byte) => Some(6),
        [b'\\', escaped, ..] if escaped == byte => Some(2),
        [b'+', ..] if byte == b' ' => Some(1),
        [same, ..] if same == byte => Some(1),
        _ => None,
    }
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::Secret;

    #[test]
    fn every_way_to_write_a_secret_is_known() {
        let secret = Secret::new("p8e +/&\"%\\é");
        for written in [
            "p8e +/&\"%\\é",
            "p8e+%2B%2F%26%22%25%5C%C3%A9",
            "p8e%20%2b%2f%26%22%25%5c%c3%a9",
            "%70%38%65%20%2b%2f%26%22%25%5c%c3%a9",
            "p8e +\\/&\\\"%\\\\é",
            "p8e +\\u002F\\u0026\\u0022%\\u005cé",
            "p8e +/%26\"%\\é",
        ] {
            let told = secret.taken_out_of(&format!("<{written}> {written}")).into_owned();
            assert_eq!(told, "<[redacted]> [redacted]", "{written}");
        }
        for other in ["p8e ", "p8e%20%2b%2f%26%22%25%5c%c3", "p8e%2", "", "%", "\\u00", "é"] {
            assert_eq!(secret.taken_out_of(other), other);
        }
    }

    proptest! {
        /// Whoever decodes what is left finds no secret in it, and all that was around it.
        #[test]
        fn a_secret_is_found_however_each_byte_is_written(
            secret in "[ -~é]{8,20}",
            ways in prop::collection::vec(0..3_u8, 60),
            before in "[a-z]{0,5}",
            after in "[ -~é]{0,5}",
        ) {
            let byte = |(byte, way): (u8, &u8)| match way {
                0 if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                1 => format!("%{byte:02x}"),
                _ => format!("%{byte:02X}"),
            };
            let written: String = secret.bytes().zip(&ways).map(byte).collect();
            let secret = Secret::new(secret);
            for written in [&written, secret.expose()] {
                let told = secret.taken_out_of(&format!("{before}{written}{after}")).into_owned();
                prop_assert!(told.contains("[redacted]") && !secret.is_in(&told), "{}", told);
                prop_assert!(told.starts_with(&before), "{}", told);
            }
        }
    }
}
