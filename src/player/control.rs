//! What commands do to a run.

use std::time::Duration;

use super::keys::Command;
use super::piece::{Origin, Piece};
use super::playhead::Playhead;
use super::prompt::{Prompt, Purpose};
use super::run::Pane;
use super::state::{Effect, Front, State};

impl State {
    /// A command is given to the run on the screen.
    pub(super) fn apply_in_run(&mut self, command: Command) -> Option<Effect> {
        let count = self.library.len();
        let run = self.run.as_mut()?;
        match command {
            Command::PlayOrPause => run.play_or_pause(),
            Command::Forward => run.stop_at(Playhead::forward),
            Command::Back => run.stop_at(Playhead::back),
            Command::Seconds(by) => {
                let (now, second) = (run.now(), Duration::from_secs(by.unsigned_abs().into()));
                let to = if by > 0 {
                    now + second
                } else {
                    now.saturating_sub(second)
                };
                run.go(|head| head.seek(to));
            }
            Command::ToStart => run.stop_at(Playhead::home),
            Command::ToEnd => run.stop_at(Playhead::to_end),
            Command::Faster => run.change_pace(1),
            Command::Slower => run.change_pace(-1),
            Command::Source => run.toggle(Pane::Source),
            Command::Page => run.toggle(Pane::Page),
            Command::NextPane => run.next_pane(),
            Command::Rows(by) => run.scroll_mut(run.focus()).rows += i32::from(by),
            Command::Columns(by) => {
                let columns = &mut run.scroll_mut(run.focus()).columns;
                *columns = columns.saturating_add_signed(by.into());
            }
            Command::Lanes(by) => run.lanes += i32::from(by),
            Command::Zoom(by) => run.change_zoom(by),
            Command::Predict => {
                run.end_compare();
                run.ask();
            }
            Command::Help => self.front = Some(Front::Help(0)),
            Command::GoTo => self.ask_for(Purpose::Time, String::new()),
            Command::Search => self.ask_for(Purpose::Search, String::new()),
            Command::Write => {
                let name = run.recipe.name.clone() + ".json";
                self.ask_for(Purpose::File, name);
            }
            Command::Options => {
                // What a file says must not pass for what the user has typed.
                let words = match run.piece.origin {
                    Origin::Session => run.piece.words(),
                    Origin::File => Vec::new(),
                };
                let text = shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default();
                self.ask_for(Purpose::Options, text);
            }
            Command::BreakIt => return self.break_it(false),
            Command::Compare => return self.break_it(true),
            Command::NewSeed => {
                let seed = run.piece.seed.wrapping_add(1);
                let piece = Piece {
                    seed,
                    ..run.piece.clone()
                };
                return self.record(piece, false);
            }
            Command::NextRecipe => {
                let number = (run.piece.number + 1) % count;
                return self.open_number(number);
            }
            Command::PreviousRecipe => {
                let number = (run.piece.number + count - 1) % count;
                return self.open_number(number);
            }
            Command::Leave if run.compare.is_some() => run.end_compare(),
            Command::Leave if self.has_menu => self.run = None,
            Command::Leave => return Some(Effect::Quit { interrupted: false }),
            _ => {}
        }
        None
    }

    pub(super) fn ask_for(&mut self, purpose: Purpose, text: String) {
        self.front = Some(Front::Prompt(Prompt::new(purpose, text)));
    }
}
