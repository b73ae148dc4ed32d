//! Both logs, side by side: which line of one is which of the other.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::align::{Alignment, align};
use super::line::text_of;
use super::{Due, Meaning, Said};

/// Lines closer than this happen at the same instant: it is the resolution of
/// the clocks, and a recording of the real one is exact to a microsecond.
const INSTANT: Duration = Duration::from_millis(1);

/// Both logs, aligned.
pub struct Logs<'a> {
    pub expected: &'a [Due],
    pub said: &'a [Said],
    pub tolerance: Option<Duration>,
    /// The program's lines without time and icon.
    texts: Vec<&'a str>,
    pub instants: Vec<Range<usize>>,
    /// The diff: what is missing somewhere stands before what is extra there.
    pub pairs: Vec<Pair>,
    /// How much later the program's clock began than the log's.
    delay: Duration,
}

/// A row of the diff: the lines' places in the two logs.
#[derive(Clone, Copy, Default)]
pub struct Pair {
    pub due: Option<usize>,
    pub said: Option<usize>,
    /// The row in which the other log has this text.
    pub elsewhere: Option<usize>,
    /// The row of what stands here in the other log.
    pub instead: Option<usize>,
}

impl<'a> Logs<'a> {
    pub fn new(expected: &'a [Due], said: &'a [Said], tolerance: Option<Duration>) -> Self {
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        let mut due = Vec::with_capacity(expected.len());
        for line in expected {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            due.push(*numbers.entry(&line.text).or_insert(next));
        }
        let known = |text: &str| numbers.contains_key(text);
        let texts: Vec<_> = said.iter().map(|said| text_of(&said.line, known)).collect();
        let heard: Vec<_> = texts
            .iter()
            .map(|text| numbers.get(text).copied())
            .collect();
        let instants = instants(expected);
        let pairs = pairs(&align(&due, &instants, &heard), said.len());
        let both = pairs.iter().find_map(|pair| pair.due.zip(pair.said));
        let delay = both.map(|(due, came)| said[came].t.saturating_sub(expected[due].t));
        let mut logs = Self {
            expected,
            said,
            tolerance,
            texts,
            instants,
            pairs,
            delay: delay.unwrap_or_default(),
        };
        logs.find_elsewhere();
        logs.find_instead();
        logs
    }

    /// What is missing here and extra there is in the wrong order.
    fn find_elsewhere(&mut self) {
        let mut missing: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, pair) in self.pairs.iter().enumerate().rev() {
            if pair.said.is_none() {
                missing.entry(self.text(pair)).or_default().push(row);
            }
        }
        for row in 0..self.pairs.len() {
            let pair = self.pairs[row];
            if pair.due.is_none()
                && let Some(other) = missing.get_mut(self.text(&pair)).and_then(Vec::pop)
            {
                self.pairs[row].elsewhere = Some(other);
                self.pairs[other].elsewhere = Some(row);
            }
        }
    }

    /// Between two lines that both logs have, the first that is missing is the
    /// first that is extra, and so on.
    fn find_instead(&mut self) {
        let (mut missing, mut extra) = (Vec::new(), Vec::new());
        for row in 0..=self.pairs.len() {
            match self.pairs.get(row) {
                Some(pair) if pair.elsewhere.is_some() => {}
                Some(Pair { said: None, .. }) => missing.push(row),
                Some(Pair { due: None, .. }) => extra.push(row),
                _ => {
                    for (one, other) in missing.drain(..).zip(extra.drain(..)) {
                        self.pairs[one].instead = Some(other);
                        self.pairs[other].instead = Some(one);
                    }
                }
            }
        }
    }

    /// When a line of the program came, on the expected log's clock.
    pub fn came(&self, line: usize) -> Duration {
        self.said[line].t.saturating_sub(self.delay)
    }

    pub fn text(&self, pair: &Pair) -> &'a str {
        match (pair.due, pair.said) {
            (Some(line), _) => &self.expected[line].text,
            (None, Some(line)) => self.texts[line],
            (None, None) => "",
        }
    }

    /// What is wrong with a row.
    pub fn wrong(&self, pair: &Pair) -> Option<Meaning> {
        if let (Some(due), Some(came)) = (pair.due, pair.said) {
            let (due, came) = (self.expected[due].t, self.came(came));
            let early = came < due;
            let off = came.abs_diff(due) > self.tolerance?;
            return off.then_some([Meaning::TooLate, Meaning::TooEarly][usize::from(early)]);
        }
        Some(if pair.elsewhere.is_some() {
            Meaning::WrongOrder
        } else if pair.instead.is_some() {
            Meaning::Changed
        } else if pair.due.is_some() {
            Meaning::Missing
        } else {
            Meaning::Extra
        })
    }
}

/// The rows of the diff.
fn pairs(aligned: &Alignment, said: usize) -> Vec<Pair> {
    let extra = |lines: Range<usize>| {
        lines.map(|line| Pair {
            said: Some(line),
            ..Pair::default()
        })
    };
    let mut pairs = Vec::with_capacity(aligned.order.len());
    let mut heard = 0;
    for &line in &aligned.order {
        let partner = aligned.partner[line];
        if let Some(place) = partner {
            pairs.extend(extra(heard..place));
            heard = place + 1;
        }
        pairs.push(Pair {
            due: Some(line),
            said: partner,
            ..Pair::default()
        });
    }
    pairs.extend(extra(heard..said));
    pairs
}

/// The lines that happen at once, one range after the other.
pub fn instants(expected: &[Due]) -> Vec<Range<usize>> {
    let mut instants: Vec<Range<usize>> = Vec::new();
    for (line, due) in expected.iter().enumerate() {
        match instants.last_mut() {
            Some(last) if due.t.abs_diff(expected[last.start].t) < INSTANT => last.end = line + 1,
            _ => instants.push(line..line + 1),
        }
    }
    instants
}
