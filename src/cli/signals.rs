//! Ctrl-C and its kin.

use std::fs;
use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};
use signal_hook::flag::{register, register_conditional_default};
use signal_hook::iterator::{Handle, Signals};
use tokio::sync::oneshot;

use crate::stage::kill_process_groups;

const NO_SIGNALS: &str = "cannot listen for Ctrl-C";

/// What asks a program to end: a terminal that goes away, Ctrl-C, Ctrl-\, `kill`.
/// Under `nohup` the terminal may go. Ctrl-C is always heard: scripts that
/// start us in the background have it ignored without meaning to.
fn ending() -> &'static [i32] {
    const ENDING: [i32; 4] = [SIGINT, SIGQUIT, SIGTERM, SIGHUP];
    &ENDING[..ENDING.len() - usize::from(is_ignored(SIGHUP))]
}

/// Whether whoever started us had the signal ignored, as far as the system
/// tells it in a file.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// How long an interrupted run may take to wind up.
const GRACE: Duration = Duration::from_millis(300);

/// How long a work that handles signals itself has to begin with that.
const HEAD_START: Duration = Duration::from_millis(50);

/// Does `work` on a thread of its own while this one listens. A signal asks
/// `work` to end; if it cannot, because a call blocks it, it is left behind.
/// `None` is a work that was interrupted and did not say so itself.
///
/// A work that handles signals itself is left alone until the second one, at
/// which it must end.
///
/// # Errors
///
/// When the system refuses a thread or a signal handler.
pub fn listen_during<T: Send + 'static>(
    work: impl FnOnce(oneshot::Receiver<()>) -> T + Send + 'static,
    handles_signals: bool,
) -> anyhow::Result<Option<T>> {
    /// Wakes the listener even where the work panics.
    struct Done(Handle);
    impl Drop for Done {
        fn drop(&mut self) {
            self.0.close();
        }
    }

    let at_first = if handles_signals { &[] } else { ending() };
    let mut signals = Signals::new(at_first).context(NO_SIGNALS)?;
    let done = Done(signals.handle());
    let (interrupt, interrupted) = oneshot::channel();
    let (answer, result) = channel();
    let body = move || {
        let _done = done;
        // The listener is gone only where it did not want to wait.
        let _ = answer.send(work(interrupted));
    };
    let worker = thread::Builder::new().spawn(body);
    let worker = worker.context("cannot start a thread")?;
    if handles_signals {
        // Were we first, a signal that comes now would be lost on it; as it
        // is, the signal ends the program.
        if let Ok(answer) = result.recv_timeout(HEAD_START) {
            return Ok(Some(answer));
        }
        // A terminal that goes away ends it, as ever.
        for signal in [SIGINT, SIGTERM] {
            signals.add_signal(signal).context(NO_SIGNALS)?;
        }
    }
    let patience = usize::from(handles_signals);
    if signals.forever().nth(patience).is_some() {
        if !handles_signals {
            let _ = interrupt.send(()); // It may just have ended.
        }
        let ended = result.recv_timeout(GRACE).ok();
        kill_process_groups(); // None is left, unless the run hangs.
        return Ok(ended);
    }
    match (result.recv(), worker.join()) {
        (_, Err(panic)) => resume_unwind(panic),
        (result, Ok(())) => Ok(result.ok()),
    }
}

/// Keeps a signal's default action while the flag is true. A recipe that has
/// listened for Ctrl-C would leave the whole program deaf to it.
///
/// # Errors
///
/// When the system refuses a signal handler.
pub fn default_while_true() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(true));
    for signal in ending() {
        register_conditional_default(*signal, Arc::clone(&flag))?;
    }
    Ok(flag)
}

/// Has a file that may grow no more be an error like others, and not the end.
///
/// # Errors
///
/// When the system refuses a signal handler.
pub fn let_files_have_limits() -> io::Result<()> {
    register(SIGXFSZ, Arc::default()).map(drop)
}
