//! Holds `asyncdemo` against bare tokio: the same work, in the same run, turn
//! by turn, and each figure a ratio of medians. Prints the table of
//! `benches/README.md`; a word restricts it to the rows that contain the word.
#![expect(
    clippy::disallowed_macros,
    clippy::cast_precision_loss,
    reason = "its table goes to whoever measures, in floating point"
)]

mod bare;
mod measure;

use std::process::Command;

use measure::{Cost, cost, lateness, this};

const MILLION: usize = 1_000_000;

/// One work, done by us and by a bare program.
struct Work {
    name: &'static str,
    ours: &'static str,
    bare: (&'static str, usize),
    /// Where the log goes.
    out: &'static str,
    rounds: usize,
}

const WORKS: [Work; 6] = [
    Work {
        name: "start to exit: `hello`",
        ours: "hello",
        bare: ("hello", 2),
        out: "/dev/null",
        rounds: 201,
    },
    Work {
        name: "`semaphore`, a million files, limit 1,000",
        ours: "semaphore --files 1000000 --limit 1000 --durations 1ms",
        bare: ("semaphore", MILLION),
        out: "/dev/null",
        rounds: 7,
    },
    Work {
        name: "`semaphore --no-limit`, a million timers",
        ours: "semaphore --files 1000000 --no-limit",
        bare: ("timers", MILLION),
        out: "/dev/null",
        rounds: 7,
    },
    Work {
        name: "`event`, a million waiters",
        ours: "event --waiters 1000000",
        bare: ("event", MILLION),
        out: "/dev/null",
        rounds: 7,
    },
    Work {
        name: "`lock`, a million lines to a file",
        ours: "lock --workers 1 --iterations 1000000 --work 0s",
        bare: ("lock", MILLION),
        out: concat!(env!("CARGO_TARGET_TMPDIR"), "/lines.log"),
        rounds: 11,
    },
    Work {
        name: "the same lines from a loop without tokio",
        ours: "lock --workers 1 --iterations 1000000 --work 0s",
        bare: ("writer", MILLION),
        out: concat!(env!("CARGO_TARGET_TMPDIR"), "/lines.log"),
        rounds: 11,
    },
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["bare", program, count] => bare::run(program, count.parse().expect("a number")),
        ["measure", out, ..] => measure::wrapped(out, &arguments[2..]),
        _ => {
            let word = words.iter().find(|word| !word.starts_with('-'));
            table(|name| word.is_none_or(|word| name.contains(word)));
        }
    }
}

fn table(wanted: impl Fn(&str) -> bool) {
    println!("| work | asyncdemo | bare tokio | time | processor | memory |");
    println!("|---|---|---|---|---|---|");
    for work in WORKS.iter().filter(|work| wanted(work.name)) {
        compare(work);
    }
    if wanted("lateness") {
        println!("\n| lateness of a line, 200 of them 5 ms apart | median | 99 of 100 |");
        println!("|---|---|---|");
        let times: Vec<String> = (1..=200).map(|n| format!("{}ms", 5 * n)).collect();
        let files = format!(
            "semaphore --files 200 --no-limit --durations {}",
            times.join(",")
        );
        print_lateness("bare tokio", &bare("sleepers", 200));
        print_lateness("`--clock real`", &ours(&format!("{files} --clock real")));
        print_lateness("`--pace 1`", &ours(&format!("{files} --pace 1")));
    }
    if wanted("recipes") {
        recipes();
    }
    if wanted("growth") {
        growth();
    }
}

/// A row: medians of both, and their ratios.
fn compare(work: &Work) {
    let clock = format!("{} --clock virtual", work.ours);
    let commands = [ours(&clock), bare(work.bare.0, work.bare.1)];
    let [ours, bare] = in_turn(work.out, &commands, work.rounds);
    println!(
        "| {} | {:.4} s, {:.1} MB | {:.4} s, {:.1} MB | {:.2} × | {:.2} × | {:.2} × |",
        work.name,
        ours.wall,
        ours.memory / 1e6,
        bare.wall,
        bare.memory / 1e6,
        ours.wall / bare.wall,
        ours.cpu / bare.cpu,
        ours.memory / bare.memory,
    );
}

/// The medians of several commands that take turns, so that whatever else the
/// machine does hits them alike.
fn in_turn<const N: usize>(out: &str, commands: &[Vec<String>; N], rounds: usize) -> [Cost; N] {
    let mut costs: [Vec<Cost>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..rounds {
        for (costs, command) in costs.iter_mut().zip(commands) {
            let words = [out.to_owned()].into_iter().chain(command.iter().cloned());
            costs.push(cost(&words.collect::<Vec<_>>()));
        }
    }
    costs.map(|costs| Cost {
        wall: median(costs.iter().map(|cost| cost.wall)),
        cpu: median(costs.iter().map(|cost| cost.cpu)),
        memory: median(costs.iter().map(|cost| cost.memory)),
    })
}

fn print_lateness(name: &str, command: &[String]) {
    let mut late: Vec<f64> = (0..5).flat_map(|_| lateness(command)).collect();
    late.sort_by(f64::total_cmp);
    let of = |part: usize| late[late.len() * part / 100] * 1000.0;
    println!("| {name} | {:.2} ms | {:.2} ms |", of(50), of(99));
}

/// How long each recipe takes on the virtual clock, as a process of its own.
fn recipes() {
    let list = Command::new(env!("CARGO_BIN_EXE_asyncdemo"))
        .arg("list")
        .output();
    let list = String::from_utf8(list.expect("asyncdemo").stdout).expect("UTF-8");
    // Its child processes keep real time.
    let names = list
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let mut times: Vec<(f64, &str)> = names
        .filter(|name| *name != "subprocess")
        .map(|name| {
            let command = ours(&format!("{name} --clock virtual"));
            let [cost] = in_turn("/dev/null", &[command], 21);
            (cost.wall * 1000.0, name)
        })
        .collect();
    times.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (middle, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "\n{} recipes on the virtual clock, one process each: {:.1} ms the middle one, {:.1} ms \
         the slowest (`{}`)",
        times.len(),
        middle.0,
        slowest.0,
        slowest.1
    );
}

/// What a task costs among many and among few.
fn growth() {
    println!("\n| downloads | processor time for each | memory for each |");
    println!("|---|---|---|");
    for (count, rounds) in [(10_000, 41), (100_000, 21), (MILLION, 7)] {
        let files =
            format!("semaphore --files {count} --limit 1000 --durations 1ms --clock virtual");
        let [cost] = in_turn("/dev/null", &[ours(&files)], rounds);
        let (time, memory) = (cost.cpu / count as f64, cost.memory / count as f64);
        println!("| {count} | {:.0} ns | {memory:.0} bytes |", time * 1e9);
    }
}

fn ours(line: &str) -> Vec<String> {
    let program = [env!("CARGO_BIN_EXE_asyncdemo")].into_iter();
    program.chain(line.split(' ')).map(str::to_owned).collect()
}

fn bare(program: &str, count: usize) -> Vec<String> {
    vec![
        this(),
        "bare".to_owned(),
        program.to_owned(),
        count.to_string(),
    ]
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
