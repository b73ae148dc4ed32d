//! The values that people type: durations, counts, lists of both. Each parser
//! says what it accepts, since its error is all that a user sees.

use std::str::FromStr;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::random::draws;

/// The heading under which a recipe's help lists the switches that show what
/// goes wrong without its pattern.
pub const BREAK_IT: &str = "Break it";

const MOST: usize = 1_000_000;
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A whole number from 1 to 1,000,000.
///
/// # Errors
///
/// Says the range.
pub fn count(text: &str) -> Result<usize, String> {
    counted(text, 1)
}

/// A whole number from 0 to 1,000,000.
///
/// # Errors
///
/// Says the range.
pub fn count_or_zero(text: &str) -> Result<usize, String> {
    counted(text, 0)
}

/// The same as a number of 32 bits, by which a duration can be multiplied.
///
/// # Errors
///
/// Says the range.
pub fn rate(text: &str) -> Result<u32, String> {
    within(text, 1, MOST).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}

/// How much a channel holds, from 1 to 1,000,000; 0 is no limit, which is the
/// most that tokio's channels accept.
///
/// # Errors
///
/// Says the range.
pub fn capacity(text: &str) -> Result<usize, String> {
    let capacity = count_or_zero(text)?;
    Ok(if capacity == 0 {
        Semaphore::MAX_PERMITS
    } else {
        capacity
    })
}

/// A whole number from 1 to 64: threads that compute, not threads that wait.
///
/// # Errors
///
/// Says the range.
pub fn threads(text: &str) -> Result<usize, String> {
    within(text, 1, 64)
}

fn counted(text: &str, least: usize) -> Result<usize, String> {
    within(text, least, MOST)
}

fn within(text: &str, least: usize, most: usize) -> Result<usize, String> {
    let number = text.parse().ok();
    let number = number.filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("expected a whole number from {least} to {most}"))
}

/// A time such as `250ms`, `1.5s` or `2s`, from 0 to 24 hours.
///
/// ```
/// use asyncdemo::kit::{duration, seconds};
///
/// assert_eq!(duration("1s 500ms").map(seconds), Ok("1.5s".to_owned()));
/// assert!(duration("25h").unwrap_err().ends_with("from 0s to 24h"));
/// ```
///
/// # Errors
///
/// Says how durations are written and how long they may be.
pub fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text.trim())
        .ok()
        .filter(|time| *time <= LONGEST)
        .ok_or_else(|| "expected a duration such as 250ms, 1.5s or 2s, from 0s to 24h".to_owned())
}

/// A time such as `250ms`, `1.5s` or `2s`, longer than 0, up to 24 hours.
///
/// # Errors
///
/// Says how durations are written and how long they may be.
pub fn period(text: &str) -> Result<Duration, String> {
    let period = duration(text).ok().filter(|time| !time.is_zero());
    period.ok_or_else(|| {
        "expected a duration such as 250ms, 1.5s or 2s, longer than 0s and up to 24h".to_owned()
    })
}

/// A share from 0 to 1.
///
/// # Errors
///
/// Says the range.
pub fn probability(text: &str) -> Result<f64, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 1, such as 0.25".to_owned())
}

/// A command for the shell.
///
/// # Errors
///
/// When it contains a NUL byte, which no program can be given.
pub fn shell_command(text: &str) -> Result<String, String> {
    let whole = Some(text).filter(|text| !text.contains('\0'));
    whole.map(str::to_owned).ok_or_else(|| {
        "expected a command without a NUL byte, which no program can be given".to_owned()
    })
}

/// Durations in turn, separated by commas; a list that runs out starts over.
///
/// ```
/// let naps: asyncdemo::kit::Cycle = "100ms,2s".parse()?;
/// assert_eq!(naps.get(2), naps.get(0));
/// # Ok::<_, String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle(Vec<Duration>);

impl Cycle {
    /// The duration for the `index`th of whatever it is for.
    pub fn get(&self, index: usize) -> Duration {
        self.0[index % self.0.len()]
    }

    /// One round.
    pub fn round(&self) -> &[Duration] {
        &self.0
    }
}

