//! `check`: somebody's program against a recipe's log.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use crate::run::{BINARY, BOUND, Run, asyncdemo, code_of, is_there, within};
use crate::screen::pty::Pty;

/// The log that a program should print.
fn log() -> Vec<String> {
    let printed = Run::of("semaphore --walkthrough").prints();
    printed.lines().map(str::to_owned).collect()
}

/// What `check semaphore --walkthrough` with more options says of a script.
fn checked(options: &str, script: &str) -> Output {
    let words = format!("check semaphore --walkthrough {options} -- sh -c");
    Run::with(words.split_whitespace().chain([script])).output()
}

/// `check` of a script: its exit code, and its verdict, on either stream.
fn verdict(options: &str, script: &str) -> (Option<i32>, String) {
    let output = checked(options, script);
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    let err = String::from_utf8(output.stderr).expect("UTF-8");
    (output.status.code(), out + &err)
}

/// A script that prints these lines.
fn printing(lines: &[impl AsRef<str>]) -> String {
    let lines: Vec<_> = lines.iter().map(AsRef::as_ref).collect();
    format!("cat <<'END'\n{}\nEND\n", lines.join("\n"))
}

#[test]
fn our_own_binary_says_the_same() {
    let run = |options: &str| {
        let words = format!("check semaphore --walkthrough {options}");
        Run::of(&words).prints()
    };
    assert_eq!(
        run(&format!("-- {BINARY} semaphore --walkthrough")),
        "same: 10 lines\n"
    );
    assert_eq!(
        run(&format!(
            "-- {BINARY} semaphore --walkthrough --emoji never --color always"
        )),
        "same: 10 lines\n"
    );
    let paced = run(&format!(
        "--timing 400ms -- {BINARY} semaphore --walkthrough --pace 1"
    ));
    assert!(paced.starts_with("same: 10 lines, at most 0."), "{paced}");
    let deadlock = "event --notify --late 1 --clock virtual";
    let printed = Run::of(&format!(
        "check event --notify --late 1 -- {BINARY} {deadlock}"
    ))
    .prints();
    let noted = "same: 5 lines\nnote: the program ended with exit status: 3\n";
    assert_eq!(printed.lines().count(), 2, "{printed}");
    assert!(
        printed.ends_with(noted.split_once('\n').map_or("", |(_, note)| note)),
        "{printed}"
    );
}

#[test]
fn ten_small_changes_are_told_precisely() {
    type Change = fn(&mut Vec<String>);
    let changes: [(&str, Change, &str); 8] = [
        (
            "a missing line",
            |log| drop(log.remove(4)),
            "missing: \"Downloaded file-1\" (due at 0.817 s) never came; it is due after \
             \"Downloading file-2...\"",
        ),
        (
            "an extra line",
            |log| log.insert(4, "[08:49:09.700] 🙂 Hello".to_owned()),
            "extra: line 5 of the program, \"Hello\" at ",
        ),
        (
            "two lines swapped",
            |log| log.swap(8, 9),
            "wrong order: line 9 of the program, \"Downloaded file-4\" at ",
        ),
        (
            "a changed text",
            |log| log[9] = log[9].replace("file-4", "file-5"),
            "changed: line 10 of the program, \"Downloaded file-5\" at ",
        ),
        (
            "a missing last line",
            |log| drop(log.pop()),
            "missing: \"Downloaded file-4\" (due at 2.065 s) never came; it is due after \
             \"Downloaded file-3\"",
        ),
        (
            "an empty program",
            Vec::clear,
            "extra: line 1 of the program, \"\" at ", // The script prints an empty line.
        ),
        (
            "a duplicated line",
            |log| log.insert(9, log[8].clone()),
            "extra: line 10 of the program, \"Downloaded file-3\" at ",
        ),
        (
            "trailing garbage",
            |log| log.push("garbage \u{7}".to_owned()),
            "extra: line 11 of the program, \"garbage \\u{7}\" at ",
        ),
    ];
    for (name, change, expected) in changes {
        let mut log = log();
        change(&mut log);
        let (code, told) = verdict("", &printing(&log));
        assert_eq!(code, Some(1), "{name}: {told}");
        if name == "an empty program" {
            assert!(told.contains("0 of 10 lines as expected; "), "{told}");
            continue;
        }
        assert!(told.starts_with(expected), "{name}: {told}");
        let only = told.lines().last().unwrap_or_default();
        assert_eq!(
            only.matches(',').count(),
            0,
            "{name} is one difference: {only}"
        );
    }
    let (code, told) = verdict("", ":");
    assert_eq!(code, Some(1));
    assert!(
        told.starts_with("missing: the program said nothing; \"Downloading file-0...\""),
        "{told}"
    );
}

