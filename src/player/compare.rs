//! Two runs side by side: their lines paired moment by moment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::timeline::Timeline;

/// Two runs of one recipe with the same seed.
#[derive(Debug)]
pub struct Compare {
    /// As it is.
    pub left: Arc<Timeline>,
    /// With the switch that breaks it.
    pub right: Arc<Timeline>,
    /// That switch.
    pub switch: String,
    /// Their lines in pairs, in the order of time.
    pub pairs: Vec<Pair>,
}

/// What both runs say at a moment, by the numbers of their lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// When.
    pub t: Duration,
    /// The left run's line.
    pub left: Option<usize>,
    /// The right run's line.
    pub right: Option<usize>,
    /// Whether they say the same.
    pub same: bool,
}

impl Compare {
    /// Pairs the lines of two runs.
    pub fn new(left: Arc<Timeline>, right: Arc<Timeline>, switch: String) -> Self {
        let pairs = pairs(&left, &right);
        Self {
            left,
            right,
            switch,
            pairs,
        }
    }

    /// How many lines of each run are in the first `at` pairs.
    pub fn shown(&self, at: usize) -> (usize, usize) {
        let past = &self.pairs[..at.min(self.pairs.len())];
        let newest = |of: fn(&Pair) -> Option<usize>| past.iter().rev().find_map(of);
        let count = |newest: Option<usize>| newest.map_or(0, |number| number + 1);
        (
            count(newest(|pair| pair.left)),
            count(newest(|pair| pair.right)),
        )
    }

    /// In how many pairs they differ.
    pub fn differences(&self) -> usize {
        self.pairs.iter().filter(|pair| !pair.same).count()
    }
}

/// Lines of the same instant stand beside each other where they are the same;
/// one that the other run does not say then stands alone.
fn pairs(left: &Timeline, right: &Timeline) -> Vec<Pair> {
    let (mut l, mut r) = (0, 0);
    let mut pairs = Vec::new();
    while let Some(t) = earlier(left.line(l).map(|it| it.t), right.line(r).map(|it| it.t)) {
        let (l_end, r_end) = (instant(left, l, t), instant(right, r, t));
        let mut to_come = (count(left, l, l_end), count(right, r, r_end));
        while l < l_end || r < r_end {
            let texts = (text(left, l, l_end), text(right, r, r_end));
            let same = texts.0.is_some() && texts.0 == texts.1;
            let lonely = |text: Option<&str>, others: &BTreeMap<&str, usize>| {
                text.is_some_and(|text| others.get(text).is_none_or(|left| *left == 0))
            };
            let (l_alone, r_alone) = (lonely(texts.0, &to_come.1), lonely(texts.1, &to_come.0));
            let takes_left = texts.0.is_some() && (same || l_alone || !r_alone);
            let takes_right = texts.1.is_some() && (same || r_alone || !l_alone);
            pairs.push(Pair {
                t,
                left: takes_left.then_some(l),
                right: takes_right.then_some(r),
                same,
            });
            l += usize::from(take(&mut to_come.0, texts.0, takes_left));
            r += usize::from(take(&mut to_come.1, texts.1, takes_right));
        }
    }
    pairs
}

fn earlier(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    a.into_iter().chain(b).min()
}

/// The number after the last line of that instant.
fn instant(timeline: &Timeline, from: usize, t: Duration) -> usize {
    let mut numbers = from..timeline.len();
    let later = numbers.find(|number| timeline.line(*number).is_none_or(|line| line.t != t));
    later.unwrap_or(timeline.len())
}

fn text(timeline: &Timeline, number: usize, end: usize) -> Option<&str> {
    (number < end).then(|| timeline.line(number).map(|line| line.text))?
}

/// How often each text is still to come.
fn count(timeline: &Timeline, from: usize, to: usize) -> BTreeMap<&str, usize> {
    let lines = (from..to).filter_map(|number| timeline.line(number));
    lines.fold(BTreeMap::new(), |mut counts, line| {
        *counts.entry(line.text).or_default() += 1;
        counts
    })
}

fn take(counts: &mut BTreeMap<&str, usize>, text: Option<&str>, takes: bool) -> bool {
    if let Some(count) = text.filter(|_| takes).and_then(|text| counts.get_mut(text)) {
        *count -= 1;
    }
    takes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::tests::spoken;

    type Side = Option<usize>;

    fn paired(left: &[(u64, u32, &str)], right: &[(u64, u32, &str)]) -> Vec<(Side, Side, bool)> {
        let pairs = pairs(&spoken(left), &spoken(right));
        pairs
            .iter()
            .map(|pair| (pair.left, pair.right, pair.same))
            .collect()
    }

    #[test]
    fn the_same_lines_stand_beside_each_other() {
        let left = [(0, 0, "a"), (0, 0, "b"), (9, 0, "c")];
        let right = [(0, 0, "b"), (5, 0, "x"), (9, 0, "c"), (9, 0, "d")];
        let expected = [
            (Some(0), None, false),
            (Some(1), Some(0), true),
            (None, Some(1), false),
            (Some(2), Some(2), true),
            (None, Some(3), false),
        ];
        assert_eq!(paired(&left, &right), expected);
    }

    #[test]
    fn another_order_and_another_text_are_differences() {
        let expected = [(Some(0), Some(0), false), (Some(1), Some(1), false)];
        let (ab, ba) = ([(0, 0, "a"), (0, 0, "b")], [(0, 0, "b"), (0, 0, "a")]);
        assert_eq!(paired(&ab, &ba), expected);
        let xy = [(0, 0, "x"), (0, 0, "y")];
        assert_eq!(paired(&ab, &xy), expected);
        assert_eq!(paired(&[], &[]), []);
    }

    #[test]
    fn counts_what_each_side_has_said() {
        let left = Arc::new(spoken(&[(0, 0, "a"), (9, 0, "c")]));
        let right = Arc::new(spoken(&[(5, 0, "b"), (9, 0, "c")]));
        let both = Compare::new(left, right, String::new());
        let shown: Vec<_> = (0..=4).map(|at| both.shown(at)).collect();
        assert_eq!(shown, [(0, 0), (1, 0), (1, 1), (2, 2), (2, 2)]);
        assert_eq!(both.differences(), 2);
    }
}
