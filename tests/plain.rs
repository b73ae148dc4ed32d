//! What every build does, whatever its features; `it` needs all of them.

use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use asyncdemo::demos::RECIPES;
use predicates::str::{contains, starts_with};

/// No run of a test takes longer in real time; one that would hang fails.
const BOUND: Duration = Duration::from_secs(30);

/// `asyncdemo` with these words, as typed in a shell without quotes.
fn asyncdemo(words: &str) -> Assert {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asyncdemo"));
    let words = words.split_whitespace();
    command.args(words).timeout(BOUND).assert()
}

/// What is typed, and the feature that it needs, if this build lacks it.
const OPTIONAL: [(&str, &str, bool); 7] = [
    ("play", "player", cfg!(feature = "player")),
    ("timeline", "export", cfg!(feature = "export")),
    ("export", "export", cfg!(feature = "export")),
    ("http", "http", cfg!(feature = "http")),
    ("check http", "http", cfg!(feature = "http")),
    ("completions", "shell", cfg!(feature = "shell")),
    ("man", "shell", cfg!(feature = "shell")),
];

#[test]
fn what_a_build_leaves_out_names_its_feature() {
    for (words, feature, here) in OPTIONAL {
        let help = asyncdemo(&format!("{words} --help"));
        if here {
            help.success();
        } else {
            let name = words.trim_start_matches("check ");
            let why = format!("this build has no '{name}'; build it with --features {feature}");
            help.code(2).stdout("").stderr(format!("error: {why}\n"));
        }
    }
}

#[test]
fn every_recipe_runs() {
    for recipe in RECIPES.iter().filter(|recipe| !recipe.needs.real_clock) {
        let ran = asyncdemo(&format!("{} --clock virtual --format json", recipe.name));
        ran.success().stdout(starts_with("{\"t\":"));
    }
}

/// What is typed, and a part of what is printed then.
const PLAIN: [(&str, &str); 8] = [
    ("", "\n7 Common mistakes\n"),
    (
        "list --format json",
        "{\"name\":\"hello\",\"chapter\":\"Basics\"",
    ),
    (
        "show lock",
        "pub async fn main(options: Options) -> Result {",
    ),
    ("explain lock", "\nPitfalls\n"),
    (
        "hello --clock virtual --pace 1000",
        "[00:00:01.000] 🌍 World\n",
    ),
    ("tour --walkthrough", "[08:49:09.588] "),
    ("verify semaphore --repeat 2", "2 of 2 runs alike  ok\n"),
    ("check hello -- printf Hello\\nWorld\\n", "same: 2 lines\n"),
];

#[test]
fn every_build_is_the_plain_runner() {
    for (words, printed) in PLAIN {
        asyncdemo(words).success().stdout(contains(printed));
    }
}
