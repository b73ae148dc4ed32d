//! Where in a run the player is. Its steps are moments at which something is
//! said; between two of them it knows the exact time as well, so that a run
//! plays smoothly. Going back is a smaller index.

use std::time::Duration;

/// Where the player is: how many steps are behind it, and what time it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Steps taken; the newest is the one before.
    pub at: usize,
    /// Time since the run's first moment.
    pub now: Duration,
}

/// The steps of a run, and the position among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Playhead {
    /// When each step is taken; times never run back.
    steps: Vec<Duration>,
    end: Duration,
    position: Position,
}

impl Playhead {
    /// Before the first of the steps.
    pub fn new(steps: Vec<Duration>, end: Duration) -> Self {
        let end = steps.last().map_or(end, |last| end.max(*last));
        let position = Position::default();
        Self {
            steps,
            end,
            position,
        }
    }

    /// Where it is.
    pub fn position(&self) -> Position {
        self.position
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is no step at all.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// When the run is over.
    pub fn end(&self) -> Duration {
        self.end
    }

    /// Whether all has been seen.
    pub fn is_at_end(&self) -> bool {
        self.position == self.last()
    }

    fn last(&self) -> Position {
        Position {
            at: self.len(),
            now: self.end,
        }
    }

    /// To where so many steps are taken, at the moment of the last of them.
    pub fn step_to(&mut self, at: usize) {
        let at = at.min(self.len());
        let now = at
            .checked_sub(1)
            .map_or(Duration::ZERO, |it| self.steps[it]);
        self.position = Position { at, now };
    }

    /// One step on; from the last one to the run's end.
    pub fn forward(&mut self) {
        if self.position.at < self.len() {
            self.step_to(self.position.at + 1);
        } else {
            self.position = self.last();
        }
    }

    /// One step back; from the run's end to the last one.
    pub fn back(&mut self) {
        let last = self.steps.last().copied().unwrap_or_default();
        let in_the_tail = self.is_at_end() && self.position.now > last;
        let steps = usize::from(!in_the_tail);
        self.step_to(self.position.at.saturating_sub(steps));
    }

    /// To a moment, with all that is said until then.
    pub fn seek(&mut self, time: Duration) {
        let now = time.min(self.end);
        let at = self.steps.partition_point(|step| *step <= now);
        self.position = Position { at, now };
    }

    /// To the first moment, at which nothing has been said.
    pub fn home(&mut self) {
        self.step_to(0);
    }

    /// To the run's end.
    pub fn to_end(&mut self) {
        self.position = self.last();
    }

    /// Time passes.
    pub fn advance(&mut self, by: Duration) {
        self.seek(self.position.now.saturating_add(by));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Playhead {
        let steps = [0, 0, 500, 1500].map(Duration::from_millis);
        Playhead::new(steps.to_vec(), Duration::from_secs(2))
    }

    fn places(head: &mut Playhead, go: impl Fn(&mut Playhead), times: usize) -> Vec<(usize, u128)> {
        let place = |head: &Playhead| (head.position.at, head.position.now.as_millis());
        let went = (0..times).map(|_| {
            go(head);
            place(head)
        });
        went.collect()
    }

    #[test]
    fn goes_on_and_back_by_the_same_places() {
        let mut head = head();
        let on = places(&mut head, Playhead::forward, 6);
        assert_eq!(
            on,
            [(1, 0), (2, 0), (3, 500), (4, 1500), (4, 2000), (4, 2000)]
        );
        let back = places(&mut head, Playhead::back, 6);
        assert_eq!(back, [(4, 1500), (3, 500), (2, 0), (1, 0), (0, 0), (0, 0)]);
    }

    #[test]
    fn a_moment_has_all_its_lines() {
        let mut head = head();
        head.seek(Duration::from_millis(700));
        assert_eq!(head.position.at, 3);
        head.back();
        assert_eq!(
            head.position,
            Position {
                at: 2,
                now: Duration::ZERO
            }
        );
        head.advance(Duration::from_hours(1));
        assert!(head.is_at_end());
    }

    #[test]
    fn an_empty_run_is_at_its_end() {
        let mut head = Playhead::new(Vec::new(), Duration::ZERO);
        assert!(head.is_at_end());
        head.back();
        head.forward();
        head.home();
        assert!(head.is_at_end());
    }
}