impl FromStr for Cycle {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(duration)
            .collect::<Result<_, _>>()
            .map(Self)
            .map_err(|_| {
                "expected durations separated by commas, such as 500ms,1.5s, each from 0s to 24h"
                    .to_owned()
            })
    }
}

/// Durations that are listed, or drawn from a range: `639ms,1.5s` or
/// `500ms..1s`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Durations<L = Cycle> {
    /// In turn; a list that runs out starts over.
    Listed(L),
    /// Drawn, both ends included.
    Drawn(Duration, Duration),
}

/// For each of several, durations that are listed or drawn from a range:
/// `100ms,200ms/1.5s` or `100ms..300ms`.
pub type DurationLists = Durations<Cycles>;

/// A list of durations for each of several, the lists separated by slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycles(Vec<Cycle>);

impl Durations {
    /// The duration for the `index`th of whatever it is for; a draw depends on
    /// the run's seed and this name alone.
    pub fn get(&self, index: usize, name: &str) -> Duration {
        match self {
            Self::Listed(cycle) => cycle.get(index),
            Self::Drawn(least, most) => draws(name).millis(millis(*least)..=millis(*most)),
        }
    }
}

impl DurationLists {
    /// The durations of the `index`th, one after the other and without end; draws
    /// depend on the run's seed and this name alone.
    pub fn of(&self, index: usize, name: &str) -> impl Iterator<Item = Duration> + Send + use<> {
        let (lists, mut rng) = (self.clone(), draws(name));
        (0..).map(move |turn| match &lists {
            Self::Listed(Cycles(lists)) => lists[index % lists.len()].get(turn),
            Self::Drawn(least, most) => rng.millis(millis(*least)..=millis(*most)),
        })
    }
}

impl FromStr for Durations {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        listed_or_drawn(text, |list| list.parse().ok()).ok_or_else(|| {
            "expected durations separated by commas, such as 500ms,1.5s, or a range to draw \
             from, such as 500ms..1s, each from 0s to 24h"
                .to_owned()
        })
    }
}

impl FromStr for DurationLists {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lists = |text: &str| {
            let lists = text.split('/').map(|list| list.parse().ok());
            lists.collect::<Option<Vec<_>>>().map(Cycles)
        };
        listed_or_drawn(text, lists).ok_or_else(|| {
            "expected lists of durations separated by slashes, such as 100ms,200ms/1.5s, or a \
             range to draw from, such as 100ms..300ms, each from 0s to 24h"
                .to_owned()
        })
    }
}

fn listed_or_drawn<L>(text: &str, listed: impl Fn(&str) -> Option<L>) -> Option<Durations<L>> {
    if text.contains("..") {
        range(text).map(|(least, most)| Durations::Drawn(least, most))
    } else {
        listed(text).map(Durations::Listed)
    }
}

/// Both ends of `500ms..1s`.
fn range(text: &str) -> Option<(Duration, Duration)> {
    let (least, most) = text.split_once("..")?;
    let (least, most) = (duration(least).ok()?, duration(most).ok()?);
    (least <= most).then_some((least, most))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Names with the time that each takes: `API-A=1.5s,API-B=500ms`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed(pub Vec<(String, Duration)>);

impl FromStr for Timed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(timed)
            .collect::<Option<_>>()
            .map(Self)
            .ok_or_else(|| {
                "expected NAME=DURATION pairs separated by commas, such as A=500ms,B=1.5s, \
             each from 0s to 24h"
                    .to_owned()
            })
    }
}

/// `NAME=DURATION`; a name is not empty and stays on its line.
fn timed(text: &str) -> Option<(String, Duration)> {
    let (name, time) = text.split_once('=')?;
    let name = name.trim();
    let fits = !name.is_empty() && !name.contains(char::is_control);
    Some((fits.then(|| name.to_owned())?, duration(time).ok()?))
}

