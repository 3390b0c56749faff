//! What a run of a fuzz target had to say, made short.

use std::fmt;

/// How a run ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    good: bool,
    /// How many inputs were run.
    runs: Option<u64>,
    /// Where the input is kept that broke something.
    input: Option<String>,
    /// The last lines before libFuzzer's own.
    last: Vec<String>,
}

/// How much of a panic is worth repeating.
const LINES: usize = 12;
/// What libFuzzer says first when it can see where an input leads.
const SEES: &str = "inline 8-bit counters";
const BLIND: &str = "it ran without libFuzzer, or was built without what libFuzzer needs to see";

impl Said {
    /// Reads what libFuzzer wrote.
    pub(super) fn of(good: bool, text: &str) -> Self {
        let after = |begin: &str| text.lines().rev().find_map(|line| line.strip_prefix(begin));
        let runs = after("stat::number_of_executed_units:").and_then(|n| n.trim().parse().ok());
        let input = text.lines().rev().find_map(|line| line.split_once("Test unit written to "));
        let breaks = text
            .lines()
            .position(|line| line.contains("panicked at") || line.contains("ERROR: libFuzzer"));
        let mut lines: Vec<&str> = text.lines().collect();
        let blind = !text.contains(SEES);
        if blind {
            lines.push(BLIND);
        }
        let from = breaks.unwrap_or(lines.len().saturating_sub(LINES));
        let last = lines.iter().skip(from).take(LINES);
        let last = last.take_while(|line| **line != "stack backtrace:");
        let last = last.map(|line| (*line).to_owned()).collect();
        Self {
            good: good && !blind,
            runs,
            input: input.map(|(_, path)| path.trim().to_owned()),
            last,
        }
    }

    pub(super) fn is_good(&self) -> bool {
        self.good
    }

    /// What broke, with what, and how to see it again.
    pub(super) fn complaint(&self, target: &str) -> String {
        let mut lines = self.last.clone();
        if let Some(input) = &self.input {
            lines.push(format!("input: {input}"));
            lines.push(format!("again: cargo xtask fuzz {target} --input {input}"));
        }
        lines.join("\n")
    }
}

/// `ok, 2000 inputs`
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.good { "ok" } else { "BROKEN" })?;
        match self.runs {
            Some(runs) => write!(f, ", {runs} inputs"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: &str = "INFO: Loaded 1 modules   (9 inline 8-bit counters): 9 [0x1, 0x9),\n";
    const BROKEN: &str = "INFO: Seed: 1\n#12 NEW cov: 3\n\n\
        thread '<unnamed>' (7) panicked at fuzz_targets/a.rs:9:5:\nassertion failed: x == y\n\
        stack backtrace:\n   0: main\n==7== ERROR: libFuzzer: deadly signal\n\
        artifact_prefix='/k/'; Test unit written to /k/crash-0a\n\
        stat::number_of_executed_units: 13\n";

    #[test]
    fn success_is_a_word_and_a_number() {
        let said = Said::of(true, &format!("{INFO}stat::number_of_executed_units: 2000\n"));
        assert_eq!(said.to_string(), "ok, 2000 inputs");
        assert_eq!(Said::of(true, INFO).to_string(), "ok");
    }

    #[test]
    fn a_run_that_saw_nothing_is_no_success() {
        let said = Said::of(true, "stat::number_of_executed_units: 2000\n");
        assert!(!said.is_good());
        assert!(said.complaint("a").ends_with(BLIND), "{}", said.complaint("a"));
        assert!(!Said::of(true, "").is_good());
    }

    #[test]
    fn a_fault_is_told_with_its_input_and_the_way_to_see_it_again() {
        let said = Said::of(false, BROKEN);
        assert_eq!(said.to_string(), "BROKEN, 13 inputs");
        let complaint = said.complaint("a");
        assert!(complaint.starts_with("thread '<unnamed>' (7) panicked at"), "{complaint}");
        assert!(complaint.contains("assertion failed: x == y"), "{complaint}");
        assert!(!complaint.contains("main"), "{complaint}");
        assert!(complaint.contains("\ninput: /k/crash-0a\n"), "{complaint}");
        assert!(
            complaint.ends_with("again: cargo xtask fuzz a --input /k/crash-0a"),
            "{complaint}"
        );
    }

    #[test]
    fn an_end_that_nobody_understands_is_told_by_its_last_lines() {
        let said = Said::of(false, &"line\n".repeat(50));
        assert_eq!(said.complaint("a").lines().count(), LINES);
    }
}
