//! A recording has a limit; the program has none.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::observe::{self, Ending, Level, Line, Options, Recorder, Recording, Sink, What};
use tokio::runtime::Builder;
use tokio::time::sleep;

use crate::support::{ms, run_with};

async fn many() -> u32 {
    let mut sum = 0;
    for n in 0..100 {
        sleep(ms(1)).await;
        sum += n;
    }
    sum
}

#[test]
fn over_the_limit_recording_stops_and_the_program_goes_on() {
    let options = Options {
        most_events: 50,
        ..Options::default()
    };
    let run = run_with(options, many());
    assert!(run.recording.cut_short);
    assert_eq!(run.recording.events.len(), 50);
    assert_eq!(run.done(), 4950);
    let run = run_with(Options::default(), many());
    assert!(!run.recording.cut_short);
    // Exactly as many are not too many.
    let options = Options {
        most_events: run.recording.events.len(),
        ..Options::default()
    };
    assert!(!run_with(options, many()).recording.cut_short);
}

#[test]
fn less_than_everything_keeps_no_events() {
    for level in [Level::Lines, Level::Waits] {
        let options = Options {
            level,
            ..Options::default()
        };
        let run = run_with(options, many());
        assert_eq!(run.recording.events, []);
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
    let ending = observe::run(&recorder, &mut builder, many(), interrupt);
    assert!(matches!(ending, Ok(Ending::Interrupted)));
    crate::support::check(&recorder.finish().unwrap());
}