/// The log on the real clock, but for one line that is early or late.
#[test]
fn an_early_and_a_late_line_are_told() {
    let paced = |pauses: [&str; 6]| {
        let log = log();
        let groups = [
            &log[..2],
            &log[2..4],
            &log[4..6],
            &log[6..8],
            &log[8..9],
            &log[9..],
        ];
        let parts: Vec<_> = pauses
            .iter()
            .zip(groups)
            .map(|(pause, lines)| format!("sleep {pause}\n{}", printing(lines)))
            .collect();
        parts.concat()
    };
    let right = paced(["0", "0.64", "0.18", "0.73", "0.19", "0.32"]);
    let early = paced(["0", "0.64", "0.18", "0.13", "0.79", "0.32"]);
    let late = paced(["0", "0.64", "0.18", "0.73", "0.19", "0.92"]);
    thread::scope(|scope| {
        let run = |script| scope.spawn(move || verdict("--timing 300ms", script));
        let (right, early, late) = (run(&right), run(&early), run(&late));
        let join = |run: thread::ScopedJoinHandle<'_, _>| run.join().expect("a verdict");
        let (code, told): (_, String) = join(right);
        assert_eq!(code, Some(0), "{told}");
        let (code, told) = join(early);
        assert_eq!(code, Some(1), "{told}");
        assert!(
            told.starts_with("too early: line 7 of the program, \"Downloaded file-2\""),
            "{told}"
        );
        assert!(told.contains("s too early, allowed are 0.300 s"), "{told}");
        let (code, told) = join(late);
        assert_eq!(code, Some(1), "{told}");
        assert!(
            told.starts_with("too late: line 10 of the program, \"Downloaded file-4\""),
            "{told}"
        );
    });
}

#[test]
fn lines_of_an_instant_may_come_in_any_order() {
    let mut log = log();
    for pair in [0, 2, 4, 6] {
        log.swap(pair, pair + 1);
    }
    assert_eq!(
        verdict("", &printing(&log)),
        (Some(0), "same: 10 lines\n".to_owned())
    );
    let bare: Vec<_> = log
        .iter()
        .map(|line| line[15..].trim_start().to_owned())
        .collect();
    assert_eq!(verdict("", &printing(&bare)).0, Some(0), "{bare:?}");
}

#[test]
fn the_diff_shows_both_times() {
    let mut log = log();
    log[9] = "Downloaded".to_owned();
    let (_, told) = verdict("", &printing(&log));
    let rows: Vec<_> = told.lines().skip(2).collect();
    assert_eq!(
        rows[0].split_whitespace().collect::<Vec<_>>(),
        ["due", "came"]
    );
    assert!(
        rows.contains(&"-     2.065            Downloaded file-4"),
        "{told}"
    );
    let came = rows
        .iter()
        .find(|row| row.starts_with("+               0."));
    assert!(
        came.is_some_and(|row| row.ends_with("  Downloaded")),
        "{told}"
    );
    assert!(
        told.ends_with("different: 9 of 10 lines as expected; 1 changed\n"),
        "{told}"
    );
    let (_, coloured) = verdict("--color always", &printing(&log));
    assert!(coloured.contains("\u{1b}[31m-  "), "{coloured:?}");
    assert!(coloured.contains("\u{1b}[32m+  "), "{coloured:?}");
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), told);
}

#[test]
fn a_crash_is_told_and_stderr_passes_through() {
    let output = checked(
        "",
        "echo oops >&2; echo Downloading file-0...; kill -SEGV $$",
    );
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(out.starts_with("missing: "), "{out}");
    assert!(
        err.starts_with("oops\ncrashed: the program was ended by signal 11 (SIGSEGV)"),
        "{err}"
    );
    assert!(
        err.ends_with("; different: 1 of 10 lines as expected; 9 missing\n"),
        "{err}"
    );
}

