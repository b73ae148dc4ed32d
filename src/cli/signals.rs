//! Signals, from the program's first moment to its last: [`supervise`] listens to
//! them on a thread of its own while the program works.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use nix::sys::signal::SigSet;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};
use signal_hook::flag::register;
use signal_hook::iterator::Signals;
use tokio::sync::oneshot;

use crate::kit::kill_process_groups;
use crate::output::ending;
use crate::recipe::Interrupted;

/// The listener's stack: it does little, and most programs never need it.
const STACK: usize = 256 * 1024;

/// How long an interrupted run may take to wind up.
const RUN: Duration = Duration::from_millis(300);

/// How long the player may take to give the terminal back.
#[cfg(feature = "player")]
const PLAYER: Duration = Duration::from_secs(2);

/// How long the way out takes for work that is done.
const WAY_OUT: Duration = Duration::from_millis(50);

/// What asks a program to end: a terminal that goes away, Ctrl-C, Ctrl-\, `kill`.
/// Under `nohup` the terminal may go. Ctrl-C is always heard: scripts that
/// start us in the background have it ignored without meaning to.
fn ending() -> &'static [i32] {
    const ENDING: [i32; 4] = [SIGINT, SIGQUIT, SIGTERM, SIGHUP];
    &ENDING[..ENDING.len() - usize::from(is_ignored(SIGHUP))]
}

/// Whether the parent process had the signal ignored, as far as the system
/// tells it in a file.
fn is_ignored(signal: i32) -> bool {
    // It is shorter, and one read is a quarter of what `fs::read` needs.
    let mut status = [0; 8192];
    let read = File::open("/proc/self/status").and_then(|mut file| file.read(&mut status));
    let status = String::from_utf8_lossy(&status[..read.unwrap_or(0)]);
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// What both threads know of each other.
struct State {
    /// The signal that ends the program.
    signal: Option<i32>,
    /// What has to wind up before the program ends.
    work: Option<Work>,
    /// Whether a recipe has handled a signal and ended, perhaps before the
    /// listener sees that signal.
    was_heard: bool,
    /// Whether the work is done.
    done: bool,
    /// Whether a signal ends the program.
    ends: bool,
}

impl State {
    /// Whether signals are a recipe's, which handles them itself.
    fn hears(&self) -> bool {
        self.was_heard || self.work.as_ref().is_some_and(|work| work.handles_signals)
    }
}

struct Work {
    interrupt: Option<Box<dyn FnOnce() + Send>>,
    patience: Duration,
    /// Whether it is a recipe that handles SIGINT and SIGTERM itself.
    handles_signals: bool,
}

static STATE: Mutex<State> = Mutex::new(State {
    signal: None,
    work: None,
    was_heard: false,
    done: false,
    ends: false,
});
static CHANGED: Condvar = Condvar::new();

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until it is so, or for so long.
fn wait_until(is_so: impl Fn(&State) -> bool, patience: Duration) {
    // Either way the state is looked at again.
    let _ = CHANGED.wait_timeout_while(state(), patience, |state| !is_so(state));
}

/// Work that winds up, until this is dropped.
pub struct WindsUp(());

impl WindsUp {
    fn start(patience: Duration, interrupt: impl FnOnce() + Send + 'static) -> Self {
        let mut state = state();
        if state.signal.is_some() {
            drop(state);
            // Nothing waits for us: what we begin now would be left behind.
            loop {
                thread::park();
            }
        }
        state.work = Some(Work {
            interrupt: Some(Box::new(interrupt)),
            patience,
            handles_signals: false,
        });
        Self(())
    }
}

impl Drop for WindsUp {
    fn drop(&mut self) {
        let mut state = state();
        let work = state.work.take();
        state.was_heard = work.is_some_and(|work| work.handles_signals) && HAS_COME.load(SeqCst);
        drop(state);
        CHANGED.notify_all();
    }
}

/// Does work that a signal asks to end, and that has child processes to end or
/// lines to write before it does.
pub fn interruptible<T>(work: impl FnOnce(oneshot::Receiver<()>) -> T) -> T {
    let (interrupt, interrupted) = oneshot::channel();
    let _winds_up = WindsUp::start(RUN, move || {
        let _ = interrupt.send(()); // It may just have ended.
    });
    work(interrupted)
}

/// The player is on the terminal until the result is dropped; `interrupt` has it
/// leave.
#[cfg(feature = "player")]
pub fn on_the_terminal(interrupt: impl FnOnce() + Send + 'static) -> WindsUp {
    WindsUp::start(PLAYER, interrupt)
}

/// What a recipe may handle.
const HANDLED: [i32; 2] = [SIGINT, SIGTERM];

/// Whether one of them has come yet. Set before [`supervise`] sees it.
static HAS_COME: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// The recipe that runs listens to SIGINT and SIGTERM now. One that came before
/// it did has not been heard by it, and ends the program.
pub fn leave_to_the_recipe() {
    if let Some(work) = &mut state().work {
        work.handles_signals = !HAS_COME.load(SeqCst);
    }
}

/// The exit code of a program that a signal has interrupted; where none has,
/// Ctrl-C was read as a key or by a recipe.
pub fn exit_code() -> u8 {
    let signal = state().signal.unwrap_or(SIGINT);
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}

/// Says so on stderr, unless that would block: a reader that has stopped reading
/// the log may have stopped reading this.
pub fn report_interruption() {
    let stderr = io::stderr();
    let at_once = Some(&Timespec::default());
    if !matches!(
        poll(&mut [PollFd::new(&stderr, PollFlags::OUT)], at_once),
        Ok(0)
    ) {
        let _ = writeln!(&stderr, "interrupted"); // That it cannot be said is no reason to panic.
    }
}

/// Whether the program is ending, or a recipe has asked for its end.
pub fn is_interruption(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref());
    error.is::<Interrupted>() || causes.any(ending::is_refusal)
}

