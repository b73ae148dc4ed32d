//! The published logs against ours, line by line.

use std::fmt;
use std::time::Duration;

use chrono::{NaiveTime, TimeDelta};

use crate::recipe::Published;

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Lines whose texts were compared and are the same.
    pub lines: usize,
    /// The largest difference between a gap of ours and the published one.
    pub largest: Duration,
    /// The first difference, if there is one.
    pub difference: Option<Difference>,
}

/// The first line that is not as published, and how it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    why: String,
    published: Option<String>,
    ours: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}", self.why)?;
        let sides = [('-', &self.published), ('+', &self.ours)];
        for (sign, line) in sides {
            if let Some(line) = line {
                write!(f, "\n  {sign} {line}")?;
            }
        }
        Ok(())
    }
}

/// Compares our log with a published one: icons, texts and order must be the
/// same, and the gaps between lines too, within the published tolerance.
///
/// A published line `...` stands for any number of ours.
///
/// ```
/// use std::time::Duration;
/// use asyncdemo::{recipe::Published, verify::compare};
///
/// let published = Published {
///     log: "[10:00:00.000] 🥚 in\n[10:05:00.010] 🥚 out\n",
///     start: "10:00:00",
///     options: &[],
///     tolerance: Duration::from_millis(20),
///     cut_short: false,
/// };
/// let verdict = compare(&published, "[10:00:00.000] 🥚 in\n[10:05:00.000] 🥚 out\n");
/// assert_eq!((verdict.lines, verdict.difference), (2, None));
/// assert_eq!(verdict.largest, Duration::from_millis(10));
/// ```
pub fn compare(published: &Published, ours: &str) -> Verdict {
    let mut verdict = Verdict::default();
    let mut ours = ours.lines();
    let mut theirs = published.log.lines();
    // How late we are against the published run, so far.
    let mut late = TimeDelta::zero();
    while let Some(mut expected) = theirs.next() {
        let mut found = ours.next();
        if expected == "..." {
            let Some(after) = theirs.next() else {
                return verdict;
            };
            expected = after;
            while found.is_some_and(|line| split(line).1 != split(expected).1) {
                found = ours.next();
            }
        }
        let differs = |why: &str| {
            let ours = found.map(str::to_owned);
            Some(Difference {
                why: why.to_owned(),
                published: Some(expected.to_owned()),
                ours,
            })
        };
        let (time, text) = split(expected);
        let Some((our_time, our_text)) = found.map(split) else {
            verdict.difference = differs("a line is missing");
            return verdict;
        };
        if our_text != text {
            verdict.difference = differs("the texts differ");
            return verdict;
        }
        verdict.lines += 1;
        let now_late = our_time.signed_duration_since(time);
        let gap = (now_late - late).abs().to_std().unwrap_or(Duration::MAX);
        late = now_late;
        verdict.largest = verdict.largest.max(gap);
        if gap > published.tolerance {
            let allowed = published.tolerance.as_secs_f64();
            let gap = gap.as_secs_f64();
            verdict.difference = differs(&format!(
                "the time since the line before differs by {gap:.3} s; allowed are {allowed:.3} s"
            ));
            return verdict;
        }
    }
    if !published.cut_short
        && let Some(extra) = ours.next()
    {
        let (why, ours) = ("a line too many".to_owned(), Some(extra.to_owned()));
        verdict.difference = Some(Difference {
            why,
            published: None,
            ours,
        });
    }
    verdict
}

/// `[08:49:09.588] ✅ Downloaded file-0` as its time and the rest.
fn split(line: &str) -> (NaiveTime, &str) {
    let (stamp, rest) = line.split_once("] ").unwrap_or(("", line));
    let time = NaiveTime::parse_from_str(stamp.trim_start_matches('['), "%H:%M:%S%.f");
    (time.unwrap_or_default(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: Published = Published {
        log: "[10:00:00.000] 🔒 one\n...\n[10:00:01.000] 🔒 four\n[10:00:01.500]    five\n",
        start: "10:00:00",
        options: &[],
        tolerance: Duration::from_millis(20),
        cut_short: false,
    };

    const OURS: &str = "[10:00:00.000] 🔒 one\n[10:00:00.100] 🔒 two\n[10:00:00.200] 🔒 three\n\
                        [10:00:01.000] 🔒 four\n[10:00:01.510]    five\n";

    fn told(ours: &str) -> String {
        compare(&LOG, ours)
            .difference
            .map_or(String::new(), |difference| difference.to_string())
    }

    #[test]
    fn the_same_log_is_the_same() {
        let verdict = compare(&LOG, OURS);
        assert_eq!(
            verdict,
            Verdict {
                lines: 3,
                largest: Duration::from_millis(10),
                difference: None
            }
        );
    }

    #[test]
    fn a_changed_text_is_shown_on_both_sides() {
        let expected = "  the texts differ\n  - [10:00:01.500]    five\n  + [10:00:01.510]    six";
        assert_eq!(told(&OURS.replace("five", "six")), expected);
        let first = "  the texts differ\n  - [10:00:00.000] 🔒 one\n  + [10:00:00.000] 🔑 one";
        assert_eq!(told(&OURS.replace("🔒 one", "🔑 one")), first);
    }

    #[test]
    fn a_missing_and_an_extra_line_are_told() {
        let missing = "  a line is missing\n  - [10:00:01.000] 🔒 four";
        assert_eq!(told(&OURS.replace("four", "vier")), missing);
        let extra = "  a line too many\n  + [10:00:02.000] six";
        assert_eq!(told(&format!("{OURS}[10:00:02.000] six\n")), extra);
    }

    #[test]
    fn a_gap_out_of_tolerance_is_told() {
        let late = told(&OURS.replace("01.510", "01.521"));
        assert!(
            late.contains("differs by 0.021 s; allowed are 0.020 s"),
            "{late}"
        );
    }

    #[test]
    fn a_log_cut_short_lets_the_run_go_on() {
        let cut = Published {
            cut_short: true,
            ..LOG
        };
        assert_eq!(
            compare(&cut, &format!("{OURS}[10:00:02.000] six\n")).difference,
            None
        );
    }
}
