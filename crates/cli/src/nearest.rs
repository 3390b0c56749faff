//! What somebody who misspelt a word may have meant.

/// Words less alike than this are not suggested (1 is the same word).
const ALIKE: f64 = 0.8;

/// The word of `known` that is most like `word`, if any is much like it. Case, dashes and the prefix
/// of environment variables do not count.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = plain(word);
    known
        .map(|known| (likeness(&word, &plain(known)), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}

/// From 0 to 1. One slip in a short word weighs less than its share of letters.
fn likeness(word: &str, known: &str) -> f64 {
    let likeness = strsim::jaro_winkler(word, known);
    let one_slip = word.chars().count() > 2 && strsim::damerau_levenshtein(word, known) <= 1;
    if one_slip { likeness.max(ALIKE) } else { likeness }
}

fn plain(word: &str) -> String {
    let word = word.to_lowercase().replace('-', "_");
    word.strip_prefix("aep_").map(str::to_owned).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood_and_other_words_are_not() {
        let known =
            ["org_id", "client_id", "client_secret", "client_secret_file", "sandbox", "dev"];
        for (word, meant) in [
            ("org", Some("org_id")),
            ("clientid", Some("client_id")),
            ("AEP_CLIENT_ID", Some("client_id")),
            ("client-secret", Some("client_secret")),
            ("sanbdox", Some("sandbox")),
            ("dve", Some("dev")),
            ("d", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known.into_iter()), meant, "{word}");
        }
    }
}
