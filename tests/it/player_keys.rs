//! What keys do to the player, where it takes no terminal to see it.

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
    each_shows(&mut Player::of("timeout", ""), &keys);
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
