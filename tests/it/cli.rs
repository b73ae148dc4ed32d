//! The command line: help, errors, colours, formats.

use asyncdemo::demos::RECIPES;
use predicates::prelude::*;
use predicates::str::{contains, is_match};

use crate::run::Run;

/// What is typed, and a part of what is said about it.
const BAD_INPUT: &[(&str, &str)] = &[
    (
        "semaphore --limit 0",
        "'0' for '--limit <COUNT>': expected a whole number from 1 to",
    ),
    (
        "semaphore --files 10000001",
        "'10000001' for '--files <COUNT>': expected a whole",
    ),
    (
        "lock --workers -1",
        "'-1' for '--workers <COUNT>': expected a whole number from 1 to",
    ),
    (
        "lock --workers 1e3",
        "'1e3' for '--workers <COUNT>': expected a whole number from",
    ),
    (
        "ratelimit --per 0s",
        "'0s' for '--per <PERIOD>': expected a duration such as 250ms, 1.5s or 2s, longer than 0s",
    ),
    (
        "lock --work 25h",
        "'25h' for '--work <DURATION>': expected a duration such as 250ms",
    ),
    (
        "lock --work -1s",
        "'-1s' for '--work <DURATION>': expected a duration",
    ),
    (
        "semaphore --durations 5parsecs",
        "'5parsecs' for '--durations <DURATIONS>': expected",
    ),
    (
        "semaphore --durations 1s,,2s",
        "'1s,,2s' for '--durations <DURATIONS>': expected",
    ),
    (
        "queue --produce-delays 1s/x",
        "'1s/x' for '--produce-delays <LISTS>': expected",
    ),
    (
        "lock --pace 0",
        "'0' for '--pace <X>': expected a number from 0.001 to 1000",
    ),
    (
        "lock --pace nan",
        "'nan' for '--pace <X>': expected a number from 0.001 to 1000",
    ),
    (
        "lock --start 25:00",
        "'25:00' for '--start <TIME>': expected a time of day as HH:MM",
    ),
    (
        "lock --seed x",
        "'x' for '--seed <N>': expected a whole number from 0 to",
    ),
    (
        "retry --fail-rate 1.5",
        "'1.5' for '--fail-rate <SHARE>': expected a number from 0",
    ),
    (
        "as-completed --sources A",
        "'A' for '--sources <LIST>': expected NAME=DURATION pairs",
    ),
    (
        "as-completed --sources =1s",
        "'=1s' for '--sources <LIST>': expected NAME=DURATION",
    ),
    (
        "lock --clock real --walkthrough",
        "'--clock real' cannot be used with '--walkthrough'",
    ),
    (
        "lock --clock real --pace 1",
        "'--clock real' cannot be used with '--pace'",
    ),
    ("lock --spans", "'--spans' needs '--format json'"),
    (
        "lock --clock lunar",
        "'lunar' for '--clock <CLOCK>'; [possible values: real, virtual]",
    ),
    (
        "lock --workers",
        "a value is required for '--workers <COUNT>'",
    ),
    (
        "lock --seed -1",
        "'-1' for '--seed <N>': expected a whole number from 0 to",
    ),
    (
        "lock --pace --where",
        "'--where' for '--pace <X>': expected a number from",
    ),
    (
        "verify --repeat -1",
        "'-1' for '--repeat <N>': expected a whole number from 1",
    ),
    (
        "timeline lock --width -5",
        "'-5' for '--width <COLUMNS>': expected a whole number from 20 to 1000",
    ),
    (
        "timeline FILE.json --width wide",
        "'wide' for '--width <COLUMNS>': expected a whole number from 20 to 1000",
    ),
    (
        "play lock --seed -1",
        "'-1' for '--seed <N>': expected a whole number from 0 to",
    ),
    (
        "lock 3",
        "unexpected argument '3' found; tip: '--help' shows what there is",
    ),
    (
        "LOCK",
        "unrecognized subcommand 'LOCK'; tip: '--help' shows what there is",
    ),
    (
        "timeline nope",
        "unrecognized subcommand 'nope'; tip: '--help' shows what there is",
    ),
    (
        "lock --pase 1",
        "unexpected argument '--pase' found; tip: a similar argument exists",
    ),
    (
        "cancel --takes 1s --cleanup 1s",
        "'--takes <DURATION>' cannot be used with '--cleanup",
    ),
    (
        "semaphor",
        "unrecognized subcommand 'semaphor'; tip: some similar subcommands exist: 'export', 'sema",
    ),
    (
        "verify lok",
        "'lok' for '[RECIPE]...': 'asyncdemo list' shows the recipes",
    ),
    (
        "verify subprocess",
        "'subprocess' for '[RECIPE]...': no two runs of it are alike",
    ),
    (
        "hello --walkthrough",
        "'hello' has no published log; leave out --walkthrough",
    ),
];

