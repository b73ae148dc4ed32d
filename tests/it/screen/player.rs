//! A player without a terminal: keys go in, screens come out.

use std::sync::Arc;
use std::time::Duration;

use asyncdemo::demos::RECIPES;
use asyncdemo::player::keys::{self, Command};
use asyncdemo::player::playhead::Position;
use asyncdemo::player::state::{Effect, State};
use asyncdemo::player::{Order, Theme, draw, settle};
use asyncdemo::recording::Recording;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;

/// The sizes that every screen is looked at in.
pub const SIZES: [(u16, u16); 4] = [(120, 40), (80, 24), (60, 15), (40, 10)];

/// The recipes of the published walkthrough: the menu's screens do not change
/// with every recipe that is added.
const PUBLISHED_ONLY: bool = true;

pub struct Player {
    state: State,
}

impl Player {
    /// A player that shows its menu.
    pub fn in_menu() -> Self {
        Self::that_has("")
    }

    /// A player that has this recipe, too.
    fn that_has(recipe: &str) -> Self {
        let library = RECIPES
            .iter()
            .filter(|it| !PUBLISHED_ONLY || it.published.is_some() || it.name == recipe);
        Self {
            state: State::new(library.collect(), 1),
        }
    }

    /// A player that has just begun to play.
    pub fn of(recipe: &str, options: &str) -> Self {
        let mut player = Self::that_has(recipe);
        let options = options.split_whitespace().map(str::to_owned).collect();
        let effect = player.state.open(recipe, options);
        player.carry_out(effect.as_ref());
        assert!(
            player.state.run.is_some(),
            "{recipe} {:?}",
            player.state.notice
        );
        player
    }

    /// A player of a recording that this program has not made.
    pub fn showing(recording: Recording) -> Self {
        let mut player = Self::that_has("");
        let effect = player.state.open("lock", Vec::new());
        let mut recorded = player.made(effect.as_ref()).expect("a run of lock");
        let Ok(lock) = &mut recorded else {
            panic!("{recorded:?}");
        };
        *lock = recording;
        player.state.recorded(recorded);
        player
    }

    fn carry_out(&mut self, effect: Option<&Effect>) {
        if let Some(recorded) = self.made(effect) {
            self.state.recorded(recorded);
        }
    }

    /// The run that is wanted, if one is.
    fn made(&self, effect: Option<&Effect>) -> Option<Result<Recording, String>> {
        let waiting = self.state.waiting.as_ref();
        let waiting = waiting.filter(|_| effect == Some(&Effect::Record))?;
        let order = Order {
            spec: waiting.piece.spec(self.state.library[waiting.piece.number]),
            live: Arc::clone(&waiting.live),
        };
        Some(asyncdemo::cli::record(&order))
    }

    fn press(&mut self, code: KeyCode) {
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        let effect = match (keys::command(self.state.keys(), key), code) {
            (Some(command), _) => self.state.apply(command),
            (None, KeyCode::Char(c)) => self.state.insert(&c.to_string()),
            _ => None,
        };
        self.carry_out(effect.as_ref());
    }

    /// Presses keys one after the other.
    pub fn keys(&mut self, keys: &str) {
        keys.chars().for_each(|key| self.press(KeyCode::Char(key)));
    }

    /// The same, where they are text.
    pub fn types(&mut self, text: &str) {
        self.keys(text);
    }

    pub fn enter(&mut self) {
        self.press(KeyCode::Enter);
    }

    pub fn end(&mut self) {
        self.press(KeyCode::End);
    }

    /// So many real milliseconds pass.
    pub fn passes(&mut self, millis: u64) {
        self.state.tick(Duration::from_millis(millis));
    }

    /// Presses a key by its name, or lets time pass, or goes to a moment.
    pub fn goes(&mut self, key: &str, millis: u64) {
        match key {
            "→" => self.press(KeyCode::Right),
            "←" => self.press(KeyCode::Left),
            "↑" => self.press(KeyCode::Up),
            "↓" => self.press(KeyCode::Down),
            "PgDn" => self.press(KeyCode::PageDown),
            "PgUp" => self.press(KeyCode::PageUp),
            "Home" => self.press(KeyCode::Home),
            "End" => self.press(KeyCode::End),
            "Enter" => self.enter(),
            "Esc" => self.press(KeyCode::Esc),
            "Backspace" => self.press(KeyCode::Backspace),
            "Tab" => self.press(KeyCode::Tab),
            "wait" => self.passes(millis),
            "go" => {
                self.keys("g");
                self.types(&format!("{millis}ms"));
                self.enter();
            }
            key => self.keys(key),
        }
    }

    /// Stays where it is.
    pub fn pauses(&mut self) {
        let run = self.state.run.as_mut().expect("there is a run");
        let (at, now) = (run.head.position().at, run.now());
        run.stop_at(|head| {
            head.seek(now);
            if head.position().at != at {
                head.step_to(at);
            }
        });
    }

    pub fn position(&self) -> Position {
        let run = self.state.run.as_ref().expect("there is a run");
        run.head.position()
    }

    /// To a moment at once.
    pub fn jumps_to(&mut self, position: Position) {
        let run = self.state.run.as_mut().expect("there is a run");
        run.stop_at(|head| {
            head.seek(position.now);
            if head.position() != position {
                head.step_to(position.at);
            }
        });
    }

    /// Pace is no matter of where one is.
    pub fn same_pace_as(&mut self, other: &mut Self) {
        for player in [self, other] {
            for _ in 0..6 {
                player.state.apply(Command::Slower);
            }
        }
    }

    /// What is in the cells of a screen of that size.
    pub fn buffer(&mut self, (width, height): (u16, u16)) -> Buffer {
        let theme = Theme {
            color: true,
            emoji: true,
        };
        let area = Rect::new(0, 0, width, height);
        settle(area, &mut self.state);
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("cannot fail");
        let frame = terminal.draw(|frame| draw(frame, &self.state, theme));
        frame.expect("cannot fail").buffer.clone()
    }

    /// What is on a screen of that size, without trailing spaces.
    pub fn screen(&mut self, (width, height): (u16, u16)) -> String {
        let buffer = self.buffer((width, height));
        let rows = (0..height).map(|y| {
            let mut row = String::new();
            let mut x = 0;
            while x < width {
                let symbol = buffer[(x, y)].symbol();
                row += symbol;
                x += u16::try_from(ratatui::text::Span::raw(symbol).width().max(1)).unwrap_or(1);
            }
            row.trim_end().to_owned()
        });
        rows.collect::<Vec<_>>().join("\n")
    }
}