/// Does `work` while another thread listens. A signal interrupts what winds up,
/// or else ends the program without it.
///
/// A recipe that handles SIGINT and SIGTERM itself is left alone until the
/// second one, at which it must end.
///
/// # Errors
///
/// When the system refuses a thread or a signal handler.
pub fn supervise<T>(work: impl FnOnce() -> T) -> anyhow::Result<T> {
    let signals = listen().context("cannot listen for Ctrl-C")?;
    let listener = thread::Builder::new().name("signals".to_owned());
    let listener = listener.stack_size(STACK).spawn(move || obey(signals));
    let listener = listener.context("cannot start a thread")?;
    let done = work();
    state().done = true;
    CHANGED.notify_all();
    if state().ends {
        // It ends the program, or has seen that the work is done.
        let _ = listener.join();
    }
    Ok(done)
}

/// Waits for the signal that ends the program, and ends it.
#[expect(
    clippy::disallowed_methods,
    reason = "the work does not end, so that `main` cannot return"
)]
fn obey(mut signals: Signals) {
    let mut insists = false;
    for signal in signals.forever() {
        let is_heard = HANDLED.contains(&signal) && state().hears();
        if is_heard && !insists {
            insists = true;
            continue;
        }
        if !interrupt(signal, is_heard) || wind_up() {
            return; // The work is done, and `main` returns.
        }
        state().signal.get_or_insert(signal);
        report_interruption();
        exit(exit_code().into());
    }
}

/// Starts to listen. What the parent process has left behind must not keep us
/// from it: signals may be blocked, and the ends of child processes ignored.
fn listen() -> anyhow::Result<Signals> {
    // One that comes while its handler is being installed would be lost.
    SigSet::all().thread_block()?;
    for signal in HANDLED {
        register(signal, Arc::clone(&HAS_COME))?;
    }
    let signals = Signals::new(ending())?;
    // With a handler, a file that may grow no more is an error like others.
    for signal in [SIGCHLD, SIGXFSZ] {
        register(signal, Arc::default())?;
    }
    // Those that have waited are heard now.
    SigSet::all().thread_unblock()?;
    Ok(signals)
}

/// Asks what winds up to do so, unless it is a recipe that has heard the signal
/// itself. Returns whether there is work that is not done.
fn interrupt(signal: i32, has_heard: bool) -> bool {
    let mut state = state();
    if state.done {
        return false;
    }
    state.ends = true;
    if !has_heard {
        state.signal = Some(signal);
        if let Some(interrupt) = state.work.as_mut().and_then(|work| work.interrupt.take()) {
            interrupt();
        }
    }
    true
}

/// Waits for what winds up, and for what is being written, and leaves nothing
/// behind. Returns whether the work came to its own end.
fn wind_up() -> bool {
    let patience = state().work.as_ref().map(|work| work.patience);
    if let Some(patience) = patience {
        wait_until(|state| state.work.is_none() || state.done, patience);
        wait_until(|state| state.done || state.work.is_some(), WAY_OUT);
    }
    // A file that is there is told as a success.
    if ending::stop() {
        wait_until(|state| state.done, RUN);
    }
    let done = state().done;
    kill_process_groups(); // None is left, unless the work was left behind.
    #[cfg(any(feature = "export", feature = "player", feature = "shell"))]
    crate::output::remove_temporary_files();
    done
}