#[test]
fn bad_input_gets_one_line_that_names_option_value_and_cure() {
    for (words, complaint) in BAD_INPUT {
        let told = Run::of(words).complains_and_exits(2);
        assert!(contains(*complaint).eval(&told), "{words}: {told}");
    }
    let told = Run::with(["as-completed", "--sources", ""]).complains_and_exits(2);
    assert!(
        told.contains("'' for '--sources <LIST>': expected NAME=DURATION pairs"),
        "{told}"
    );
    let told = Run::with(["as-completed", "--sources", "A\nB\u{1b}[2J=1s"]).complains_and_exits(2);
    assert!(!told.contains('\u{1b}'), "{told:?}");
}

/// The options of a command are made when it is typed; its name and what it is
/// about must not change by that.
#[test]
fn a_command_is_about_what_the_list_says() {
    let list = Run::of("--help").prints();
    let commands = list.lines().filter_map(|line| {
        let (name, about) = line.strip_prefix("  ")?.split_once("  ")?;
        Some((name, about.trim())).filter(|_| name.starts_with(char::is_alphabetic))
    });
    let mut seen = 0;
    for (name, about) in commands {
        let help = Run::with([name, "--help"]).prints();
        assert!(help.starts_with(about), "{name}: {help}");
        let usage = format!("Usage: asyncdemo {name} ");
        assert!(help.contains(&usage), "{name}: {help}");
        seen += 1;
    }
    assert!(seen > RECIPES.len(), "{list}");
}

#[test]
fn help_tells_units_ranges_defaults_and_two_examples() {
    for recipe in RECIPES.iter() {
        let help = Run::with([&recipe.name, "--help"]).prints();
        let examples = help
            .split_once("\nExamples:\n")
            .map_or("", |(_, examples)| examples);
        assert_eq!(
            examples.matches("  asyncdemo ").count(),
            2,
            "{}: {help}",
            recipe.name
        );
        assert!(help.contains("Options of every run:"), "{}", recipe.name);
        for arg in recipe
            .command()
            .get_arguments()
            .filter(|arg| arg.get_action().takes_values())
        {
            let told = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let has_default = !arg.get_default_values().is_empty()
                || told.contains("[default: ")
                || !arg.is_required_set();
            assert!(
                !told.is_empty() && has_default,
                "{} {}",
                recipe.name,
                arg.get_id()
            );
        }
    }
    let help = Run::of("lock --help").prints();
    assert!(help.contains("Break it:\n      --no-lock"), "{help}");
    assert!(
        help.contains("(a duration such as 250ms, 1.5s or"),
        "{help}"
    );
}

#[test]
fn the_list_shows_chapters_and_recipes() {
    let list = Run::of("list").prints();
    assert!(list.starts_with("1 Basics\n"), "{list}");
    for recipe in RECIPES.iter() {
        let line = format!("\n  {:<16} {}", recipe.name, recipe.page().title());
        assert!(list.contains(&line), "{line}");
    }
    assert_eq!(
        Run::of("list --format json").prints().lines().count(),
        RECIPES.len()
    );
    assert_eq!(
        Run::of("").prints(),
        list,
        "without arguments, and no terminal, it lists"
    );
}

