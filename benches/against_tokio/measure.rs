//! What a process takes, and when its lines arrive.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// What a process took.
#[derive(Clone, Copy)]
pub struct Cost {
    /// Seconds on the wall.
    pub wall: f64,
    /// Seconds of the processor, the kernel's included.
    pub cpu: f64,
    /// The most memory that it had at once, in bytes.
    pub memory: f64,
}

/// Runs a command by way of a process of its own, which has no other child:
/// so the children's usage that the system tells it is that of the command.
pub fn cost(command: &[String]) -> Cost {
    let wrapper = Command::new(this())
        .arg("measure")
        .args(command)
        .output()
        .expect("this program");
    assert!(wrapper.status.success(), "{command:?} failed");
    let told = String::from_utf8(wrapper.stdout).expect("numbers");
    let numbers: Vec<f64> = told.split_whitespace().flat_map(str::parse).collect();
    let [wall, cpu, memory] = numbers[..] else {
        panic!("{command:?} told {told:?}");
    };
    Cost { wall, cpu, memory }
}

/// The part of [`cost`] that happens in the process of its own: runs the
/// command, its output to `out`, and prints what it took.
pub fn wrapped(out: &str, command: &[String]) {
    let out = File::create(out).expect("somewhere to write");
    let began = now();
    let status = Command::new(&command[0])
        .args(&command[1..])
        .stdin(Stdio::null())
        .stdout(out)
        .status()
        .expect("the command");
    let wall = began.elapsed().as_secs_f64();
    assert!(status.success(), "{command:?}: {status}");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system knows");
    let cpu = usage.user_time() + usage.system_time();
    let cpu = cpu.num_microseconds();
    println!("{wall} {} {}", cpu as f64 / 1e6, usage.max_rss() * 1024);
}

/// By how much each line with a ✅ came too late. They are due 5 ms apart; the
/// line that came earliest for its time sets the clock.
pub fn lateness(command: &[String]) -> Vec<f64> {
    let mut child = Command::new(&command[0])
        .args(&command[1..])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let began = now();
    let mut due = 0.0;
    let mut late = Vec::new();
    for line in lines {
        if line.expect("UTF-8").contains('✅') {
            due += 0.005;
        }
        late.push(began.elapsed().as_secs_f64() - due);
    }
    assert!(child.wait().expect("it was ours").success());
    let earliest = late.iter().copied().fold(f64::INFINITY, f64::min);
    late.split_off(late.len() / 2)
        .iter()
        .map(|late| late - earliest)
        .collect()
}

/// This program, which is the bare one as well.
pub fn this() -> String {
    let path = std::env::current_exe().expect("the system knows");
    path.to_str().expect("UTF-8").to_owned()
}

#[expect(clippy::disallowed_methods, reason = "it measures real time")]
fn now() -> Instant {
    Instant::now()
}
