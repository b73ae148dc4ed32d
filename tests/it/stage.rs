//! The stage itself, played by tiny programs: deadlock reports, threads,
//! blocking, and the facts about tokio that the clock rests on.

use std::sync::{Arc, Mutex as StdMutex};
use std::time::Duration;

use asyncdemo::recipe::{Needs, Program};
use asyncdemo::recording::{Event, Kind, Sink};
use asyncdemo::run::{Ending, Setup, run};
use asyncdemo::stage::{Clock, Stage};
use tokio::sync::{Mutex, Notify, oneshot};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::run::within;

const BOUND: Duration = Duration::from_secs(10);

/// Keeps each line as `milliseconds text`.
#[derive(Default)]
struct Lines(Vec<String>);

impl Sink for Lines {
    fn event(&mut self, event: &Event<'_>) -> std::io::Result<()> {
        if let Kind::Line { text, .. } = event.kind {
            self.0.push(format!("{} {text}", event.t.as_millis()));
        }
        Ok(())
    }
}

fn played<F>(
    clock: Clock,
    program: impl FnOnce(Stage) -> F + Send + 'static,
) -> (Vec<String>, Ending)
where
    F: Future<Output = ()> + Send + 'static,
{
    within(BOUND, move || {
        let lines = Arc::new(StdMutex::new(Lines::default()));
        let program = Program::Staged(Box::new(|stage| {
            let program = program(stage);
            Box::pin(async {
                program.await;
                Ok(())
            })
        }));
        let setup = Setup {
            clock,
            seed: 1,
            schedule: 0,
            needs: Needs::NOTHING,
            on_listening: None,
        };
        let (_keep, mut interrupt) = oneshot::channel();
        let (ending, _) = run(program, setup, Box::new(Arc::clone(&lines)), &mut interrupt);
        let lines = std::mem::take(&mut lines.lock().expect("nobody panicked").0);
        (lines, ending)
    })
}