#[test]
fn the_right_lines_are_not_enough_for_a_program_that_fails() {
    let says_all = |end: &str| printing(&log()) + end;
    let (code, told) = verdict("", &says_all("kill -SEGV $$"));
    assert_eq!(code, Some(1), "{told}");
    let crashed = "crashed: the program was ended by signal 11 (SIGSEGV)";
    assert!(told.starts_with(crashed), "{told}");
    assert!(told.ends_with("; same: 10 lines\n"), "{told}");
    let (code, told) = verdict("", &says_all("exit 3"));
    let failed = "failed: the program exited with code 3 instead of 0; same: 10 lines\n";
    assert_eq!((code, told.as_str()), (Some(1), failed));
    for end in ["kill -SEGV $$", "exit 3"] {
        let (code, told) = verdict("--any-exit", &says_all(end));
        assert_eq!(code, Some(0), "{told}");
        assert!(told.starts_with("same: 10 lines\nnote: "), "{told}");
    }
    // The recipe does not end well either; but it does not crash.
    let deadlock = Run::of("event --notify --late 1 --clock virtual").prints_and_exits(3);
    let lines: Vec<_> = deadlock.lines().collect();
    let ends = |end: &str| {
        let script = printing(&lines) + end;
        let words = "check event --notify --late 1 -- sh -c".split(' ');
        let output = Run::with(words.chain([&*script])).output();
        output.status.code()
    };
    assert_eq!(
        ["exit 0", "exit 1", "kill $$"].map(ends),
        [Some(0), Some(0), Some(1)]
    );
}

#[test]
fn who_holds_the_output_of_a_program_that_has_ended_is_told() {
    let (code, told) = verdict("--time-limit 300ms", "sleep 3605.25 & exit 0");
    assert_eq!(code, Some(124), "{told}");
    let named = if cfg!(target_os = "linux") {
        "'sleep 3605.25' (process "
    } else {
        "a process that it had started"
    };
    let begins = "time limit: the program ended, but ";
    let verdict = told.lines().last().unwrap_or_default();
    assert!(verdict.starts_with(&format!("{begins}{named}")), "{told}");
    assert!(
        verdict.contains("did not close its output within 300ms; different: "),
        "{told}"
    );
    assert!(!is_alive("3605.25"), "a child was left behind");
}

#[test]
fn any_bytes_and_any_amount_of_them_are_taken() {
    let (code, told) = verdict("", r"printf '\377\376 x\nDownloading \300\n'");
    assert_eq!(code, Some(1));
    assert!(told.contains("\u{fffd}\u{fffd} x"), "{told}");
    // Five megabytes behind the log, and one line as long.
    let noise = printing(&log()) + "head -c 5000000 /dev/zero | tr '\\0' 'x'; yes | head -n 500000";
    let (code, told) = verdict("", &noise);
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.starts_with("extra: line 11 of the program, \"xxxx"),
        "{told}"
    );
    assert!(told.len() < 10_000, "{}", told.len());
    let (code, told) = verdict("", "head -c 30000000 /dev/zero");
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("note: it said far more than was expected"),
        "{told}"
    );
}

/// Whether a `sleep` with this argument is alive.
pub fn is_alive(argument: &str) -> bool {
    let is_it = |line: &str| line.contains("sleep") && line.contains(argument);
    let Ok(processes) = fs::read_dir("/proc") else {
        let list = Command::new("ps").args(["-A", "-o", "args="]).output();
        return is_it(&String::from_utf8_lossy(&list.expect("ps").stdout));
    };
    processes
        .filter_map(|process| fs::read(process.ok()?.path().join("cmdline")).ok())
        .any(|line| is_it(&String::from_utf8_lossy(&line)))
}

