//! Figures and how they are told.

use serde::{Deserialize, Deserializer};

/// What a piece of work took.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Took {
    /// Seconds.
    pub(super) wall: f64,
    /// Seconds on all processors.
    #[serde(deserialize_with = "if_known")]
    pub(super) cpu: f64,
}

/// What is not known everywhere is no number there.
pub(super) fn if_known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl Took {
    pub(super) fn and(self, other: Self) -> Self {
        Self { wall: self.wall + other.wall, cpu: self.cpu + other.cpu }
    }
}

/// The one in the middle; of two, the better one.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

/// A table as Markdown has it, the numbers on the right.
pub(super) fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>());
    let rules: Vec<&str> = (0..heads.len()).map(|n| if n == 0 { "---" } else { "---:" }).collect();
    text.push_str(&format!("|{}|\n", rules.join("|")));
    text.extend(rows.iter().map(|row| line(row)));
    text
}

/// What the machine says of itself.
pub(super) fn machine() -> String {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let model = model.unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    format!("{processors} processors ({model}), {}", std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.0);
        assert_eq!(median([1.0]), 1.0);
        assert!(median([]).is_nan());
    }

    #[test]
    fn a_table_is_one_that_readers_of_markdown_show() {
        let rows = [vec!["a".to_owned(), "1".to_owned()]];
        assert_eq!(table(&["what", "s"], &rows), "| what | s |\n|---|---:|\n| a | 1 |\n");
    }

    #[test]
    fn what_is_not_known_is_not_a_number() {
        let took: Took = serde_json::from_str(r#"{"wall": 1.5, "cpu": null}"#).unwrap();
        assert!(took.wall == 1.5 && took.cpu.is_nan());
        serde_json::from_str::<Took>("{}").unwrap_err();
    }
}
