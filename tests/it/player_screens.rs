//! The player's screens at four sizes, drawn without a terminal; and that
//! however one gets to a moment, it looks the same.

use crate::run::cases;
use crate::screen::player::{Player, SIZES};
use proptest::prelude::*;

/// A screen at each size, as it is kept in tests/snapshots.
fn screens(name: &str, player: &mut Player) {
    for size in SIZES {
        let (width, height) = size;
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), player.screen(size));
    }
}

#[test]
fn menu() {
    screens("menu", &mut Player::in_menu());
    let mut player = Player::in_menu();
    player.types("lim");
    insta::assert_snapshot!("menu_search_80x24", player.screen((80, 24)));
}

#[test]
fn playing() {
    let mut player = Player::of("semaphore", "--limit 2");
    player.passes(700);
    screens("playing", &mut player);
}

#[test]
fn paused() {
    let mut player = Player::of("queue", "");
    player.passes(350);
    player.keys(" ");
    screens("paused", &mut player);
}

#[test]
fn end_of_a_deadlock() {
    let mut player = Player::of("event", "--notify --late 2");
    player.end();
    screens("end", &mut player);
}

#[test]
fn help() {
    let mut player = Player::of("lock", "");
    player.keys(" ?");
    screens("help", &mut player);
}

#[test]
fn options_error() {
    let mut player = Player::of("lock", "--workers 3");
    player.keys(" o");
    player.types(" --iterations 0");
    player.enter();
    screens("options_error", &mut player);
}

#[test]
fn choose_what_breaks_it() {
    let mut player = Player::of("semaphore", "");
    player.keys(" b");
    screens("breaks", &mut player);
}

#[test]
fn side_by_side() {
    let mut player = Player::of("semaphore", "");
    player.keys(" d");
    player.enter();
    player.end();
    screens("side_by_side", &mut player);
}

#[test]
fn predict() {
    let mut player = Player::of("semaphore", "");
    player.passes(700);
    player.keys("x");
    screens("predict", &mut player);
    player.keys("2");
    screens("predict_answer", &mut player);
}

#[test]
fn source_and_page() {
    let mut player = Player::of("event", "");
    player.end();
    player.keys("s");
    screens("source", &mut player);
    player.keys("e");
    screens("page", &mut player);
}

#[test]
fn too_small() {
    let mut player = Player::of("lock", "");
    for size in [(39, 10), (40, 9), (10, 3), (1, 1)] {
        assert!(!player.screen(size).contains("Log"), "{size:?}");
    }
}

/// Ways through a run.
fn keys() -> impl Strategy<Value = Vec<String>> {
    let way = prop_oneof![
        Just("→"),
        Just("←"),
        Just("PgDn"),
        Just("PgUp"),
        Just("Home"),
        Just("End"),
        Just("↑"),
        Just("↓"),
        Just("+"),
        Just("-"),
        Just("wait"),
        Just("go"),
        Just("["),
        Just("]"),
    ];
    prop::collection::vec(way.prop_map(str::to_owned), 0..40)
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn any_way_to_a_moment_leads_to_the_same_screen(
        recipe in prop_oneof![Just("lock"), Just("queue"), Just("retry")],
        keys in keys(),
        time in 0_u64..2000,
    ) {
        let mut player = Player::of(recipe, "");
        for key in &keys {
            player.goes(key, time);
        }
        player.pauses();
        let mut straight = Player::of(recipe, "");
        straight.pauses();
        straight.jumps_to(player.position());
        player.same_pace_as(&mut straight);
        prop_assert_eq!(player.position(), straight.position());
        prop_assert_eq!(player.screen((80, 24)), straight.screen((80, 24)));
    }
}
