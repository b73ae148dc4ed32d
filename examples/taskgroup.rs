//! One of three tasks fails, and the group cancels the others.

use std::panic::resume_unwind;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

#[tokio::main]
async fn main() {
    let mut group = JoinSet::new();
    group.spawn(work("A", Duration::from_secs(1), false));
    group.spawn(work("B", Duration::from_secs(2), false));
    group.spawn(work("C", Duration::from_millis(500), true));
    if let Err(errors) = join(group).await {
        for error in errors {
            println!("Caught: {error}"); // no task of the group is left
        }
    }
}

/// Returns the name of the task when it is done.
async fn work(name: &'static str, time: Duration, fails: bool) -> Result<&'static str, String> {
    sleep(time).await;
    if fails {
        return Err(format!("{name} failed!"));
    }
    println!("{name} done");
    Ok(name)
}

/// Waits until every task has ended, and returns all their values or all their
/// errors. The first error cancels the tasks that are still running.
async fn join<T: 'static, E: 'static>(mut group: JoinSet<Result<T, E>>) -> Result<Vec<T>, Vec<E>> {
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    while let Some(ended) = group.join_next().await {
        match ended {
            Ok(Ok(value)) => values.push(value),
            Ok(Err(error)) => {
                errors.push(error);
                group.abort_all(); // tasks that have ended already still deliver their results
            }
            Err(ended) if ended.is_panic() => resume_unwind(ended.into_panic()),
            Err(_cancelled) => {}
        }
    }
    if errors.is_empty() {
        Ok(values)
    } else {
        Err(errors)
    }
}
