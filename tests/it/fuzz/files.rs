//! Damaged and forged recordings, through every command that reads one.

use std::fs;

use asyncdemo::recording::{Failure, form};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use super::recordings::places;
use crate::exports::HOSTILE;
use crate::foreign::{READERS, reads};
use crate::run::{cases, recorded};

/// What may be done to a recording's text.
#[derive(Clone, Debug)]
enum Damage {
    /// One bit of a byte.
    Flip(Index, u8),
    Cut(Index),
    /// Two values change places.
    Swap(Index, Index),
    /// A value becomes another one.
    Replace(Index, Value),
    /// A value becomes this text, which need not be JSON.
    Raw(Index, String),
    /// A field stands there twice.
    Double(Index),
    /// Two events change places.
    Reorder(Index, Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let numbers = select(vec![
        "-1",
        "1e308",
        "1e999",
        "-0.0",
        "0.5",
        "4294967295",
        "4294967296",
        "18446744073709551615",
        "18446744073709551616",
        "9007199254",
        "NaN",
    ]);
    let deep = select(vec![100_usize, 200, 20_000]);
    let deep = (deep, any::<bool>()).prop_map(|(depth, list)| {
        let (open, close) = if list { ("[", "]") } else { ("{\"a\":", "}") };
        open.repeat(depth) + "0" + &close.repeat(depth)
    });
    let words = select(vec![
        "wait", "work", "begin", "end", "lock", "http", "a:1", ":0", "virtual",
    ]);
    let values = prop_oneof![
        Just(Value::Null),
        Just(Value::Array(Vec::new())),
        words.prop_map(Value::from),
        select(HOSTILE).prop_map(Value::from),
        Just(Value::from("deadlock: \u{9b}2J\u{7f}")),
    ];
    prop_oneof![
        (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        any::<Index>().prop_map(Damage::Cut),
        any::<[Index; 2]>().prop_map(|[a, b]| Damage::Swap(a, b)),
        (any::<Index>(), values).prop_map(|(at, value)| Damage::Replace(at, value)),
        (
            any::<Index>(),
            prop_oneof![numbers.prop_map(str::to_owned), deep]
        )
            .prop_map(|(at, text)| Damage::Raw(at, text)),
        any::<Index>().prop_map(Damage::Double),
        any::<[Index; 2]>().prop_map(|[a, b]| Damage::Reorder(a, b)),
    ]
}

/// A good recording: with bars, lines, and a failure at its end.
fn good() -> String {
    let (mut run, _) = recorded("lock", "--workers 2 --iterations 2", 5);
    "lock".clone_into(&mut run.spec.recipe);
    run.ending = Some(Failure::Error("it fell over".to_owned()));
    form::write(&run).expect("JSON")
}

/// Where a value stands that nothing has replaced yet.
const HERE: &str = "a value that stands nowhere else";

fn damaged(text: String, damage: &Damage) -> Vec<u8> {
    let mut document: Value = match serde_json::from_str(&text) {
        Ok(document) => document,
        Err(_) => return text.into_bytes(),
    };
    let mut all = Vec::new();
    places(&document, String::new(), &mut all);
    match damage {
        Damage::Flip(at, bit) => {
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            return bytes;
        }
        Damage::Cut(at) => {
            let mut bytes = text.into_bytes();
            bytes.truncate(at.index(bytes.len()));
            return bytes;
        }
        Damage::Swap(a, b) => {
            let (a, b): (&String, &String) = (a.get(&all), b.get(&all));
            let value = |path: &String| document.pointer(path).cloned().unwrap_or_default();
            let values = [(a, value(b)), (b, value(a))];
            for (path, value) in values {
                // One may lie within the other, and be gone.
                if let Some(place) = document.pointer_mut(path) {
                    *place = value;
                }
            }
        }
        Damage::Replace(at, value) => {
            let place = document
                .pointer_mut(at.get::<String>(&all))
                .expect("it is there");
            *place = value.clone();
        }
        Damage::Raw(at, raw) => {
            let place = document
                .pointer_mut(at.get::<String>(&all))
                .expect("it is there");
            *place = Value::from(HERE);
            let text = document.to_string();
            return text.replacen(&format!("\"{HERE}\""), raw, 1).into_bytes();
        }
        Damage::Double(at) => {
            let fields = text
                .match_indices(',')
                .map(|(at, _)| at + 1)
                .collect::<Vec<_>>();
            if fields.is_empty() {
                return text.into_bytes();
            }
            let from = *at.get(&fields);
            let end = text[from..]
                .find(',')
                .map_or(text.len(), |end| from + end + 1);
            return [&text[..end], &text[from..]].concat().into_bytes();
        }
        Damage::Reorder(a, b) => {
            if let Some(Value::Array(events)) = document.get_mut("events") {
                let (a, b) = (a.index(events.len()), b.index(events.len()));
                events.swap(a, b);
            }
        }
    }
    document.to_string().into_bytes()
}

/// What is wrong with how a command ends that read this file.
fn answers(reader: &[&str], file: &std::path::Path) -> Result<(), String> {
    let output = reads(reader, file, &[]);
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let commands = |it: char| it.is_control() && !matches!(it, '\n' | '\t');
    // The player says first that it prints the log instead.
    let most = 1 + usize::from(reader[0] == "play");
    let wrong = match output.status.code() {
        Some(0..=3) if stderr.lines().count() > most => "says too many lines",
        Some(1..=3) if stderr.is_empty() => "does not say why",
        Some(0..=3) if (stdout + stderr.as_ref()).contains(commands) => "commands the terminal",
        Some(0..=3) => return Ok(()),
        _ => "ends otherwise than it may",
    };
    Err(format!("{reader:?} {wrong} ({}): {stderr}", output.status))
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn every_command_answers_to_a_damaged_recording(
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("run.json");
        let mut bytes = good().into_bytes();
        for damage in &damages {
            bytes = match String::from_utf8(bytes) {
                Ok(text) => damaged(text, damage),
                Err(error) => error.into_bytes(),
            };
        }
        fs::write(&file, bytes).expect("a file");
        for reader in READERS {
            answers(reader, &file).map_err(TestCaseError::fail)?;
        }
    }
}

#[test]
fn a_good_recording_is_shown_by_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.json");
    fs::write(&file, good()).expect("a file");
    for reader in READERS {
        assert_eq!(
            reads(reader, &file, &[]).status.code(),
            Some(1),
            "{reader:?}"
        );
        answers(reader, &file).unwrap_or_else(|why| panic!("{why}"));
    }
}
