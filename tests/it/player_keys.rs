//! What keys do to the player, where it takes no terminal to see it.

use asyncdemo::demos::RECIPES;
use asyncdemo::player::keys::{self, Command};
use asyncdemo::player::piece::{Origin, Piece};
use asyncdemo::player::state::{Effect, State};
use asyncdemo::player::{Library, settle};
use asyncdemo::recording::Recording;
use proptest::prelude::*;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;

use crate::run::cases;
use crate::screen::player::Player;

const SCREEN: (u16, u16) = (80, 24);

/// Presses keys in turn, and after each one demands a text on the screen.
fn each_shows(player: &mut Player, keys: &[(&str, &str)]) {
    for (key, text) in keys {
        player.goes(key, 0);
        let screen = player.screen(SCREEN);
        assert!(screen.contains(text), "{key} shows '{text}':\n{screen}");
    }
}

#[test]
fn the_menu_is_walked_and_searched() {
    let keys = [
        ("↓", "▸ stream"),
        ("↑", "▸ first-completed"),
        ("PgDn", "▸ as-completed"),
        ("End", "▸ ratelimit"),
        ("PgUp", "▸ stream"),
        ("Home", "▸ first-completed"),
        ("q", "search: q▏  q again leaves"),
        ("x", " no recipe has that; Esc shows all of them"),
        ("Backspace", "search: q▏"),
        ("Esc", " type to search"),
        ("?", " On the timeline"),
        ("Esc", " type to search"),
        ("lock", "▸ lock"),
        ("Enter", " lock  seed 1"),
    ];
    each_shows(&mut Player::in_menu(), &keys);
}

#[test]
fn the_help_is_longer_than_the_screen() {
    let mut player = Player::of("lock", "");
    let keys = [(" ", "PAUSED"), ("?", " On the timeline")];
    each_shows(&mut player, &keys);
    player.goes("↓", 0);
    let screen = player.screen(SCREEN);
    assert!(!screen.contains("On the timeline"), "{screen}");
    let keys = [
        ("PgDn", "write the recording"),
        ("PgUp", " In a run"),
        ("↑", " On the timeline"),
        ("Esc", "─ Timeline"),
    ];
    each_shows(&mut player, &keys);
}

#[test]
fn a_run_is_broken_by_the_switch_that_is_chosen() {
    let keys = [("b", "this recipe has no switch that breaks it")];
    each_shows(&mut Player::of("mistakes", ""), &keys);
    let keys = [
        ("b", "▸ --one-condition"),
        ("↓", "▸ --if"),
        ("↓", "▸ --if"),
        ("Enter", " condition --if  seed 1"),
        ("b", " condition  seed 1"),
        ("d", "Compare with"),
        ("Enter", "─ with --one-condition "),
        ("Esc", "─ ▸ Log"),
    ];
    each_shows(&mut Player::of("condition", ""), &keys);
}

#[test]
fn a_class_that_predicts_is_told_how_it_did() {
    let mut player = Player::of("semaphore", "");
    player.passes(700);
    let keys = [
        ("x", "▸ 1 ✅ Downloaded file-1"),
        ("↓", "▸ 2 ✅ Downloaded file-2"),
        ("Enter", "score 0 of 1"),
        ("Enter", "What comes next?"),
        ("Esc", "PAUSED"),
        ("End", "■ END"),
        ("x", " Nothing: that was the last line."),
    ];
    each_shows(&mut player, &keys);
}

#[test]
fn a_prompt_says_what_it_expects() {
    let keys = [
        (" ", "PAUSED"),
        ("g", "go to:"),
        ("soon", "soon"),
        ("Enter", "expected a time such as 1.5, 250ms or 2s"),
        ("Esc", "PAUSED"),
        ("/", "search:"),
        ("nobody", "nobody"),
        ("Enter", "no line has that"),
        ("Esc", "PAUSED"),
        ("/", "search:"),
        ("worker", "worker"),
        ("Enter", " lines have that; / Enter finds the next"),
        ("o", "options:"),
        ("'", "options: '"),
        ("Enter", "a quotation mark is missing"),
    ];
    each_shows(&mut Player::of("lock", ""), &keys);
}

