//! The recording itself, which is read back.

use std::fs;

use asyncdemo::recording::form;
use proptest::prelude::*;

use super::{all_views, export, folder, recordings};
use crate::run::{Run, cases};

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_recording_reads_back_as_it_was(recording in recordings()) {
        let text = form::write(&recording).expect("JSON");
        let again = form::read(&text).expect(&text);
        prop_assert_eq!(&again, &recording);
        prop_assert_eq!(form::write(&again).expect("JSON"), text);
    }

    #[test]
    fn a_damaged_recording_is_refused_or_read_but_never_panics(
        recording in recordings(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4), 1..8),
    ) {
        let mut bytes = form::write(&recording).expect("JSON").into_bytes();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, b"\"{}[]:,0-9e.tnull"[usize::from(byte) % 17]),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(8)), // More than the other edits take.
            }
        }
        match form::read(&String::from_utf8_lossy(&bytes)) {
            Ok(recording) => drop(all_views(&recording)),
            Err(why) => prop_assert_eq!(why.to_string().lines().count(), 1, "{}", why),
        }
    }
}

#[test]
fn what_is_damaged_or_newer_is_refused() {
    let folder = folder();
    export("lock", &folder, "run.json").prints();
    let good = fs::read_to_string(folder.path().join("run.json")).expect("a recording");
    let path = folder.path().join("bad.json");
    let name = path.to_str().expect("UTF-8");
    for (text, complaint) in [
        (
            good.replace("{\"asyncdemo\":2", "{\"asyncdemo\":3"),
            "it has version 3 of the form",
        ),
        (
            good.replace("{\"asyncdemo\":2", "{\"asyncdemo\":1"),
            "it has version 1 of the form, which asyncdemo 0.1 wrote; export the run again",
        ),
        (
            good[..good.len() / 2].to_owned(),
            "it is damaged: EOF while parsing",
        ),
        (
            good.replace("\"lane\":1", "\"lane\":7"),
            "it is damaged: event 2: there is no lane 7",
        ),
        (
            good.replace("\"t\":0.02,", "\"t\":0.2,"),
            "its time runs back",
        ),
        (
            good.replace("\"t\":0.02,", "\"t\":-1,"),
            "a time must be from 0 to",
        ),
        (
            good.replace("\"text\":", "\"test\":"),
            "it is neither a line nor an event",
        ),
        (String::new(), "it is no recording"),
        ("[1, 2]".to_owned(), "it is no recording"),
    ] {
        fs::write(&path, text).expect("a file");
        for words in [
            ["timeline", name].as_slice(),
            &["export", name, "-o", "-", "--as", "svg"],
        ] {
            let told = Run::with(words.iter().copied()).complains_and_exits(1);
            assert!(told.contains(complaint), "{complaint}: {told}");
        }
    }
}
