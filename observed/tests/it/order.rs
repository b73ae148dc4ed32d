//! What tokio does not promise, and the order of a run on the virtual clock
//! rests on: if a release of tokio changes it, these say so first.

use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::support::{ms, run};

#[test]
fn equal_deadlines_fire_in_the_order_of_registration() {
    let came = run(async {
        let (came, began) = (Arc::new(Mutex::new(Vec::new())), Instant::now());
        let mut tasks = JoinSet::new();
        for number in 0..200 {
            let came = Arc::clone(&came);
            // Registered at different times and so on different levels of the
            // timer wheel, all due at the same millisecond.
            tasks.spawn(async move {
                sleep(ms(number * 20)).await;
                sleep(ms(10_000 - number * 20)).await;
                came.lock().unwrap().push((began.elapsed(), number));
            });
        }
        tasks.join_all().await;
        std::mem::take(&mut *came.lock().unwrap())
    });
    let expected: Vec<_> = (0..200).map(|number| (ms(10_000), number)).collect();
    assert_eq!(came.done(), expected);
}

#[test]
fn tasks_run_in_the_order_of_spawning() {
    let came = run(async {
        let came = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        for number in 0..200 {
            let came = Arc::clone(&came);
            tasks.spawn(async move { came.lock().unwrap().push(number) });
        }
        tasks.join_all().await;
        std::mem::take(&mut *came.lock().unwrap())
    });
    assert!(came.done().into_iter().eq(0..200));
}

#[test]
fn sleeps_of_days_are_exact() {
    let year = ms(365 * 24 * 3600 * 1000);
    let slept = run(async move {
        let began = Instant::now();
        sleep(year).await;
        began.elapsed()
    });
    assert_eq!(slept.done(), year);
}