/// Names with the time that each takes, and `!` where it fails then: `A=1s,B=500ms!`.
///
/// ```
/// let asyncdemo::kit::Trials(trials) = "A=1s,B=500ms!".parse()?;
/// assert_eq!((&*trials[1].name, trials[1].fails), ("B", true));
/// # Ok::<_, String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trials(pub Vec<Trial>);

/// One of [`Trials`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Not empty, without control characters.
    pub name: String,
    /// How long it takes.
    pub time: Duration,
    /// Whether it fails at its end.
    pub fails: bool,
}

impl FromStr for Trials {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let trial = |text: &str| {
            let text = text.trim();
            let (name, time) = timed(text.strip_suffix('!').unwrap_or(text))?;
            Some(Trial {
                name,
                time,
                fails: text.ends_with('!'),
            })
        };
        text.split(',')
            .map(trial)
            .collect::<Option<_>>()
            .map(Self)
            .ok_or_else(|| {
                "expected NAME=DURATION pairs separated by commas, with ! for a failure, such as \
             A=500ms,B=1.5s!, each from 0s to 24h"
                    .to_owned()
            })
    }
}

/// Seconds without trailing zeros, as people say them: `2s`, `0.5s`.
pub fn seconds(time: Duration) -> String {
    match decimals(time).as_str() {
        "" => format!("{}s", time.as_secs()),
        decimals => format!("{}.{decimals}s", time.as_secs()),
    }
}

/// A measured time in seconds, to the millisecond.
pub fn measured(time: Duration) -> String {
    seconds(Duration::from_millis(
        u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
    ))
}

/// Seconds with at least one decimal, as a float prints: `1.0s`, `0.75s`.
pub fn seconds_as_float(time: Duration) -> String {
    match decimals(time).as_str() {
        "" => format!("{}.0s", time.as_secs()),
        _ => seconds(time),
    }
}

/// What stands behind the point. Not by way of a float, whose `as_secs_f64` of
/// 1.481 s prints as 1.4809999999999999.
fn decimals(time: Duration) -> String {
    format!("{:09}", time.subsec_nanos())
        .trim_end_matches('0')
        .to_owned()
}

/// Measured seconds, rounded to a tenth: `2.0s`, on either clock.
pub fn seconds_rounded(time: Duration) -> String {
    format!("{:.1}s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact() {
        let print = |millis| {
            let time = Duration::from_millis(millis);
            (seconds(time), seconds_as_float(time))
        };
        let both = |text: &str| (text.to_owned(), text.to_owned());
        assert_eq!(print(1481), both("1.481s"));
        assert_eq!(print(500), both("0.5s"));
        assert_eq!(print(2000), ("2s".to_owned(), "2.0s".to_owned()));
        assert_eq!(seconds(Duration::from_nanos(1)), "0.000000001s");
        assert_eq!(measured(Duration::from_micros(1_201_195)), "1.201s");
    }

    #[test]
    fn lists_start_over_and_reject_what_is_empty() {
        let cycle: Cycle = "1s, 2s".parse().expect("a list");
        assert_eq!(
            [cycle.get(0), cycle.get(3)],
            [Duration::from_secs(1), Duration::from_secs(2)]
        );
        for bad in ["", ",", "1s,", "1", "1s/2s"] {
            assert!(bad.parse::<Cycle>().is_err(), "{bad}");
        }
        assert!("A=1s,B".parse::<Timed>().is_err());
        assert!("A\tB=1s".parse::<Timed>().is_err());
        for bad in ["1s/", "1s..", "2s..1s", "1s..2s/3s", "1s/x"] {
            assert!(bad.parse::<DurationLists>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_exclamation_mark_makes_a_trial_fail() {
        let trial = |name: &str, fails| Trial {
            name: name.to_owned(),
            time: Duration::from_millis(500),
            fails,
        };
        let trials = "A=500ms, B = 0.5s!".parse();
        assert_eq!(
            trials,
            Ok(Trials(vec![trial("A", false), trial("B", true)]))
        );
        for bad in ["", "A", "A!", "=1s", "A=1s!!", "A=1s,", "A=25h!"] {
            assert!(bad.parse::<Trials>().is_err(), "{bad}");
        }
    }
}
