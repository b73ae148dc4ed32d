//! All that a recipe may import besides tokio: the types of its options, its
//! result, its draws, and what a demonstration needs of the system.
//!
//! ```
//! use asyncdemo::kit::{Durations, seconds};
//!
//! // A list, or a range to draw from: the recipe does not ask which.
//! let durations: Durations = "1s,250ms".parse()?;
//! assert_eq!(seconds(durations.get(1, "file-1")), "0.25s");
//! # Ok::<_, String>(())
//! ```

mod clock;
mod folder;
#[cfg(feature = "http")]
mod http;
mod load;
mod lock;
mod on_drop;
mod output;
mod panics;
mod processes;
mod random;
mod values;
mod work;

pub use clock::{Clock, clock};
pub(crate) use clock::{Pace, Paced, keep_clock};
pub use folder::TempFolder;
#[cfg(feature = "http")]
pub use http::{HttpClient, HttpFailure, listen_locally, most_connections};
pub use load::{InProgress, Load};
pub use lock::lock;
pub use on_drop::OnDrop;
pub use output::{Captured, PipeLines, capture, exit_code, most_children, most_output, shell};
pub use panics::catch_panic;
pub(crate) use panics::works_for;
pub use processes::ProcessGroup;
pub(crate) use processes::{kill_process_groups, own_all_children, room_for_io};
pub(crate) use random::seeded;
pub use random::{Rng, draws};
pub use values::{
    BREAK_IT, Cycle, Cycles, DurationLists, Durations, Timed, Trial, Trials, capacity, count,
    count_or_zero, duration, measured, period, probability, rate, seconds, seconds_as_float,
    seconds_rounded, shell_command, threads,
};
pub use work::Work;

/// What a recipe returns.
pub type Result<T = (), E = anyhow::Error> = std::result::Result<T, E>;
