//! What happens in front of a run: lines that are typed, switches that are
//! chosen, and recordings that come in.

use std::sync::Arc;
use std::time::Duration;

use super::compare::Compare;
use super::keys::Command;
use super::piece::Piece;
use super::prompt::{Prompt, Purpose};
use super::run::Run;
use super::state::{Breaks, Effect, Front, State, Waiting};
use crate::recording::Recording;
use crate::timeline::Timeline;

impl State {
    /// What was recorded, or why it was not.
    pub fn recorded(&mut self, result: Result<Recording, String>) {
        let Some(Waiting { piece, beside, .. }) = self.waiting.take() else {
            return;
        };
        let recorded = match (result, &mut self.front) {
            (Ok(recorded), _) => recorded,
            (Err(why), Some(Front::Prompt(prompt))) => {
                prompt.error = Some(why);
                return;
            }
            (Err(why), _) => {
                self.notice = Some(why);
                return;
            }
        };
        self.front = None;
        let spec = recorded.spec.clone();
        let timeline = Arc::new(Timeline::new(recorded));
        match &mut self.run {
            Some(run) if beside => {
                // One of the two is on the screen already.
                let switch = piece.broken.clone().or_else(|| run.piece.broken.clone());
                let shown = Arc::clone(&run.timeline);
                let (left, right) = if piece.broken.is_some() {
                    (shown, timeline)
                } else {
                    (timeline, shown)
                };
                run.begin_compare(Compare::new(left, right, switch.unwrap_or_default()));
            }
            before => {
                let mut options = spec.options;
                if let Some(switch) = &piece.broken {
                    options.pop_if(|last| last == switch);
                }
                self.seed = spec.seed;
                self.menu.choose(&self.library, piece.number);
                let recipe = self.library[piece.number];
                let piece = Piece {
                    options,
                    seed: spec.seed,
                    schedule: spec.schedule,
                    ..piece
                };
                let run = Run::new(recipe, piece, timeline);
                *before = Some(match before {
                    Some(before) => run.in_place_of(before),
                    None => run,
                });
            }
        }
    }

    /// A command is given to what is in front.
    pub(super) fn apply_in_front(&mut self, command: Command) -> Option<Effect> {
        if command == Command::Leave {
            self.front = None;
            return None;
        }
        match (&mut self.front, command) {
            (Some(Front::Help(rows)), Command::Rows(by)) => {
                *rows = rows.saturating_add_signed(by.into());
            }
            (Some(Front::Help(rows)), Command::Screen(by)) => {
                *rows = rows.saturating_add_signed(i16::from(by) * 10);
            }
            (Some(Front::Prompt(prompt)), Command::Edit(edit)) => prompt.edit(edit),
            (Some(Front::Prompt(prompt)), Command::Accept) => {
                let prompt = prompt.clone();
                return self.accept(&prompt);
            }
            (Some(Front::Breaks(breaks)), Command::Rows(by)) => {
                let last = breaks.switches.len().saturating_sub(1);
                let selected = breaks.selected.saturating_add_signed(by.into());
                breaks.selected = selected.min(last);
            }
            (Some(Front::Breaks(breaks)), Command::Accept) => {
                let (switch, _) = breaks.switches.get(breaks.selected)?.clone();
                let beside = breaks.beside;
                self.front = None;
                let piece = Piece {
                    broken: Some(switch),
                    ..self.run.as_ref()?.piece.clone()
                };
                return self.record(piece, beside);
            }
            (Some(Front::Confirm(confirm)), Command::Accept) => {
                let (piece, beside) = confirm.accept()?;
                self.front = None;
                return self.record(piece, beside);
            }
            _ => {}
        }
        None
    }

    fn accept(&mut self, prompt: &Prompt) -> Option<Effect> {
        let run = self.run.as_mut()?;
        let refused = match prompt.purpose {
            Purpose::Options => match shlex::split(prompt.text()) {
                Some(options) => {
                    let piece = Piece {
                        options,
                        schedule: run.piece.schedule,
                        ..Piece::of_recipe(run.piece.number, run.piece.seed)
                    };
                    return self.record(piece, false);
                }
                None => Some("a quotation mark is missing".to_owned()),
            },
            Purpose::Time => match moment(prompt.text()) {
                Some(time) => {
                    run.stop_at(|head| head.seek(time));
                    None
                }
                None => Some("expected a time such as 1.5, 250ms or 2s".to_owned()),
            },
            Purpose::Search => match run.find(prompt.text()) {
                0 => Some("no line has that".to_owned()),
                1 => None,
                count => {
                    self.notice = Some(format!("{count} lines have that; / Enter finds the next"));
                    None
                }
            },
            Purpose::File if prompt.text().is_empty() => Some("expected a file name".to_owned()),
            Purpose::File => return Some(Effect::Write(prompt.text().to_owned())),
        };
        match (&mut self.front, refused) {
            (Some(Front::Prompt(prompt)), Some(why)) => prompt.error = Some(why),
            (front, _) => *front = None,
        }
        None
    }

    /// What became of the file.
    pub fn written(&mut self, result: Result<String, String>) {
        match (result, &mut self.front) {
            (Err(why), Some(Front::Prompt(prompt))) => prompt.error = Some(why),
            (Ok(notice) | Err(notice), front) => {
                *front = None;
                self.notice = Some(notice);
            }
        }
    }

    /// Breaks the run, or mends it; or puts both beside each other.
    pub(super) fn break_it(&mut self, beside: bool) -> Option<Effect> {
        let run = self.run.as_mut()?;
        if run.compare.is_some() {
            run.end_compare();
            return None;
        }
        if run.piece.broken.is_some() {
            let piece = Piece {
                broken: None,
                ..run.piece.clone()
            };
            return self.record(piece, beside);
        }
        let switches = run.recipe.breaks();
        if switches.is_empty() {
            self.notice = Some("this recipe has no switch that breaks it".to_owned());
            return None;
        }
        self.front = Some(Front::Breaks(Breaks {
            switches,
            selected: 0,
            beside,
        }));
        None
    }
}

/// Seconds, or a duration with its unit.
fn moment(text: &str) -> Option<Duration> {
    let text = text.trim();
    match text.parse() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => humantime::parse_duration(text).ok(),
    }
}
