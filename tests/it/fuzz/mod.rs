//! Text and files at random, room by room: nothing panics, and what is taken is
//! taken as it was meant. `PROPTEST_CASES` says for how long.

mod checks;
mod files;
mod pages;
mod recordings;
mod values;
mod widths;

use proptest::prelude::*;

/// Any text, and text made of these pieces, which comes nearer to what a parser
/// looks for.
fn text_of(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let made = prop::collection::vec(prop::sample::select(pieces), 0..12);
    prop_oneof![1 => any::<String>(), 3 => made.prop_map(|pieces| pieces.concat())]
}
