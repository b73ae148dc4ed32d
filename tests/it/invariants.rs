//! What holds for every recipe whatever its options: property tests on the
//! virtual clock, a few hundred random runs each.

use std::collections::{BTreeMap, BTreeSet};

use asyncdemo::recording::{Kind, Span};
use proptest::prelude::*;

use crate::run::{Run, cases, log_of, recorded};

fn millis(
    range: std::ops::Range<u64>,
    count: std::ops::Range<usize>,
) -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(range, count)
}

fn list(times: &[u64]) -> String {
    times
        .iter()
        .map(|time| format!("{time}ms"))
        .collect::<Vec<_>>()
        .join(",")
}

/// When each request was sent.
fn sent(log: &[(u128, String)]) -> Vec<u128> {
    log.iter()
        .filter(|(_, text)| text.ends_with("Sending..."))
        .map(|(t, _)| *t)
        .collect()
}

/// The times of the lines with these texts, in order.
fn times(log: &[(u128, String)], part: &str) -> Vec<u128> {
    log.iter()
        .filter(|(_, text)| text.contains(part))
        .map(|(t, _)| *t)
        .collect()
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn never_more_downloads_than_permits(
        files in 1usize..30, limit in 1usize..8, durations in millis(0..300, 1..6),
    ) {
        let options = format!("--files {files} --limit {limit} --durations {}", list(&durations));
        let (mut running, mut seen) = (0, BTreeSet::new());
        for (_, text) in log_of("semaphore", &options, 1) {
            if let Some(file) = text.strip_prefix("Downloading ") {
                running += 1;
                prop_assert!(seen.insert(file.to_owned()), "{file} twice");
            } else {
                running -= 1;
            }
            prop_assert!(running <= limit, "{running} at once");
        }
        prop_assert_eq!((running, seen.len()), (0, files));
    }

    #[test]
    fn the_locked_counter_is_exact(
        workers in 1usize..8, iterations in 1usize..8, work in 0u64..40,
    ) {
        let options = format!("--workers {workers} --iterations {iterations} --work {work}ms");
        let log = log_of("lock", &options, 1);
        let total = workers * iterations;
        for (number, (t, text)) in log.iter().take(total).enumerate() {
            prop_assert!(text.ends_with(&format!(": Counter = {}", number + 1)), "{text}");
            prop_assert_eq!(*t, (number as u128 + 1) * u128::from(work));
        }
        prop_assert_eq!(&log[total].1, &format!("Final counter value: {total}"));
        prop_assert_eq!(log.len(), total + 1);
    }

    #[test]
    fn without_the_lock_the_losses_add_up(
        workers in 1usize..8, iterations in 1usize..8, work in 1u64..40,
    ) {
        let options = format!("--workers {workers} --iterations {iterations} --work {work}ms --no-lock");
        let log = log_of("lock", &options, 1);
        let number = |text: &str| text.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect::<Vec<usize>>();
        let value = number(&log[log.len() - 2].1)[0];
        let verdict = number(&log[log.len() - 1].1);
        prop_assert_eq!(verdict[0], workers * iterations);
        prop_assert_eq!(verdict[1], workers * iterations - value);
        prop_assert_eq!(value, iterations, "all of them read the same value in each round");
    }

    #[test]
    fn every_item_is_processed_once(
        producers in 1usize..5, consumers in 1usize..5, items in 1usize..6, capacity in 0usize..4,
        produce in millis(0..200, 1..4), process in millis(0..200, 1..4),
        stop in prop::sample::select(vec!["pill", "cancel", "timeout"]),
    ) {
        let options = format!(
            "--producers {producers} --consumers {consumers} --items {items} --capacity {capacity} \
             --produce-delays {} --process-delays {} --stop {stop}",
            list(&produce), list(&process),
        );
        let log = log_of("queue", &options, 1);
        let (mut added, mut processed) = (Vec::new(), Vec::new());
        for (_, text) in &log {
            if let Some((_, item)) = text.split_once("Added ") {
                let (item, size) = item.split_once(" (queue size: ").expect(text);
                let size: usize = size.trim_end_matches(')').parse().expect(text);
                prop_assert!(capacity == 0 || size <= capacity, "{text}");
                added.push(item.to_owned());
            } else if let Some((_, item)) = text.split_once("Processing ") {
                prop_assert!(added.contains(&item.to_owned()), "{item} comes from nowhere");
                processed.push(item.to_owned());
            }
        }
        prop_assert_eq!(added.len(), producers * items);
        prop_assert_eq!(&processed, &added, "first in, first out");
        prop_assert_eq!(processed.iter().collect::<BTreeSet<_>>().len(), producers * items);
        let end = log.iter().position(|(_, text)| text == "All items processed!").expect("an end");
        let leaving = match stop { "pill" => "Shutting down", _ => "timed out, exiting" };
        let left = log[end..].iter().filter(|(_, text)| text.ends_with(leaving)).count();
        prop_assert_eq!(left, if stop == "cancel" { 0 } else { consumers });
    }

    #[test]
    fn waits_of_retry_double_up_to_the_limit(
        tries in 1usize..9, base in 1u64..2000, limit in prop::option::of(1u64..20_000),
        jitter: bool, seed: u64,
    ) {
        let limited = limit.map_or(String::new(), |limit| format!("--max-delay {limit}ms"));
        let jittered = if jitter { "--jitter" } else { "" };
        let options = format!("--max-retries {tries} --base-delay {base}ms {limited} {jittered}");
        let attempts = times(&log_of("retry", &options, seed), "Attempt");
        prop_assert_eq!(attempts.len(), tries);
        for (number, pair) in attempts.windows(2).enumerate() {
            let announced = u128::from((base << number).min(limit.unwrap_or(u64::MAX)));
            let waited = pair[1] - pair[0];
            let most = if jitter { announced + announced / 10 } else { announced };
            prop_assert!((announced..=most).contains(&waited), "{waited}, not {announced}");
        }
    }

    #[test]
    fn a_bucket_lets_pass_what_it_earned(
        rate in 1usize..6, per in 1u64..1500, requests in 1usize..25, lag in 0u64..30,
    ) {
        let options = format!(
            "--algorithm bucket --rate {rate} --per {per}ms --requests {requests} --timer-lag {lag}ms"
        );
        let sent = sent(&log_of("ratelimit", &options, 1));
        prop_assert_eq!(sent.len(), requests);
        for first in 0..sent.len() {
            for last in first..sent.len() {
                let (passed, time) = ((last - first + 1) as u128, sent[last] - sent[first]);
                let (rate, per) = (rate as u128, u128::from(per));
                prop_assert!(passed * per <= rate * per + time * rate, "{passed} in {time} ms");
            }
        }
    }

    #[test]
    fn a_window_never_holds_more_than_the_rate(
        rate in 1usize..6, per in 1u64..1500, requests in 1usize..25, lag in 0u64..30,
    ) {
        let options = format!(
            "--algorithm window --rate {rate} --per {per}ms --requests {requests} --timer-lag {lag}ms"
        );
        let sent = sent(&log_of("ratelimit", &options, 1));
        prop_assert_eq!(sent.len(), requests);
        for pair in sent.windows(rate + 1) {
            prop_assert!(pair[rate] - pair[0] >= u128::from(per), "{pair:?}");
        }
    }

    #[test]
    fn results_come_in_the_order_of_completion(delays in millis(0..1000, 1..8)) {
        let sources: Vec<_> = delays.iter().enumerate().map(|(n, time)| format!("S{n}={time}ms")).collect();
        let log = log_of("as-completed", &format!("--sources {}", sources.join(",")), 1);
        let mut expected: Vec<_> = delays.iter().enumerate().map(|(n, time)| (*time, n)).collect();
        expected.sort_unstable();
        for ((time, n), (t, text)) in expected.iter().zip(&log[1..]) {
            prop_assert_eq!(text, &format!("Received: Data from S{n}"));
            prop_assert_eq!(*t, u128::from(*time));
        }
    }

    #[test]
    fn no_task_survives_its_group(tasks in prop::collection::vec((0u64..20, any::<bool>()), 1..8)) {
        let words = |(n, (time, fails)): (usize, &(u64, bool))| {
            format!("T{n}={}ms{}", time * 10, if *fails { "!" } else { "" })
        };
        let options: Vec<_> = tasks.iter().enumerate().map(words).collect();
        let (recording, _) = recorded("taskgroup", &format!("--tasks {}", options.join(",")), 1);
        let failure = tasks.iter().filter(|(_, fails)| *fails).map(|(time, _)| *time).min();
        let end = failure.or(tasks.iter().map(|(time, _)| *time).max()).unwrap_or_default();

        let texts: BTreeSet<String> = recording.lines().map(|(_, _, text)| text.to_owned()).collect();
        let told = |(n, (time, fails)): (usize, &(u64, bool))| match (*time <= end, fails) {
            (true, true) => Some(format!("Caught: T{n} failed!")),
            (true, false) => Some(format!("T{n} done")),
            (false, _) => None,
        };
        prop_assert_eq!(texts, tasks.iter().enumerate().filter_map(told).collect::<BTreeSet<_>>());
        let mut open = 0;
        for event in recording.events() {
            prop_assert!(event.t.as_millis() <= u128::from(end * 10), "somebody went on");
            match event.kind {
                Kind::Begin { .. } => open += 1,
                Kind::Over { .. } => open -= 1,
                _ => {}
            }
        }
        prop_assert_eq!(open, 0, "all of them have ended");
    }

    #[test]
    fn cancellation_reaches_every_loser(delays in millis(1..1000, 1..8)) {
        let sources: Vec<_> = delays.iter().enumerate().map(|(n, time)| format!("S{n}={time}ms")).collect();
        let (recording, _) = recorded("first-completed", &format!("--sources {}", sources.join(",")), 1);
        let fastest = u128::from(*delays.iter().min().expect("one at least"));
        let winners = delays.iter().filter(|time| u128::from(**time) == fastest).count();
        let (mut open, mut started) = (BTreeMap::new(), BTreeSet::new());
        for event in recording.events() {
            prop_assert!(event.t.as_millis() <= fastest, "somebody went on");
            match event.kind {
                Kind::Begin { span: Span::Sleeping, wait, .. } => {
                    let lane = event.lane.expect("sources have lanes").id;
                    started.insert(lane);
                    open.insert(wait, lane);
                }
                Kind::Over { wait, .. } => drop(open.remove(&wait)),
                _ => {}
            }
        }
        prop_assert_eq!(started.len(), delays.len(), "all of them started");
        prop_assert!(open.is_empty(), "and all of them ended: {:?}", open);
        let summary = format!("{winners} task(s) completed, {} pending", delays.len() - winners);
        prop_assert!(recording.lines().any(|(_, _, text)| text == summary), "{}", summary);
    }
}