#[test]
fn what_does_not_end_is_killed_with_its_children() {
    let began = Instant::now();
    let endless = [
        "yes",
        "sleep 3601.25",
        "echo x; sleep 3601.25 & sleep 3601.5 & wait",
        "trap '' TERM INT HUP; while :; do sleep 3601.75; done",
    ];
    for script in endless {
        let (code, told) = verdict("--time-limit 300ms", script);
        assert_eq!(code, Some(124), "{script}: {told}");
        let limit = "time limit: the program did not end within 300ms; different: ";
        assert!(
            told.lines()
                .last()
                .is_some_and(|line| line.starts_with(limit)),
            "{told}"
        );
    }
    assert!(!is_alive("3601."), "a child was left behind");
    assert!(began.elapsed() < BOUND);
    let hangs = printing(&log()) + "exec >&-; sleep 3602";
    let (code, told) = verdict("--time-limit 500ms", &hangs);
    assert_eq!(code, Some(124), "{told}");
    assert!(told.ends_with("within 500ms; same: 10 lines\n"), "{told}");
    // A child without the output does not hold up a program that has ended.
    let leaves = printing(&log()) + "sleep 3603.25 >/dev/null 2>&1 &";
    assert_eq!(verdict("", &leaves).0, Some(0));
    assert!(!is_alive("3603.25"), "a child was left behind");
}

/// A program in the background that asks the terminal would be stopped for good.
#[test]
fn a_program_cannot_ask_the_terminal() {
    let mut pty = Pty::of(&["check", "hello", "--", "cat"], (80, 24));
    pty.shows("different: 0 of 2 lines as expected; 2 missing");
    assert_eq!(pty.ends().exit_code(), 1);
}

#[test]
fn an_interrupt_kills_the_program_too() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut command = asyncdemo("check lock -- sh -c");
        let script = "echo $$ >&2; sleep 3604.25";
        let mut child = command
            .arg(script)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("asyncdemo");
        let output = within(BOUND, move || {
            let mut first = [0];
            let stderr = child.stderr.as_mut().expect("a pipe");
            io::Read::read_exact(stderr, &mut first).expect("the program runs");
            kill_process(Pid::from_child(&child), signal).expect("it is alive");
            child.wait_with_output().expect("an exit status")
        });
        assert_eq!(output.status.code(), Some(code_of(signal)));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.ends_with("\ninterrupted\n"), "{told}");
        assert!(!is_alive("3604.25"), "a child was left behind");
    }
}

/// Child processes are recorded on the real clock, signals on their own.
#[test]
fn recipes_that_reach_outside_are_checked_too() {
    let same = Run::with([
        "check",
        "subprocess",
        "echo 1",
        "--",
        BINARY,
        "subprocess",
        "echo 1",
    ]);
    assert!(same.prints().starts_with("same: "));
    let same = format!("check shutdown -- {BINARY} shutdown --clock virtual");
    assert!(Run::of(&same).prints().starts_with("same: "));
}

/// A file of its own for a test.
fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("a file");
    path
}

#[test]
fn a_recorded_log_is_as_good_as_a_recipe() {
    let log = Run::of("queue --clock virtual --format json --spans").prints();
    let log = file("queue.ndjson", &log);
    let recording = Run::of("export queue --as json -o -").prints();
    let newer = recording.replace("{\"asyncdemo\":2", "{\"asyncdemo\":9");
    let empty = recording
        .split("\"events\":")
        .next()
        .expect("a header")
        .to_owned();
    let empty = empty + "\"events\":[]}";
    let header = r#"{"recipe":"queue","options":[],"seed":5,"clock":"virtual"}"#.to_owned() + "\n";
    let recording = file("queue.json", &recording);
    for (check, path) in [
        ("check", &log),
        ("check queue", &log),
        ("check", &recording),
    ] {
        let words = format!(
            "{check} --against {} -- {BINARY} queue --clock virtual",
            path.display()
        );
        let same = Run::of(&words).prints();
        assert!(same.starts_with("same: "), "{same}");
        let other = Run::of(&(words + " --items 1")).output();
        assert_eq!(other.status.code(), Some(1));
    }
    let damaged = [
        (newer.as_str(), "it has version 9 of the form"),
        ("nonsense", "line 1 is no JSON object of a log"),
        (
            "{\"t\":1,\"text\":\"a\"}\n{\"t\":0.5,\"text\":\"b\"}",
            "line 2 is earlier than the one",
        ),
        ("{\"t\":-1,\"text\":\"a\"}", "line 1 has no time"),
        ("{\"text\":\"a\"}", "line 1 has no time"),
        ("", "has no line to compare with"),
        (&empty, "has no line to compare with"),
        (&header, "has no line to compare with"),
        (
            &[header.as_str(), &header].concat(),
            "line 2 is a second header",
        ),
        ("{}\n{}\n", "line 1 is neither a line nor an event of a log"),
        (
            "{\"t\":1}",
            "line 1 is neither a line nor an event of a log",
        ),
    ];
    for (text, complaint) in damaged {
        let path = file("damaged.ndjson", text);
        let told = Run::of(&format!("check --against {} -- true", path.display()));
        let told = told.complains_and_exits(2);
        assert!(told.contains(complaint), "{told}");
    }
}

