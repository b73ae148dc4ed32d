//! How long the player takes to answer a key with a frame, at 100,000 events
//! in 1,000 lanes on a large screen. A frame at 60 Hz has 16 ms.
#![expect(
    clippy::disallowed_macros,
    reason = "its table goes to whoever measures"
)]

use std::time::{Duration, Instant};

use asyncdemo::demos::RECIPES;
use asyncdemo::player::keys::Command;
use asyncdemo::player::state::State;
use asyncdemo::player::{Theme, draw, settle};
use asyncdemo::recording::{Event, Kind, LaneRef, Place, Recording, Sink as _, Span, Waker, What};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;

const LANES: u32 = 1_000;
const ROUNDS: u32 = 25;
const SCREEN: (u16, u16) = (200, 60);
const TIMES: usize = 200;

fn main() {
    let began = now();
    let recording = recording();
    println!(
        "{:<28} {:>9.3?}",
        format!("recording of {} events", recording.events().count()),
        began.elapsed()
    );
    let began = now();
    let mut state = State::new(RECIPES.iter().collect(), 1);
    state.open("lock", Vec::new());
    state.recorded(Ok(recording));
    println!("{:<28} {:>9.3?}", "made ready to play", began.elapsed());
    let mut terminal = Terminal::new(TestBackend::new(SCREEN.0, SCREEN.1)).expect("cannot fail");
    println!(
        "{:<28} {:>9}  {:>9}",
        "a key and its frame", "median", "worst"
    );
    let keys = [
        ("one event on", Command::Forward),
        ("one event back", Command::Back),
        ("to the end", Command::ToEnd),
        ("one event back from there", Command::Back),
        ("one second back", Command::Seconds(-1)),
        ("to the start", Command::ToStart),
        ("zoom", Command::Zoom(1)),
        ("predict", Command::Predict),
    ];
    for (name, key) in keys {
        let mut times: Vec<Duration> = (0..TIMES)
            .map(|_| {
                let began = now();
                state.apply(key);
                frame(&mut state, &mut terminal);
                began.elapsed()
            })
            .collect();
        times.sort_unstable();
        println!(
            "{name:<28} {:>9.3?}  {:>9.3?}",
            times[TIMES / 2],
            times[TIMES - 1]
        );
    }
}

fn frame(state: &mut State, terminal: &mut Terminal<TestBackend>) {
    let area = Rect::new(0, 0, SCREEN.0, SCREEN.1);
    let theme = Theme {
        color: true,
        emoji: true,
    };
    settle(area, state);
    terminal
        .draw(|frame| draw(frame, state, theme))
        .expect("cannot fail");
}

/// Each lane waits, works and says so, in turn.
fn recording() -> Recording {
    let mut recording = Recording::default();
    let names: Vec<String> = (0..LANES).map(|id| format!("lane-{id}")).collect();
    let mut t = Duration::ZERO;
    for round in 0..ROUNDS {
        let bar = |wait, span| Kind::Begin {
            wait,
            span,
            what: What::Named("its turn"),
            op: "",
        };
        let over = |wait| {
            let (done, by) = (true, Waker::Outside);
            Kind::Over { wait, done, by }
        };
        let line = Kind::Line {
            icon: "✅",
            text: "Done",
        };
        let first = round * 2 * LANES;
        for step in 0..4 {
            for (id, name) in (0..).zip(&names) {
                let (waits, works) = (first + id, first + LANES + id);
                let kind = match step {
                    0 => bar(waits, Span::Resource),
                    1 => over(waits),
                    2 => line,
                    _ => bar(works, Span::Sleeping),
                };
                t += Duration::from_micros(100);
                let lane = Some(LaneRef { id, name });
                let at = Place {
                    file: "demos/lock.rs",
                    line: 100,
                };
                recording
                    .event(&Event { t, lane, at, kind })
                    .expect("cannot fail");
            }
        }
    }
    recording
}

#[expect(clippy::disallowed_methods, reason = "this measures real time")]
fn now() -> Instant {
    Instant::now()
}
