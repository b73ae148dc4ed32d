//! An event loop in std alone: a queue of ready callbacks and a sorted map of timers.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};
use std::{future::poll_fn, thread};

enum Callback {
    Step(usize), // polls a task
    Join,        // a task is done
    Stop,        // all are
}

thread_local! {
    static READY: RefCell<VecDeque<Callback>> = RefCell::default();
    static SCHEDULED: RefCell<BTreeMap<(Instant, usize), Waker>> = RefCell::default();
}

struct Step(usize);

impl Wake for Step {
    fn wake(self: Arc<Self>) {
        READY.with_borrow_mut(|ready| ready.push_back(Callback::Step(self.0)));
    }
}

fn main() {
    let mut tasks = [0.1, 0.2, 0.3].map(|delay| Some(Box::pin(nap(delay))));
    let wakers = [0, 1, 2].map(|task| Waker::from(Arc::new(Step(task))));
    wakers.iter().for_each(Waker::wake_by_ref);
    let mut unfinished = tasks.len();
    loop {
        let due = (Instant::now(), usize::MAX);
        let later = SCHEDULED.with_borrow_mut(|timers| timers.split_off(&due));
        let next = later.keys().next().map(|(when, _)| *when);
        let scheduled = later.len();
        SCHEDULED.replace(later).into_values().for_each(Waker::wake);
        let turn = READY.take(); // what it adds is for the next turn
        println!("Ready: {}, Scheduled: {scheduled}", turn.len());
        if let (true, Some(when)) = (turn.is_empty(), next) {
            thread::sleep(when.saturating_duration_since(Instant::now())); // once for all tasks
        }
        for callback in turn {
            let then = match callback {
                Callback::Step(task) => {
                    let context = &mut Context::from_waker(&wakers[task]);
                    let future = tasks[task].as_mut(); // none if it is woken after its end
                    let done = future.is_some_and(|it| it.as_mut().poll(context).is_ready());
                    done.then(|| tasks[task] = None).map(|()| Callback::Join)
                }
                Callback::Join => {
                    unfinished -= 1;
                    (unfinished == 0).then_some(Callback::Stop)
                }
                Callback::Stop => return,
            };
            READY.with_borrow_mut(|ready| ready.extend(then));
        }
    }
}

async fn nap(delay: f64) {
    sleep(Duration::from_secs_f64(delay)).await;
    println!("Task {delay} done");
}

async fn sleep(delay: Duration) {
    let when = Instant::now() + delay;
    poll_fn(|context| match Instant::now() < when {
        false => Poll::Ready(()),
        true => {
            let timer = (when, context.waker().data() as usize);
            SCHEDULED.with_borrow_mut(|timers| timers.insert(timer, context.waker().clone()));
            Poll::Pending
        }
    })
    .await;
}
