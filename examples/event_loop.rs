//! An event loop in std alone: a queue of ready tasks and a sorted map of timers.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};
use std::{future::poll_fn, thread};

thread_local! {
    static READY: RefCell<VecDeque<usize>> = RefCell::default(); // numbers of tasks
    static SCHEDULED: RefCell<BTreeMap<(Instant, usize), Waker>> = RefCell::default();
}

struct Task(usize);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        READY.with_borrow_mut(|ready| ready.push_back(self.0)); // it is polled in the next turn
    }
}

fn main() {
    let mut tasks = [0.1, 0.2, 0.3].map(|delay| Some(Box::pin(nap(delay))));
    let wakers = [0, 1, 2].map(|task| Waker::from(Arc::new(Task(task))));
    wakers.iter().for_each(Waker::wake_by_ref);
    while tasks.iter().any(Option::is_some) {
        let due = (Instant::now(), usize::MAX);
        let later = SCHEDULED.with_borrow_mut(|timers| timers.split_off(&due));
        let (scheduled, next) = (later.len(), later.keys().next().copied());
        SCHEDULED.replace(later).into_values().for_each(Waker::wake);
        let turn = READY.take(); // what it adds is for the next turn
        println!("Ready: {}, Scheduled: {scheduled}", turn.len());
        if let (true, Some((when, _))) = (turn.is_empty(), next) {
            thread::sleep(when.saturating_duration_since(Instant::now())); // once for all tasks
        }
        for task in turn {
            let context = &mut Context::from_waker(&wakers[task]);
            let future = tasks[task].as_mut(); // none if it is woken after its end
            if future.is_some_and(|it| it.as_mut().poll(context).is_ready()) {
                tasks[task] = None;
            }
        }
    }
}

async fn nap(delay: f64) {
    let when = Instant::now() + Duration::from_secs_f64(delay);
    poll_fn(|context| {
        if Instant::now() >= when {
            return Poll::Ready(());
        }
        let timer = (when, context.waker().data() as usize);
        SCHEDULED.with_borrow_mut(|timers| timers.insert(timer, context.waker().clone()));
        Poll::Pending
    })
    .await;
    println!("Task {delay} done");
}
