//! The class predicts: which line comes next? The candidates are the true one
//! and what other lanes say next.

use crate::timeline::Timeline;

/// How many lines are offered at most.
const CANDIDATES: usize = 4;

/// A question, and how the class has done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Predict {
    /// The numbers of the lines to choose from.
    pub candidates: Vec<usize>,
    /// The one that is marked, among the candidates.
    pub selected: usize,
    /// The number of the line that comes next.
    pub truth: usize,
    /// What was chosen, once it was.
    pub answer: Option<usize>,
    /// Questions answered rightly.
    pub right: usize,
    /// Questions answered.
    pub asked: usize,
}

impl Predict {
    /// Asks what comes after the first `shown` lines; the score is kept. After
    /// the last line there is nothing to ask.
    #[must_use]
    pub fn ask(&self, timeline: &Timeline, shown: usize) -> Self {
        Self {
            candidates: candidates(timeline, shown),
            truth: shown,
            right: self.right,
            asked: self.asked,
            ..Self::default()
        }
    }

    /// Chooses a candidate, unless one is chosen.
    pub fn answer(&mut self, chosen: usize) {
        let Some(line) = self.candidates.get(chosen) else {
            return;
        };
        if self.answer.is_none() {
            self.selected = chosen;
            self.answer = Some(chosen);
            self.asked += 1;
            self.right += usize::from(*line == self.truth);
        }
    }

    /// Marks another candidate.
    pub fn go(&mut self, by: isize) {
        let last = self.candidates.len().saturating_sub(1);
        if self.answer.is_none() {
            self.selected = self.selected.saturating_add_signed(by).min(last);
        }
    }

    /// Whether what was chosen is what came.
    pub fn was_right(&self) -> Option<bool> {
        let chosen = *self.candidates.get(self.answer?)?;
        Some(chosen == self.truth)
    }
}

/// No two of them read alike, and their order gives nothing away.
fn candidates(timeline: &Timeline, shown: usize) -> Vec<usize> {
    let mut next: Vec<usize> = timeline
        .rows()
        .iter()
        .filter_map(|row| row.says_next(shown))
        .collect();
    next.sort_unstable(); // the true one first, then whoever is soonest
    let text = |number: &usize| timeline.line(*number).map(|line| line.text);
    let mut chosen: Vec<usize> = Vec::new();
    for number in next {
        if chosen.len() < CANDIDATES && !chosen.iter().any(|it| text(it) == text(&number)) {
            chosen.push(number);
        }
    }
    chosen.sort_by_key(text);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::tests::spoken;

    #[test]
    fn offers_the_truth_and_what_others_say_next() {
        let timeline = spoken(&[
            (0, 0, "c"),
            (1, 1, "b"),
            (2, 0, "d"),
            (3, 2, "b"),
            (4, 3, "a"),
            (5, 4, "e"),
            (6, 5, "f"),
        ]);
        let question = Predict::default().ask(&timeline, 1);
        // No second "b", no more than four, and not in the order of time.
        assert_eq!(question.candidates, [4, 1, 2, 5]);
        assert_eq!(question.truth, 1);
    }

    #[test]
    fn keeps_the_score_and_the_first_answer() {
        let timeline = spoken(&[(0, 0, "a"), (1, 1, "b"), (2, 0, "c")]);
        let mut question = Predict::default().ask(&timeline, 0);
        question.answer(7);
        assert_eq!(question.was_right(), None);
        question.answer(0);
        question.answer(1);
        assert_eq!(
            (question.was_right(), question.right, question.asked),
            (Some(true), 1, 1)
        );
        let mut question = question.ask(&timeline, 1);
        question.go(1);
        let selected = question.selected;
        question.answer(selected);
        assert_eq!(
            (question.was_right(), question.right, question.asked),
            (Some(false), 1, 2)
        );
        assert!(question.ask(&timeline, 3).candidates.is_empty());
    }
}
