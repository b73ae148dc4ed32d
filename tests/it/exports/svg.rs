//! Pictures.

use std::collections::BTreeSet;

use assert_cmd::Command as Bounded;
use asyncdemo::output::svg;
use proptest::prelude::*;

use super::{export, folder, plain, recordings, text};
use crate::run::{BOUND, cases, is_there};

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_picture_is_xml_whatever_the_lanes_are_called(recording in recordings()) {
        let svg = text(|out| svg::write(&recording, out));
        let document = roxmltree::Document::parse(&svg).expect(&svg);
        let texts: BTreeSet<String> = document
            .descendants()
            .filter(|node| node.has_tag_name("text"))
            .filter_map(|node| node.children().rfind(roxmltree::Node::is_text))
            .filter_map(|node| Some(node.text()?.to_owned()))
            .collect();
        for (_, _, text) in recording.lines().filter(|(_, _, text)| !plain(text).is_empty()) {
            prop_assert!(texts.contains(&plain(text)), "{text:?} in {texts:?}");
        }
        for lane in recording.lanes().iter().map(|lane| plain(lane)) {
            let short = lane.len() < 25;
            prop_assert!(!short || lane.is_empty() || texts.contains(&lane), "{lane:?}");
        }
        let scripts = document.descendants().any(|node| node.has_tag_name("script"));
        prop_assert!(!scripts && !svg.contains("href"));
    }
}

#[test]
fn librsvg_draws_a_picture() {
    if !is_there("rsvg-convert") {
        return;
    }
    let folder = folder();
    export("queue", &folder, "run.svg").prints();
    let mut rsvg = Bounded::new("rsvg-convert");
    let drawn = rsvg
        .arg(folder.path().join("run.svg"))
        .timeout(BOUND)
        .output();
    let drawn = drawn.expect("rsvg-convert");
    assert!(drawn.status.success() && drawn.stdout.starts_with(b"\x89PNG"));
}