#[test]
fn the_published_limiter_earns_its_sleep_twice() {
    let sent = sent(&log_of("ratelimit", "", 1));
    let within_a_second = sent.iter().filter(|t| **t < 1000).count();
    assert_eq!(
        within_a_second, 4,
        "two are allowed, and half a second earns one more: {sent:?}"
    );
}

/// A timer's whole milliseconds and a token of a third of a second do not add
/// up; the limiter does not sleep again for the rest.
#[test]
fn the_published_limiter_sleeps_for_every_second_request() {
    const REQUESTS: usize = 60;
    for rate in 1..=12 {
        let options = format!("--rate {rate} --requests {REQUESTS}");
        let log = log_of("ratelimit", &options, 1);
        let sleeps: Vec<_> = log
            .iter()
            .filter(|(_, text)| text.contains("Sleeping"))
            .collect();
        assert_eq!(
            sleeps.len(),
            (REQUESTS - rate).div_ceil(2),
            "{rate}: {sleeps:?}"
        );
    }
    // A late timer has earned more than that.
    let late = log_of("ratelimit", "--rate 2 --requests 5 --timer-lag 9ms", 1);
    let sleeps = times(&late, "Sleeping for 0.49s");
    assert_eq!(sleeps.len(), 1, "{late:?}");
}

#[test]
fn as_many_requests_are_on_their_way_as_may() {
    let log = Run::of("http --requests 200 --limit 200").on_the_virtual_clock();
    let end = "[00:00:00.100] 🌐 200 responses, at most 200 at once\n";
    assert!(log.prints().ends_with(end));
}