#[test]
fn a_log_is_plain_in_a_pipe_and_coloured_on_request() {
    let plain = Run::of("lock --walkthrough").prints();
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    let coloured = Run::of("lock --walkthrough --color always").prints();
    assert!(
        coloured.contains("\u{1b}[2m08:49:08.869\u{1b}[0m"),
        "{coloured:?}"
    );
    let forced = Run::of("lock --walkthrough")
        .env("CLICOLOR_FORCE", "1")
        .prints();
    assert_eq!(forced, coloured);
    let refused = Run::of("lock --walkthrough")
        .env("CLICOLOR_FORCE", "1")
        .env("NO_COLOR", "1");
    assert_eq!(refused.prints(), plain);
    let flag_wins = Run::of("lock --walkthrough --color always").env("NO_COLOR", "1");
    assert_eq!(flag_wins.prints(), coloured);
    assert_eq!(
        anstream::adapter::strip_str(&coloured).to_string(),
        plain,
        "colour adds no text"
    );
}

#[test]
fn a_lane_keeps_its_colour() {
    let log = Run::of("lock --walkthrough --color always").prints();
    let color_of = |name: &str| {
        let mut codes: Vec<_> = log
            .lines()
            .filter(|line| line.contains(name))
            .map(|line| {
                line.split("] ")
                    .nth(1)
                    .map(|text| text[text.find('\u{1b}').unwrap_or(0)..][..5].to_owned())
            })
            .collect();
        codes.dedup();
        assert_eq!(codes.len(), 1, "{name}: {codes:?}");
        codes
    };
    assert_ne!(color_of("Worker-1"), color_of("Worker-2"));
}

#[test]
fn emoji_can_be_left_out() {
    let bare = Run::of("lock --walkthrough --iterations 1 --emoji never").prints();
    let expected = "[08:49:08.869] Worker-1: Counter = 1\n\
                    [08:49:08.885] Worker-2: Counter = 2\n\
                    [08:49:08.885] Final counter value: 2\n";
    assert_eq!(bare, expected);
    let piped = Run::of("lock --walkthrough").env("TERM", "dumb").prints();
    assert!(piped.contains('🔒'), "a pipe is no dumb terminal");
    let asked = Run::of("lock --walkthrough --emoji always");
    assert_eq!(asked.prints(), piped);
}

#[test]
fn icons_with_a_variation_selector_get_two_spaces() {
    let log = Run::of("timeout --walkthrough").prints();
    assert!(
        log.starts_with("[08:49:12.997] ⏱️  Timeout Example"),
        "{log}"
    );
}