fn virtually<F>(program: impl FnOnce(Stage) -> F + Send + 'static) -> Vec<String>
where
    F: Future<Output = ()> + Send + 'static,
{
    let (lines, ending) = played(Clock::Virtual, program);
    assert!(matches!(ending, Ending::Done), "{ending:?}");
    lines
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Two philosophers, two forks, taken in opposite orders.
async fn philosophers(stage: Stage) {
    let forks = [
        ("fork 1", Arc::new(Mutex::new(()))),
        ("fork 2", Arc::new(Mutex::new(()))),
    ];
    let mut dinner = JoinSet::new();
    for (name, first, second) in [("Kant", 0, 1), ("Hume", 1, 0)] {
        let (lane, first, second) = (
            stage.lane(name),
            forks[first].clone(),
            forks[second].clone(),
        );
        dinner.spawn(async move {
            let _first = lane.waits_for(first.0, first.1.lock()).await;
            let _holding = lane.holds(first.0);
            lane.works_on("thinking", sleep(ms(10))).await;
            let _second = lane.waits_for(second.0, second.1.lock()).await;
        });
    }
    dinner.join_all().await;
}

#[test]
fn a_cycle_is_reported_as_a_cycle() {
    for clock in [Clock::Virtual, Clock::Real] {
        let (_, ending) = played(clock, philosophers);
        let Ending::Deadlock(report) = ending else {
            panic!("{ending:?}")
        };
        let expected = "Kant waits for fork 2, held by Hume, which waits for fork 1, held by Kant";
        assert_eq!(report, expected, "{clock:?}");
    }
}

#[test]
fn who_holds_what_ends_with_its_guard() {
    let (_, ending) = played(Clock::Virtual, |stage| async move {
        let (holder, waiter) = (stage.lane("Holder"), stage.lane("Waiter"));
        drop(holder.holds("the key"));
        waiter.waits_for("the key", Notify::new().notified()).await;
    });
    let Ending::Deadlock(report) = ending else {
        panic!("{ending:?}")
    };
    assert_eq!(report, "Waiter waits for the key");
}

/// tokio promises neither; the recipes' order rests on both.
#[test]
fn equal_deadlines_fire_in_the_order_of_registration() {
    let lines = virtually(|stage| async move {
        let mut tasks = JoinSet::new();
        for number in 0..200_u64 {
            let stage = stage.clone();
            // Registered at different times and so on different levels of the
            // timer wheel, all due at the same millisecond.
            tasks.spawn(async move {
                stage.works_on("", sleep(ms(number * 20))).await;
                stage.works_on("", sleep(ms(10_000 - number * 20))).await;
                stage.say("", number);
            });
        }
        tasks.join_all().await;
    });
    let expected: Vec<_> = (0..200).map(|number| format!("10000 {number}")).collect();
    assert_eq!(lines, expected);
}

#[test]
fn tasks_run_in_the_order_of_spawning() {
    let lines = virtually(|stage| async move {
        let mut tasks = JoinSet::new();
        for number in 0..200 {
            let stage = stage.clone();
            tasks.spawn(async move { stage.say("", number) });
        }
        tasks.join_all().await;
    });
    assert_eq!(
        lines,
        (0..200)
            .map(|number| format!("0 {number}"))
            .collect::<Vec<_>>()
    );
}

#[test]
fn sleeps_of_days_are_exact() {
    let lines = virtually(|stage| async move {
        stage
            .works_on("", sleep(Duration::from_secs(365 * 24 * 3600)))
            .await;
        stage.say("", "a year");
    });
    assert_eq!(lines, ["31536000000 a year"]);
}

#[test]
fn a_blocked_loop_lets_time_pass_and_nobody_run() {
    for clock in [Clock::Virtual, Clock::Real] {
        let (lines, _) = played(clock, |stage| async move {
            let lane = stage.lane("Other");
            let other = tokio::spawn(async move {
                lane.works_on("", sleep(ms(20))).await;
                lane.say("", "woke up");
            });
            stage.works_on("", sleep(ms(1))).await;
            stage.block(ms(100));
            stage.say("", "blocked");
            other.await.expect("it ends");
        });
        let texts: Vec<_> = lines
            .iter()
            .filter_map(|line| line.split_once(' '))
            .collect();
        assert_eq!(
            [texts[0].1, texts[1].1],
            ["blocked", "Other: woke up"],
            "{clock:?}"
        );
        let late: u64 = texts[1].0.parse().expect("a number");
        assert!((101..=400).contains(&late), "{clock:?}: {late}");
    }
}

#[test]
fn threads_take_turns_by_the_virtual_clock() {
    let lines = virtually(|stage| async move {
        let mut threads = Vec::new();
        for (name, step) in [("A", 30), ("B", 20)] {
            let lane = stage.lane(name);
            threads.push(stage.spawn_blocking(move |thread| {
                for round in 1..=2 {
                    thread.sleep(ms(step));
                    lane.say("", round);
                }
                thread.block_on(async move {
                    sleep(ms(5)).await;
                    step
                })
            }));
        }
        for thread in threads {
            let result = thread.await.expect("it ends");
            stage.say("", result);
        }
    });
    assert_eq!(
        lines,
        ["20 B: 1", "30 A: 1", "40 B: 2", "60 A: 2", "65 30", "65 20"]
    );
}

/// Raised when it is dropped.
struct Flag(Arc<StdMutex<bool>>);
impl Drop for Flag {
    fn drop(&mut self) {
        *self.0.lock().expect("nobody panicked") = true;
    }
}

#[test]
fn a_cancelled_thread_ends_with_the_run() {
    let ended = Arc::new(StdMutex::new(false));
    let flag = Flag(Arc::clone(&ended));
    let (_, ending) = played(Clock::Virtual, |stage| async move {
        stage.spawn_blocking(move |thread| {
            let _flag = flag;
            thread.sleep(Duration::from_secs(3600));
        });
        stage.works_on("", sleep(ms(1))).await;
    });
    assert!(matches!(ending, Ending::Done), "{ending:?}");
    // The runtime joins the thread while it drops its tasks.
    assert!(
        *ended.lock().expect("nobody panicked"),
        "the thread has unwound"
    );
}

#[test]
fn a_guard_speaks_only_for_a_cancelled_task() {
    let lines = virtually(|stage| async move {
        let (kept, dropped) = (stage.lane("Kept"), stage.lane("Dropped"));
        kept.if_cancelled("", "was cancelled").completed();
        let task = tokio::spawn(async move {
            let _guard = dropped.if_cancelled("", "was cancelled");
            dropped.works_on("", sleep(ms(100))).await;
        });
        stage.works_on("", sleep(ms(10))).await;
        task.abort();
        assert!(task.await.is_err());
    });
    assert_eq!(lines, ["10 Dropped: was cancelled"]);
}

#[test]
fn work_that_takes_no_time_takes_a_turn_on_either_clock() {
    for clock in [Clock::Virtual, Clock::Real] {
        let (lines, _) = played(clock, |stage| async move {
            let mut tasks = JoinSet::new();
            for name in ["A", "B"] {
                let lane = stage.lane(name);
                tasks.spawn(async move {
                    lane.say("", "begins");
                    lane.works_on("nothing", sleep(Duration::ZERO)).await;
                    lane.say("", "ends");
                });
            }
            tasks.join_all().await;
        });
        let texts: Vec<_> = lines
            .iter()
            .filter_map(|line| Some(line.split_once(' ')?.1))
            .collect();
        assert_eq!(
            texts,
            ["A: begins", "B: begins", "A: ends", "B: ends"],
            "{clock:?}"
        );
    }
}
