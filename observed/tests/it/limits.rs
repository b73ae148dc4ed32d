//! A recording has a limit; the program has none.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::observe::{self, Ending, Level, Line, Options, Recorder, Recording, Sink, What};
use tokio::runtime::Builder;
use tokio::time::sleep;

use crate::support::{ms, run_with};

async fn many(turns: u32) -> u32 {
    let mut sum = 0;
    for n in 0..turns {
        sleep(ms(1)).await;
        sum += n;
    }
    sum
}

#[test]
fn over_the_limit_recording_stops_and_the_program_goes_on() {
    for (memory, kept) in [(0, 0..1), (128 * 1024, 20_000..60_000)] {
        let options = Options {
            memory,
            ..Options::default()
        };
        let run = run_with(options, many(20_000));
        assert!(run.recording.cut_short);
        let events = run.recording.events.len();
        assert!(kept.contains(&events), "{events} events are kept");
        assert_eq!(run.done(), 199_990_000);
    }
    let run = run_with(Options::default(), many(20_000));
    assert!(!run.recording.cut_short);
    assert_eq!(run.recording.events.iter().count(), 60_003);
}

#[test]
fn less_than_everything_keeps_no_events() {
    for level in [Level::Lines, Level::Waits] {
        let options = Options {
            level,
            ..Options::default()
        };
        let run = run_with(options, many(100));
        assert!(run.recording.events.is_empty());
        assert_eq!(run.done(), 4950);
    }
}

/// Keeps the lines, up to a number; the next one fails.
struct Lines(Arc<Mutex<Vec<String>>>, usize);

impl Sink for Lines {
    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let mut lines = self.0.lock().unwrap();
        if lines.len() == self.1 {
            return Err(io::Error::other("no more room"));
        }
        lines.push(format!("{:?} {}: {}", line.t, (line.name)(), line.text));
        Ok(())
    }
}

#[track_caller]
fn print(text: &str) {
    let at = std::panic::Location::caller();
    Recorder::current()
        .unwrap()
        .print(format_args!("{text}"), at);
}

async fn prints() {
    for n in 0.. {
        print(&format!("Printer: {n}"));
        sleep(ms(10)).await;
    }
}

#[test]
fn a_line_that_cannot_be_delivered_ends_the_run() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let recorder = Recorder::new(Options::default(), Lines(Arc::clone(&lines), 2));
    let mut builder = Builder::new_current_thread();
    let program = async { tokio::spawn(prints()).await };
    let ending = observe::run(&recorder, &mut builder, program, std::future::pending());
    assert!(matches!(ending, Ok(Ending::Failed)));
    assert_eq!(recorder.finish().unwrap_err().to_string(), "no more room");
    assert_eq!(
        *lines.lock().unwrap(),
        ["0ns Printer: Printer: 0", "10ms Printer: Printer: 1"]
    );
}

#[expect(clippy::unused_async, reason = "it is spawned")]
async fn prints_one() {
    print("one");
}

#[test]
fn lines_are_recorded_with_their_task_and_place() {
    let run = run_with(Options::default(), async {
        tokio::spawn(prints_one()).await.unwrap();
        print("two");
    });
    let Recording { places, .. } = &run.recording;
    let printed = run
        .recording
        .events
        .iter()
        .filter_map(|event| match event.what {
            What::Printed { task, place, text } => Some((
                run.recording.name(task).into_owned(),
                places[place.0 as usize].file.clone(),
                run.recording.text(text),
            )),
            _ => None,
        });
    let file = file!().to_owned();
    assert_eq!(
        printed.collect::<Vec<_>>(),
        [
            ("prints_one-0".to_owned(), file.clone(), "one"),
            ("main".to_owned(), file, "two"),
        ]
    );
}

#[test]
fn an_interrupt_ends_the_run() {
    let recorder = Recorder::new(Options::default(), ());
    let mut builder = Builder::new_current_thread();
    let interrupt = std::future::ready(());
    let ending = observe::run(&recorder, &mut builder, many(100), interrupt);
    assert!(matches!(ending, Ok(Ending::Interrupted)));
    crate::support::check(&recorder.finish().unwrap());
}
