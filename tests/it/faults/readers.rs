//! Readers of our output that go away, or stay and read no more.

use std::io::{PipeReader, PipeWriter, Read as _, Write as _, pipe};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};

use super::complaint;
use crate::run::{BOUND, asyncdemo, code_of, within, without_panic};

/// What becomes of a run whose reader has gone.
fn unread(words: &str) -> Output {
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    let mut command = asyncdemo(words);
    command.stdout(writer).stderr(Stdio::piped());
    let output = within(BOUND, move || command.output().expect("asyncdemo"));
    without_panic(output)
}

#[test]
fn a_reader_that_goes_away_ends_a_run_quietly() {
    for words in [
        "event --delay 20ms",
        "semaphore --files 20000 --clock virtual",
        "lock --iterations 1000000 --clock virtual --format json",
        "lock --work 0s --iterations 1000000",
        "tour",
        "list",
        "man",
        "export lock --as json -o -",
        "--help",
    ] {
        let output = unread(words);
        assert_eq!(output.status.code(), Some(0), "{words}");
        assert_eq!(complaint(&output), "", "{words}");
    }
}

#[test]
fn a_verdict_counts_though_nobody_reads_it() {
    let output = unread("check hello -- true");
    assert_eq!(output.status.code(), Some(1));
    let told = complaint(&output);
    assert_eq!(told, "different: 0 of 2 lines as expected; 2 missing\n");
    assert_eq!(unread("check hello -- sleep 0").status.code(), Some(1));
    assert_eq!(unread("verify lock semaphore").status.code(), Some(0));
}

/// A run whose reader reads nothing at all, and stays.
struct Stalled {
    child: Child,
    _reader: PipeReader,
}

impl Stalled {
    /// Starts it with a pipe that has room for a page, and waits until that
    /// is full.
    fn of(words: &str, stderr_too: bool) -> Self {
        let (mut reader, mut writer) = pipe().expect("a pipe");
        while has_room(&writer) {
            writer.write_all(&[b'\n'; PAGE]).expect("a pipe");
        }
        reader.read_exact(&mut [0; PAGE]).expect("a pipe");
        let mut command = asyncdemo(words);
        let other = || writer.try_clone().expect("a descriptor");
        let stderr = if stderr_too {
            other().into()
        } else {
            Stdio::null()
        };
        let child = command.stdout(other()).stderr(stderr).spawn();
        let child = child.expect("asyncdemo");
        within(BOUND, move || {
            while has_room(&writer) {
                thread::sleep(TURN);
            }
        });
        Self {
            child,
            _reader: reader,
        }
    }

    /// How it ends at a signal: its exit code, or else the signal.
    fn ends_at(mut self, signal: Signal) -> (Option<i32>, Option<i32>) {
        kill_process(Pid::from_child(&self.child), signal).expect("it is alive");
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return (status.code(), status.signal());
            }
            assert!(began.elapsed() < BOUND, "it hangs");
            thread::sleep(TURN);
        }
    }

    /// How much memory it takes, in KiB.
    #[cfg(target_os = "linux")]
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("it is alive");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.expect(&status)
    }
}

impl Drop for Stalled {
    fn drop(&mut self) {
        let _ = self.child.kill(); // It has ended, unless the test has failed.
        let _ = self.child.wait();
    }
}

const PAGE: usize = 4096;

const TURN: Duration = Duration::from_millis(5);

fn has_room(writer: &PipeWriter) -> bool {
    let at_once = Some(&Timespec::default());
    poll(&mut [PollFd::new(writer, PollFlags::OUT)], at_once).expect("a pipe") > 0
}

/// Runs that a reader can hold up, on either clock.
const ENDLESS: [&str; 3] = [
    "semaphore --files 3000 --clock virtual",
    "lock --work 0s --iterations 1000000",
    "subprocess --stream yes",
];

#[test]
fn a_stalled_run_ends_at_a_signal() {
    thread::scope(|scope| {
        for words in ENDLESS {
            for (signal, stderr_too) in [(Signal::INT, false), (Signal::TERM, true)] {
                scope.spawn(move || {
                    let ended = Stalled::of(words, stderr_too).ends_at(signal);
                    let expected = (Some(code_of(signal)), None);
                    assert_eq!(ended, expected, "{words} {signal:?}");
                });
            }
        }
    });
}

#[test]
fn what_prints_the_result_of_a_run_is_not_deaf() {
    for words in [
        "completions zsh",
        "export semaphore --files 1000 --as json -o -",
        "timeline semaphore --files 1000",
        // Whose first line is there long before its last one.
        "verify --repeat 1000",
    ] {
        for signal in [Signal::INT, Signal::TERM] {
            let ended = Stalled::of(words, true).ends_at(signal);
            assert_eq!(ended, (Some(code_of(signal)), None), "{words}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_stalled_run_takes_no_more_memory() {
    for words in ENDLESS {
        let run = Stalled::of(words, false);
        // The first one is for what it had room for.
        let [before, after] = [(), ()].map(|()| {
            thread::sleep(Duration::from_millis(150));
            run.memory()
        });
        let more = after.saturating_sub(before);
        assert!(more < 1024, "{words}: {before} KiB, and {more} more");
    }
}
