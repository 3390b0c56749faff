//! One JSON value, spelled in as many ways as JSON has.

use fastrand::Rng;
use serde_json::Value;

/// The value as a JSON text on one line: with white space, escapes, numbers in other forms, and
/// names that come twice, of which the last one counts.
pub(super) fn spelled(value: &Value, rng: &mut Rng) -> String {
    let mut text = String::new();
    write(value, rng, &mut text);
    text
}

fn write(value: &Value, rng: &mut Rng, text: &mut String) {
    space(rng, text);
    match value {
        Value::String(string) => quote(string, rng, text),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64() && rng.bool()) {
            Some(float) => text.push_str(&format!("{float:e}")),
            None => text.push_str(&number.to_string()),
        },
        Value::Array(elements) => {
            text.push('[');
            for (number, element) in elements.iter().enumerate() {
                if number > 0 {
                    text.push(',');
                }
                write(element, rng, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            for (number, (name, value)) in members.iter().enumerate() {
                if number > 0 {
                    text.push(',');
                }
                if rng.u8(..24) == 0 {
                    let other = ["null", "[1]", "\"other\"", "{\"x\":{}}"];
                    member(name, rng, text);
                    text.push_str(rng.choice(other).unwrap());
                    text.push(',');
                }
                member(name, rng, text);
                write(value, rng, text);
            }
            space(rng, text);
            text.push('}');
        }
        word => text.push_str(&word.to_string()),
    }
    space(rng, text);
}

fn member(name: &str, rng: &mut Rng, text: &mut String) {
    space(rng, text);
    quote(name, rng, text);
    space(rng, text);
    text.push(':');
}

fn space(rng: &mut Rng, text: &mut String) {
    if rng.u8(..8) == 0 {
        text.push_str(rng.choice([" ", "\t", "\r", "  "]).unwrap());
    }
}

fn quote(string: &str, rng: &mut Rng, text: &mut String) {
    let escapes = rng.u8(..8) == 0;
    text.push('"');
    for char in string.chars() {
        if escapes && rng.bool() {
            for unit in char.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04X}"));
            }
        } else {
            let quoted = serde_json::to_string(&char).unwrap();
            text.push_str(&quoted[1..quoted.len() - 1]);
        }
    }
    text.push('"');
}