#[test]
fn json_lines_have_the_documented_fields() {
    let log = Run::of("semaphore --walkthrough --format json").prints();
    let third = log.lines().nth(2).expect(&log);
    let expected = is_match(
        r#"^\{"t":0.639,"time":"08:49:09.588","lane":"download-0","icon":"✅","text":"Downloaded file-0","at":"demos/semaphore.rs:\d+"\}$"#,
    );
    assert!(expected.expect("a pattern").eval(third), "{third}");
    let narrated = Run::of("lock --walkthrough --format json").prints();
    let last = narrated.lines().last().expect(&narrated);
    assert!(
        last.contains(r#""lane":null,"icon":null,"text":"Final counter value: 6""#),
        "{last}"
    );
}

#[test]
fn spans_come_in_pairs_after_a_header() {
    let log = Run::of("semaphore --walkthrough --format json --spans").prints();
    let (header, rows) = log.split_once('\n').expect(&log);
    assert!(
        header.starts_with(r#"{"asyncdemo":2,"recipe":"semaphore","options":["--durations","#),
        "{header}"
    );
    assert!(
        header.ends_with(r#""seed":5,"clock":"virtual","schedule":0,"start":31748.949}"#),
        "{header}"
    );
    let count = |event: &str| rows.matches(&format!(r#""event":"{event}""#)).count();
    // A download for each file, three that wait for a permit, and main for all.
    assert_eq!((count("begin"), count("over")), (13, 13), "{rows}");
    assert_eq!((count("spawned"), count("ended")), (5, 5), "{rows}");
    let waits = r#""span":"resource","resource":1,"op":"acquire","at":"demos/semaphore.rs:"#;
    assert!(rows.contains(waits), "{rows}");
    assert!(
        rows.ends_with(",\"event\":\"ending\",\"ending\":null}\n"),
        "{rows}"
    );
    let real = Run::of("hello --pause 0s --format json --spans --where").prints();
    assert!(
        real.starts_with(r#"{"asyncdemo":2,"recipe":"hello","options":["--pause","0s"],"seed":5,"#),
        "{real}"
    );
    let stuck = Run::of("event --notify --clock virtual --format json --spans").output();
    let stuck = String::from_utf8_lossy(&stuck.stdout);
    let last = stuck.lines().last().expect("an ending");
    assert!(
        last.contains(
            "\"event\":\"ending\",\"ending\":\"deadlock: Waiter-4 waits at demos/event.rs:"
        ),
        "{last}"
    );
}

/// What a log tells with all its events is what a recording tells.
#[test]
fn a_log_with_all_events_is_the_recording() {
    let words = "semaphore --files 3 --limit 1";
    let log = Run::of(&format!("{words} --clock virtual --format json --spans")).prints();
    let document = Run::of(&format!("export {words} -o - --as json")).prints();
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let rows: Vec<serde_json::Value> = log
        .lines()
        .map(|row| serde_json::from_str(row).expect("JSON"))
        .collect();
    let events = document["events"].as_array().expect("events");
    assert_eq!(rows.len(), events.len() + 1);
    for (row, event) in rows[1..].iter().zip(events) {
        let mut row = row.clone();
        let fields = row.as_object_mut().expect("an object");
        fields.remove("time");
        let id = fields.remove("id").unwrap_or_default();
        fields.insert("lane".to_owned(), id);
        assert_eq!(row, *event);
    }
}

#[test]
fn places_are_aligned_within_an_instant() {
    let log = Run::of("lock --walkthrough --where").prints();
    let columns = |line: &str| line.find('←').map(|at| line[..at].chars().count());
    let last: Vec<_> = log.lines().rev().take(2).map(columns).collect();
    // The icon is one character and two columns wide.
    assert_eq!(last[0], last[1].map(|column| column + 1), "{log}");
    assert!(log.contains("← lock.rs:"), "{log}");
    let coloured = Run::of("lock --walkthrough --where --color always").prints();
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), log);
    let json = Run::of("lock --walkthrough --where --format json").prints();
    assert!(json.contains(r#""note":"still inside the lock"#), "{json}");
}

/// A format string pads to 65,535 columns at most.
#[test]
fn places_are_not_aligned_behind_a_line_of_any_length() {
    let operations = format!("{}=1s,b=1s", "x".repeat(70_000));
    let words = ["executor", "--where", "--operations", &operations];
    let log = Run::with(words).on_the_virtual_clock().prints();
    let short = log.lines().find(|line| line.contains(" b: Starting"));
    let short = short.expect("a line of the short name");
    assert!(short.len() < 200, "{} bytes", short.len());
    assert!(short.contains("  ← executor.rs:"), "{short}");
}

#[test]
fn a_start_past_midnight_wraps() {
    let log = Run::of("lock --clock virtual --start 23:59:59.985 --iterations 1").prints();
    assert!(
        log.starts_with("[23:59:59.995]") && log.contains("[00:00:00.005]"),
        "{log}"
    );
}
