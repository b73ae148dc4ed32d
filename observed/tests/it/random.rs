//! Random small programs: recorded, they do what they do unobserved, and the
//! recording is well-formed, also under other schedules. They have no `watch`,
//! whose receivers tokio wakes in an order that differs from run to run.

use std::pin::Pin;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::observe::{Ending, Options};
use tokio::sync::{Mutex, Notify, Semaphore, broadcast, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep, timeout};

use crate::support::{ms, run_with};
use crate::transparent::plain;

/// One step of a task.
#[derive(Clone, Debug)]
enum Step {
    Sleep(u64),
    Yield,
    Lock(usize, u64),
    Acquire(u32, u64),
    AcquireInTime(u64),
    Notified(u64),
    Notify,
    NotifyAll,
    Send,
    Receive(u64),
    Publish,
    Changed(u64),
    Select(u64, u64),
    Join(u64, u64),
    Oneshot(bool),
    Forget,
    Panic,
    AbortOthers,
    Children(Vec<Vec<Step>>),
}

fn steps(depth: u32) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1..20_u64).prop_map(Step::Sleep),
        Just(Step::Yield),
        (0..2_usize, 0..9_u64).prop_map(|(lock, time)| Step::Lock(lock, time)),
        (1..3_u32, 1..9_u64).prop_map(|(permits, time)| Step::Acquire(permits, time)),
        (1..9_u64).prop_map(Step::AcquireInTime),
        (1..30_u64).prop_map(Step::Notified),
        Just(Step::Notify),
        Just(Step::NotifyAll),
        Just(Step::Send),
        (1..9_u64).prop_map(Step::Receive),
        Just(Step::Publish),
        (1..9_u64).prop_map(Step::Changed),
        (1..9_u64, 1..9_u64).prop_map(|(one, two)| Step::Select(one, two)),
        (1..9_u64, 1..9_u64).prop_map(|(one, two)| Step::Join(one, two)),
        any::<bool>().prop_map(Step::Oneshot),
    ];
    let rare = prop_oneof![
        30 => step,
        1 => Just(Step::Forget),
        1 => Just(Step::Panic),
        1 => Just(Step::AbortOthers),
    ]
    .boxed();
    let step = rare.prop_recursive(depth, 24, 4, |step| {
        vec(vec(step, 0..4), 1..4).prop_map(Step::Children)
    });
    vec(step, 0..6)
}

struct World {
    began: Instant,
    log: std::sync::Mutex<Vec<String>>,
    locks: [Mutex<()>; 2],
    permits: Arc<Semaphore>,
    notify: Notify,
    sender: mpsc::Sender<u8>,
    receiver: Mutex<mpsc::Receiver<u8>>,
    news: broadcast::Sender<u8>,
}

impl World {
    fn say(&self, task: &str, what: &str) {
        let text = format!("{:?} {task} {what}", self.began.elapsed());
        self.log.lock().unwrap().push(text);
    }
}

/// A task may have children, and so is boxed.
type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

fn task(world: Arc<World>, name: String, steps: Vec<Step>) -> Boxed {
    Box::pin(async move {
        for (n, step) in steps.into_iter().enumerate() {
            world.say(&name, &format!("{n}"));
            let done = take(&world, &name, step).await;
            world.say(&name, &format!("{n}: {done}"));
        }
    })
}

