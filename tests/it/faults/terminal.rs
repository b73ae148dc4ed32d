//! Terminals that vanish, or are none to speak of.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

use crate::check::is_alive;
use crate::run::{BINARY, BOUND, Run, within};
use crate::screen::pty::Pty;

/// Runs on a terminal until `text` is on it, takes the terminal away, and
/// demands that this is the end.
#[track_caller]
fn ends_with_its_terminal(arguments: &[&str], text: &'static str) {
    let pair = native_pty_system().openpty(PtySize::default());
    let pair = pair.expect("a pseudo-terminal");
    let mut command = CommandBuilder::new(BINARY);
    command.args(arguments);
    command.env("TERM", "xterm-256color");
    let mut child = pair.slave.spawn_command(command).expect("asyncdemo");
    drop(pair.slave);
    let master = pair.master;
    let status = within(BOUND, move || {
        let mut output = master.try_clone_reader().expect("its output");
        let (mut shown, mut bytes) = (String::new(), [0; 4096]);
        while !shown.contains(text) {
            let read = output.read(&mut bytes).expect(&shown);
            shown += &String::from_utf8_lossy(&bytes[..read]);
        }
        drop((output, master));
        child.wait().expect("an exit status")
    });
    // Which comes first, the signal or the error of the terminal?
    let code = status.exit_code();
    assert!([1, 129].contains(&code), "{arguments:?}: {status}");
}

/// So many seconds, in the words of this test alone.
fn unlike_others(seconds: u32) -> String {
    format!("{seconds}.{}", std::process::id())
}

#[test]
fn a_run_whose_terminal_vanishes_ends() {
    for (words, text) in [
        ("event --delay 1h", "Waiter-1"),
        ("event --delay 1h --pace 1", "Waiter-1"),
        ("lock --work 0s --iterations 1000000", "Worker-1"),
        ("semaphore --files 20000 --clock virtual", "file-0"),
        ("executor --on-loop --operations A=1h", "A"),
    ] {
        let arguments: Vec<_> = words.split_whitespace().collect();
        ends_with_its_terminal(&arguments, text);
    }
}

#[test]
fn a_player_whose_terminal_vanishes_ends() {
    let seconds = unlike_others(3605);
    let stays = format!("echo here; sleep {seconds}; :");
    for (arguments, text) in [
        (&["play"][..], "asyncdemo"),
        (&["play", "lock"], "Timeline"),
        (&["play", "subprocess", &stays], "subprocess"),
        (&["play", "shutdown"], "shutdown"),
    ] {
        ends_with_its_terminal(arguments, text);
    }
    assert!(!is_alive(&seconds), "a child was left behind");
}

/// In a pipe, the same output is not touched.
#[test]
fn no_child_commands_the_terminal() {
    for words in [&["subprocess"][..], &["subprocess", "--stream"]] {
        let arguments = [words, &[r"printf 'a\033[2J\033]0;title\007b\302\2332Jc'"]].concat();
        let mut pty = Pty::of(&arguments, (80, 24));
        pty.shows("ab2Jc");
        assert!(pty.text().starts_with('['), "{}", pty.text());
        assert!(pty.ends().success());
        let log = Run::with(arguments).prints();
        assert!(
            log.contains("a\u{1b}[2J\u{1b}]0;title\u{7}b\u{9b}2Jc"),
            "{log:?}"
        );
    }
}

#[test]
fn the_children_of_a_run_go_with_its_terminal() {
    let seconds = unlike_others(3606);
    let stays = format!("echo here; sleep {seconds}; :");
    ends_with_its_terminal(&["subprocess", "--stream", &stays], "] here");
    assert!(!is_alive(&seconds), "a child was left behind");
}

#[test]
fn a_terminal_of_any_size_will_do() {
    for (rows, cols) in [(u16::MAX, u16::MAX), (1, u16::MAX), (u16::MAX, 1)] {
        let size = PtySize {
            rows,
            cols,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let script = "ulimit -v 8000000; exec \"$0\" play lock";
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", script, BINARY]);
        command.env("TERM", "xterm-256color");
        let mut child = pair.slave.spawn_command(command).expect("asyncdemo");
        drop(pair.slave);
        let master = pair.master;
        let mut keys = master.take_writer().expect("its input");
        let mut output = master.try_clone_reader().expect("its output");
        let status = within(BOUND, move || {
            let mut bytes = [0; 4096];
            let _ = output.read(&mut bytes).expect("the first frame");
            std::thread::spawn(move || while output.read(&mut bytes).is_ok_and(|read| read > 0) {});
            keys.write_all(b"q").expect("it reads");
            child.wait().expect("an exit status")
        });
        assert!(status.success(), "{rows} rows, {cols} columns: {status}");
    }
}

/// What `nohup` is for.
#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_ignored_stays_so() {
    let mut child = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" hello --pause 100ms", BINARY])
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let pid = Pid::from_child(&child);
    let (log, status) = within(BOUND, move || {
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut log = String::new();
        output.read_line(&mut log).expect("a line");
        kill_process(pid, Signal::HUP).expect("it is alive");
        output.read_to_string(&mut log).expect("UTF-8");
        (log, child.wait().expect("an exit status"))
    });
    assert!(log.ends_with("World\n"), "{log}");
    assert!(status.success(), "{status}");
}

#[test]
fn a_terminal_without_a_name_will_do() {
    let player = |setting: &[&str]| {
        let mut command = CommandBuilder::new("env");
        command.args(setting);
        command.args([BINARY, "play", "lock"]);
        Pty::running(command, (80, 24))
    };
    for setting in [&["-u", "TERM"][..], &["TERM="], &["-i"]] {
        let mut pty = player(setting);
        pty.shows("Timeline").types("q");
        assert!(pty.ends().success());
        pty.has_its_terminal_back();
    }
    let mut pty = player(&["TERM=dumb"]);
    pty.shows("the player needs a terminal; here is the log instead");
    pty.shows("Final counter value: 6");
    assert!(pty.ends().success());
}