#[test]
fn wrong_usage_is_told_in_a_line() {
    let wrong = [
        (
            "check lok -- x",
            "unrecognized subcommand 'lok'; tip: a similar subcommand exists: 'lock'",
        ),
        ("check -- x", "a recipe or '--against <FILE>' is required"),
        (
            "check lock",
            "required arguments were not provided: <COMMAND>...",
        ),
        (
            "check lock x",
            "unexpected argument 'x' found; tip: the program to check stands after '--'",
        ),
        (
            "check lock -- no-such-program",
            "cannot start 'no-such-program': No such file",
        ),
        ("check lock -- /", "cannot start '/': Permission denied"),
        (
            "check lock --timing 1parsec -- x",
            "'1parsec' for '--timing <TOLERANCE>': expected a dur",
        ),
        (
            "check lock --time-limit -1s -- x",
            "'-1s' for '--time-limit <DURATION>': expected a dur",
        ),
        (
            "check lock --workers 0 -- x",
            "'0' for '--workers <COUNT>': expected a whole number",
        ),
        (
            "check lock --workers 3 --against x -- x",
            "'--workers <COUNT>'",
        ),
        (
            "check hello --walkthrough -- x",
            "'hello' has no published log; leave out --walkthrough",
        ),
        (
            "check --against no-such-file -- x",
            "cannot read 'no-such-file': No such file",
        ),
    ];
    for (words, complaint) in wrong {
        let told = Run::of(words).complains_and_exits(2);
        assert!(told.contains(complaint), "{words}: {told}");
    }
}

/// A student's program in asyncio, and three mistakes in it.
#[test]
fn python_programs_are_checked() {
    const PROGRAM: &str = "
import asyncio

async def download(limit, name, seconds):
    async with limit:
        print(f'Downloading {name}...', flush=True)
        await asyncio.sleep(seconds)
        print(f'Downloaded {name}', flush=True)

async def main():
    limit = asyncio.Semaphore(2)
    times = [0.2, 0.3, 0.4]
    await asyncio.gather(*(download(limit, f'file-{n}', t) for n, t in enumerate(times)))

asyncio.run(main())
";
    if !is_there("python3") {
        return;
    }
    let check = |program: &str| {
        let words =
            "check semaphore --files 3 --durations 200ms,300ms,400ms --timing 150ms -- python3 -c";
        let run = Run::with(words.split(' ').chain([program]));
        let output = run.env("PYTHONUNBUFFERED", "").output();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), told)
    };
    let (code, told) = check(PROGRAM);
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = check(&PROGRAM.replace("Semaphore(2)", "Semaphore(1)"));
    assert_eq!(code, Some(1));
    assert!(
        told.starts_with("wrong order: line 2 of the program, \"Downloaded file-0\""),
        "{told}"
    );
    let (code, told) = check(&PROGRAM.replace("0.4]", "0.8]"));
    assert_eq!(code, Some(1));
    assert!(
        told.starts_with("too late: line 6 of the program, \"Downloaded file-2\""),
        "{told}"
    );
    let (code, told) = check(&PROGRAM.replace(", flush=True", ""));
    assert_eq!(code, Some(1));
    assert!(
        told.contains("\nnote: all lines came at once; flush each one"),
        "{told}"
    );
    let (code, told) = check("raise SystemExit('no idea')");
    assert_eq!(code, Some(1));
    assert!(told.starts_with("missing: "), "{told}");
}
