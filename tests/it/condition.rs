//! The recipe `condition` under thousands of random schedules: nothing is
//! lost, nothing comes twice, the buffer is never over its size, every run
//! ends. And its wait for a condition alone, with waiters that are cancelled.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use asyncdemo::demos::condition::wait;
use asyncdemo::run::Ending;
use proptest::prelude::*;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::run::{cases, recorded};

/// One run's options.
#[derive(Clone, Debug)]
struct Schedule {
    size: usize,
    producers: usize,
    items: usize,
    consumers: usize,
    produce_every: u64,
    consume_every: u64,
}

impl Schedule {
    /// Runs with these options and further ones; the log, and how it ended.
    fn run(&self, more: &[&str]) -> (Vec<String>, Ending) {
        let options = format!(
            "--size {} --producers {} --items {} --consumers {} --produce-every {}ms \
             --consume-every {}ms {}",
            self.size,
            self.producers,
            self.items,
            self.consumers,
            self.produce_every,
            self.consume_every,
            more.join(" "),
        );
        let (recording, ending) = recorded("condition", &options, 0);
        let lines = recording.lines().map(|(_, _, text)| text.to_owned());
        (lines.collect(), ending)
    }

    fn all_items(&self) -> BTreeSet<String> {
        (1..=self.producers)
            .flat_map(|producer| (0..self.items).map(move |item| format!("P{producer}-{item}")))
            .collect()
    }
}

fn schedules() -> impl Strategy<Value = Schedule> {
    // Short times, so that many things happen at the same instant.
    (
        1..5_usize,
        1..6_usize,
        1..8_usize,
        1..6_usize,
        0..8_u64,
        0..8_u64,
    )
        .prop_map(
            |(size, producers, items, consumers, produce_every, consume_every)| Schedule {
                size,
                producers,
                items,
                consumers,
                produce_every,
                consume_every,
            },
        )
}

/// Follows the log, and gives what was produced and not consumed.
fn follow(
    log: &[String],
    size: usize,
) -> Result<(BTreeSet<String>, VecDeque<&str>), TestCaseError> {
    let mut produced = BTreeSet::new();
    let mut buffer = VecDeque::new();
    for line in log {
        if let Some(item) = line.strip_prefix("Produced: ") {
            prop_assert!(
                produced.insert(item.to_owned()),
                "{item} was produced twice"
            );
            buffer.push_back(item);
            prop_assert!(buffer.len() <= size, "over its size at {line:?}");
        } else {
            let item = line.split_once(" consumed: ").map(|(_, item)| item);
            // First in, first out; hence also nothing twice, nothing unmade.
            prop_assert_eq!(item, buffer.pop_front());
        }
    }
    Ok((produced, buffer))
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn every_item_reaches_one_consumer(schedule in schedules()) {
        let (log, ending) = schedule.run(&[]);
        prop_assert!(matches!(ending, Ending::Done), "{ending:?}");
        let (produced, left) = follow(&log, schedule.size)?;
        prop_assert_eq!(produced, schedule.all_items());
        prop_assert!(left.is_empty(), "left: {left:?}");
    }

    /// Stuck only where items or takers do not suffice, and then as full or as
    /// empty as that makes the buffer.
    #[test]
    fn takers_who_insist_get_stuck_only_for_want_of_items(schedule in schedules(), take in 1..8_usize) {
        let (log, ending) = schedule.run(&["--take", &take.to_string()]);
        let (produced, left) = follow(&log, schedule.size)?;
        let (made, wanted) = (schedule.producers * schedule.items, take * schedule.consumers);
        prop_assert_eq!(log.len() - produced.len(), made.min(wanted));
        let all_made = made <= wanted + schedule.size;
        prop_assert_eq!(left.len(), if all_made { made.saturating_sub(wanted) } else { schedule.size });
        match ending {
            Ending::Done => prop_assert!(wanted <= made && all_made),
            Ending::Deadlock(report) if wanted > made => prop_assert!(report.contains("to be notified by not_empty")),
            Ending::Deadlock(report) => {
                prop_assert!(!all_made);
                prop_assert!(report.contains("to be notified by not_full"));
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    /// Broken runs end, too, and lose nothing that they say they have.
    #[test]
    fn broken_runs_end(schedule in schedules(), test_once: bool) {
        let (log, ending) = schedule.run(&[if test_once { "--if" } else { "--one-condition" }]);
        match ending {
            Ending::Done => {}
            Ending::Deadlock(_) => prop_assert!(!test_once),
            other => prop_assert!(false, "{other:?}"),
        }
        let log = log.into_iter().filter(|line| !line.contains("woke up"));
        follow(&log.collect::<Vec<_>>(), if test_once { usize::MAX } else { schedule.size })?;
    }

    /// Waiters are cancelled while they wait, and at the instant at which they
    /// are called: no call is lost with them.
    #[test]
    fn a_cancelled_waiter_passes_its_call_on(
        leave in prop::collection::vec(prop::option::of(0..6_u64), 1..8),
        calls in prop::collection::vec(0..6_u64, 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()?;
        let (waiting, items) = runtime.block_on(serve(leave, &calls));
        prop_assert!(waiting == 0 || items == 0, "{waiting} wait beside {items} items");
    }
}

/// Waiters for one item each, of whom some leave after so many milliseconds;
/// items with a call for each come after the given pauses. How many waiters and
/// items there are left in the end.
async fn serve(leave: Vec<Option<u64>>, calls: &[u64]) -> (usize, usize) {
    let shared = Arc::new((Mutex::new(0_usize), Notify::new()));
    let mut waiters = JoinSet::new();
    for leaves in leave {
        let shared = Arc::clone(&shared);
        let take = async move {
            let (items, changed) = &*shared;
            let mut items = items.lock().await;
            while *items == 0 {
                items = wait(changed, items).await;
            }
            *items -= 1;
        };
        waiters.spawn(async move {
            let patience = leaves.map_or(Duration::MAX, Duration::from_millis);
            drop(timeout(patience, take).await);
        });
    }
    let (items, changed) = &*shared;
    for pause in calls {
        sleep(Duration::from_millis(*pause)).await;
        let mut items = items.lock().await;
        *items += 1;
        changed.notify_one();
        // Whoever was called meets a lock that is taken, and may leave there.
        sleep(Duration::from_millis(1)).await;
    }
    sleep(Duration::from_secs(1)).await;
    while waiters.try_join_next().is_some() {}
    (waiters.len(), *items.lock().await)
}