#[test]
fn panes_take_turns_and_scroll_both_ways() {
    let mut player = Player::of("lock", "");
    player.keys(" ");
    let keys = [
        ("Tab", "▸ Source"),
        ("Tab", "▸ Page"),
        ("Tab", "▸ Log"),
        ("s", "▸ Source"),
    ];
    each_shows(&mut player, &keys);
    let at_first = player.screen(SCREEN);
    player.goes(">", 0);
    assert_ne!(player.screen(SCREEN), at_first);
    player.goes("<", 0);
    assert_eq!(player.screen(SCREEN), at_first);
    player.goes("z", 0);
    assert_ne!(player.screen(SCREEN), at_first);
    player.goes("Z", 0);
    assert_eq!(player.screen(SCREEN), at_first);
}

/// A player that shows a recording from a file, without anything that records:
/// it keeps what it is asked to run.
struct Stranger {
    state: State,
    orders: Vec<Vec<String>>,
}

impl Stranger {
    fn of(recipe: &str, options: &[&str]) -> Self {
        let library: Library = RECIPES.iter().collect();
        let mut recording = Recording::default();
        recipe.clone_into(&mut recording.spec.recipe);
        recording.spec.options = options.iter().map(ToString::to_string).collect();
        let mut state = State::new(library, 5);
        state.show(recording);
        Self {
            state,
            orders: Vec::new(),
        }
    }

    fn presses(&mut self, code: KeyCode) {
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        let effect = match (keys::command(self.state.keys(), key), code) {
            (Some(command), _) => self.state.apply(command),
            (None, KeyCode::Char(c)) => self.state.insert(&c.to_string()),
            _ => None,
        };
        if effect == Some(Effect::Record) {
            let piece: &Piece = &self.state.waiting.as_ref().expect("an order").piece;
            assert_eq!(piece.origin, Origin::Session);
            let mut recording = Recording::default();
            recording.spec = piece.spec(self.state.library[piece.number]);
            self.orders.push(recording.spec.options.clone());
            self.state.recorded(Ok(recording));
        }
    }

    fn is_drawn(&mut self) {
        settle(Rect::new(0, 0, 80, 24), &mut self.state);
    }
}

/// Every key that a table knows, and letters.
fn any_key() -> impl Strategy<Value = KeyCode> {
    let tables = [
        &keys::RUN[..],
        &keys::PREDICT,
        &keys::CHOOSE,
        &keys::PROMPT,
        &keys::CONFIRM,
    ];
    let keys = tables.into_iter().flatten().flat_map(|row| row.keys);
    let codes = keys.filter_map(|key| match key {
        keys::Key::Code(code) => Some(*code),
        keys::Key::Ctrl(_) => None,
    });
    prop_oneof![
        3 => prop::sample::select(codes.collect::<Vec<_>>()),
        2 => prop::sample::select("rbdonpy".chars().map(KeyCode::Char).collect::<Vec<_>>()),
        1 => Just(KeyCode::Enter),
    ]
}

const PLANTED: [&str; 2] = ["--planted", "touch PWNED"];

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn no_keys_run_the_options_of_a_file_unconfirmed(
        recipe in prop::sample::select(vec!["lock", "condition", "subprocess"]),
        keys in prop::collection::vec((any_key(), any::<bool>()), 0..60),
        sees in any::<bool>(),
    ) {
        let mut player = Stranger::of(recipe, &PLANTED);
        for (key, drawn) in keys {
            // Either 'y' is never pressed, or the question is never drawn.
            if sees && key == KeyCode::Char('y') {
                continue;
            }
            player.presses(key);
            if sees && drawn {
                player.is_drawn();
            }
        }
        for order in &player.orders {
            prop_assert!(!order.iter().any(|word| PLANTED.contains(&word.as_str())), "{order:?}");
        }
    }

    #[test]
    fn no_keys_at_all_run_the_commands_of_a_file(
        keys in prop::collection::vec(any_key(), 0..60),
    ) {
        let mut player = Stranger::of("subprocess", &PLANTED);
        for key in keys {
            player.presses(key);
            player.is_drawn();
        }
        for order in &player.orders {
            prop_assert!(!order.iter().any(|word| PLANTED.contains(&word.as_str())), "{order:?}");
        }
    }
}

#[test]
fn what_is_confirmed_runs() {
    let mut player = Stranger::of("lock", &["--workers", "4"]);
    player.state.apply(Command::NewSeed);
    player.presses(KeyCode::Char('y'));
    assert!(player.orders.is_empty(), "nothing has been drawn");
    player.is_drawn();
    player.presses(KeyCode::Char('y'));
    assert_eq!(player.orders, [["--workers", "4"]]);
    player.presses(KeyCode::Char('r'));
    assert_eq!(player.orders.len(), 2, "it is a run of this session");
}