async fn take(world: &Arc<World>, name: &str, step: Step) -> bool {
    match step {
        Step::Sleep(time) => sleep(ms(time)).await,
        Step::Yield => tokio::task::yield_now().await,
        Step::Lock(lock, time) => {
            let _guard = world.locks[lock].lock().await;
            if time > 0 {
                sleep(ms(time)).await;
            }
        }
        Step::Acquire(permits, time) => {
            let permits = Arc::clone(&world.permits).acquire_many_owned(permits).await;
            sleep(ms(time)).await;
            drop(permits);
        }
        Step::AcquireInTime(time) => {
            return timeout(ms(time), world.permits.acquire()).await.is_ok();
        }
        Step::Notified(time) => {
            return timeout(ms(time), world.notify.notified()).await.is_ok();
        }
        Step::Notify => world.notify.notify_one(),
        Step::NotifyAll => world.notify.notify_waiters(),
        Step::Send => {
            let _ = world.news.send(1);
            return timeout(ms(5), world.sender.send(1)).await.is_ok();
        }
        Step::Receive(time) => {
            let mut receiver = world.receiver.lock().await;
            return timeout(ms(time), receiver.recv()).await.is_ok();
        }
        Step::Publish => drop(world.news.send(2)),
        Step::Changed(time) => {
            let mut news = world.news.subscribe();
            return tokio::select! {
                biased;
                _ = news.recv() => true,
                () = sleep(ms(time)) => false,
            };
        }
        Step::Select(one, two) => {
            let acquire = world.permits.acquire();
            tokio::pin!(acquire);
            tokio::select! {
                biased;
                () = sleep(ms(one)) => {}
                _ = &mut acquire => {}
            }
            return timeout(ms(two), async { sleep(ms(one)).await })
                .await
                .is_ok();
        }
        Step::Join(one, two) => {
            tokio::join!(sleep(ms(one)), async {
                drop(world.locks[0].lock().await);
                sleep(ms(two)).await;
            });
        }
        Step::Oneshot(sends) => {
            let (sender, receiver) = oneshot::channel();
            let task = tokio::spawn(async move {
                tokio::task::yield_now().await;
                if sends {
                    let _ = sender.send(());
                }
            });
            let received = receiver.await.is_ok();
            task.await.unwrap();
            return received;
        }
        Step::Forget => {
            // A task that nothing waits for.
            tokio::spawn(async { sleep(ms(500)).await });
        }
        Step::Panic => std::panic::resume_unwind(Box::new("on purpose")),
        Step::AbortOthers => {
            let mut set = JoinSet::new();
            for _ in 0..2 {
                let world = Arc::clone(world);
                set.spawn(async move { drop(world.locks[0].lock().await) });
            }
            tokio::task::yield_now().await;
            set.abort_all();
            return set.join_next().await.is_some();
        }
        Step::Children(children) => {
            let mut set = JoinSet::new();
            for (n, steps) in children.into_iter().enumerate() {
                set.spawn(task(Arc::clone(world), format!("{name}.{n}"), steps));
            }
            let mut all = true;
            while let Some(ended) = set.join_next().await {
                all &= ended.is_ok();
            }
            return all;
        }
    }
    true
}

async fn program(steps: Vec<Step>) -> Vec<String> {
    let (sender, receiver) = mpsc::channel(2);
    let world = Arc::new(World {
        began: Instant::now(),
        log: std::sync::Mutex::new(Vec::new()),
        locks: [Mutex::new(()), Mutex::new(())],
        permits: Arc::new(Semaphore::new(2)),
        notify: Notify::new(),
        sender,
        receiver: Mutex::new(receiver),
        news: broadcast::Sender::new(4),
    });
    let main = tokio::spawn(task(Arc::clone(&world), "main".to_owned(), steps));
    // Every step has its time limit, so that this one is never reached.
    let ended = timeout(Duration::from_secs(3600), main).await;
    world.say("main", &format!("{:?}", ended.map(|ended| ended.is_ok())));
    let log = world.log.lock().unwrap().clone();
    log
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_recorded_program_does_what_it_does_unobserved(steps in steps(3), schedule in 1_u64..) {
        let unobserved = plain(program(steps.clone()));
        let run = run_with(Options::default(), program(steps.clone()));
        prop_assert_eq!(&run.done(), &unobserved);
        // Another schedule may do another thing, and the same each time.
        let options = Options { schedule, ..Options::default() };
        let run = || run_with(options, program(steps.clone()));
        let (run, again) = (run(), run());
        prop_assert_eq!(run.recording.events, again.recording.events);
        prop_assert!(matches!(run.ending, Ending::Done(_)));
    }
}
