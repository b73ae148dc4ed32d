//! Why a run ended before its last line.

use std::fmt;

/// Why a run ended before its last line. In documents it is a string, whose
/// beginning says which of these it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// `deadlock: …`: no task could continue; which one waits for what.
    Deadlock(String),
    /// `error: …`: the run failed.
    Error(String),
    /// `interrupted`: the run was asked to end.
    Interrupted,
}

const DEADLOCK: &str = "deadlock: ";
const ERROR: &str = "error: ";
const INTERRUPTED: &str = "interrupted";

impl From<&str> for Failure {
    /// A text of no known kind is an error.
    fn from(text: &str) -> Self {
        if let Some(report) = text.strip_prefix(DEADLOCK) {
            Self::Deadlock(report.to_owned())
        } else if text == INTERRUPTED {
            Self::Interrupted
        } else {
            Self::Error(text.strip_prefix(ERROR).unwrap_or(text).to_owned())
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadlock(report) => write!(f, "{DEADLOCK}{report}"),
            Self::Error(why) => write!(f, "{ERROR}{why}"),
            Self::Interrupted => f.write_str(INTERRUPTED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_back_as_it_was() {
        let (deadlock, error) = (Failure::Deadlock, Failure::Error);
        for (text, failure) in [
            ("deadlock: A waits for B", deadlock("A waits for B".into())),
            ("error: no such file", error("no such file".into())),
            ("interrupted", Failure::Interrupted),
        ] {
            assert_eq!(Failure::from(text), failure);
            assert_eq!(failure.to_string(), text);
        }
        assert_eq!(Failure::from("fell over"), error("fell over".into()));
    }
}
