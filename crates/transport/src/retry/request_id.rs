//! The id that tells one exchange from all others.

use http::{HeaderMap, HeaderName};

use crate::Random;

/// Documented as an optional request header of segment definitions and segment jobs ("a new id per
/// request"), and seen on every answer. That export jobs take it without harm is assumed, and so is
/// that a job keeps it as its `requestId`: in the one live job that was seen, that field has the
/// form of such an id.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new value for the header `x-request-id`, in the form that the service gives its own: 32
/// letters and digits (observed).
///
/// [`layers::Retry`](crate::layers::Retry) sets one by itself where it matters. Who has to know it
/// even if the call never returns sets the header before sending; it is kept.
///
/// ```
/// use aep_export_transport::{SystemRandom, new_request_id};
///
/// let id = new_request_id(&SystemRandom);
/// assert_eq!(id.len(), 32);
/// assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
/// assert_ne!(id, new_request_id(&SystemRandom));
/// ```
pub fn new_request_id(random: &dyn Random) -> String {
    let last = ALPHABET.len() - 1;
    let draw = || ((random.fraction() * ALPHABET.len() as f64) as usize).min(last);
    (0..32).filter_map(|_| ALPHABET.get(draw())).map(|byte| char::from(*byte)).collect()
}

/// The id in these headers, if it is text.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get(REQUEST_ID)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    #[derive(Debug)]
    struct Fixed(f64);

    impl Random for Fixed {
        fn fraction(&self) -> f64 {
            self.0
        }
    }

    #[test]
    fn every_letter_and_digit_can_come() {
        let drawn: String = (0..200).map(|_| new_request_id(&SystemRandom)).collect();
        for byte in ALPHABET {
            assert!(drawn.contains(char::from(*byte)), "{}", char::from(*byte));
        }
    }

    #[test]
    fn a_number_out_of_range_still_gives_an_id() {
        for fraction in [0.0, 0.999_999, 1.0, 7.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(new_request_id(&Fixed(fraction)).len(), 32);
        }
        assert_eq!(new_request_id(&Fixed(0.0)), "0".repeat(32));
        assert_eq!(new_request_id(&Fixed(0.99)), "z".repeat(32));
    }
}
