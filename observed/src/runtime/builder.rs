//! `Builder`: the runtime that it builds is observed by the recorder of the
//! thread that builds it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime as real;

use super::{LocalOptions, LocalRuntime, Runtime};
use crate::observe::{self, Recorder};

type Hook = Arc<dyn Fn() + Send + Sync>;

/// Builds a runtime: see [`tokio::runtime::Builder`].
pub struct Builder {
    inner: real::Builder,
    on_thread_start: Option<Hook>,
    on_thread_park: Option<Hook>,
    has_io: bool,
}

/// Methods that pass through to tokio's.
macro_rules! passed_through {
    ($($(#[$meta:meta])* $name:ident($($arg:ident: $type:ty),*);)*) => {$(
        #[doc = concat!("See [`tokio::runtime::Builder::", stringify!($name), "`].")]
        $(#[$meta])*
        #[track_caller]
        pub fn $name(&mut self, $($arg: $type),*) -> &mut Self {
            self.inner.$name($($arg),*);
            self
        }
    )*};
}

impl Builder {
    fn of(inner: real::Builder) -> Self {
        Self {
            inner,
            on_thread_start: None,
            on_thread_park: None,
            has_io: false,
        }
    }

    /// See [`tokio::runtime::Builder::new_current_thread`].
    #[must_use]
    pub fn new_current_thread() -> Self {
        Self::of(real::Builder::new_current_thread())
    }

    /// See [`tokio::runtime::Builder::new_multi_thread`]. The paused clock has
    /// one thread only: a run on the virtual clock gets that.
    #[cfg(feature = "rt-multi-thread")]
    #[must_use]
    pub fn new_multi_thread() -> Self {
        if observe::with(Recorder::is_virtual) == Some(true) {
            return Self::new_current_thread();
        }
        Self::of(real::Builder::new_multi_thread())
    }

    /// See [`tokio::runtime::Builder::enable_all`].
    pub fn enable_all(&mut self) -> &mut Self {
        self.inner.enable_all();
        self.has_io = true;
        self
    }

    /// See [`tokio::runtime::Builder::enable_io`].
    #[cfg(any(
        feature = "net",
        all(unix, any(feature = "process", feature = "signal"))
    ))]
    pub fn enable_io(&mut self) -> &mut Self {
        self.inner.enable_io();
        self.has_io = true;
        self
    }

    passed_through! {
        enable_time();
        #[cfg(any(feature = "net", all(unix, any(feature = "process", feature = "signal"))))]
        max_io_events_per_tick(capacity: usize);
        #[cfg(any(feature = "net", all(unix, any(feature = "process", feature = "signal"))))]
        max_io_events_per_busy_tick(capacity: usize);
        worker_threads(threads: usize);
        max_blocking_threads(threads: usize);
        thread_name(name: impl Into<String>);
        name(name: impl Into<String>);
        thread_name_fn(name: impl Fn() -> String + Send + Sync + 'static);
        thread_stack_size(bytes: usize);
        on_thread_stop(hook: impl Fn() + Send + Sync + 'static);
        on_thread_unpark(hook: impl Fn() + Send + Sync + 'static);
        thread_keep_alive(time: Duration);
        global_queue_interval(ticks: u32);
        event_interval(ticks: u32);
    }

    /// See [`tokio::runtime::Builder::start_paused`]. A run on the virtual
    /// clock is paused in any case.
    pub fn start_paused(&mut self, paused: bool) -> &mut Self {
        self.inner.start_paused(paused);
        self
    }

    /// See [`tokio::runtime::Builder::on_thread_start`].
    pub fn on_thread_start(&mut self, hook: impl Fn() + Send + Sync + 'static) -> &mut Self {
        self.on_thread_start = Some(Arc::new(hook));
        self
    }

    /// See [`tokio::runtime::Builder::on_thread_park`].
    pub fn on_thread_park(&mut self, hook: impl Fn() + Send + Sync + 'static) -> &mut Self {
        self.on_thread_park = Some(Arc::new(hook));
        self
    }

    /// See [`tokio::runtime::Builder::build`].
    ///
    /// # Errors
    ///
    /// When the system refuses the runtime its resources.
    pub fn build(&mut self) -> io::Result<Runtime> {
        self.hook();
        self.inner.build().map(Runtime::of)
    }

    /// See [`tokio::runtime::Builder::build_local`].
    ///
    /// # Errors
    ///
    /// When the system refuses the runtime its resources.
    pub fn build_local(&mut self, options: LocalOptions) -> io::Result<LocalRuntime> {
        self.hook();
        self.inner.build_local(options).map(LocalRuntime::of)
    }

    /// tokio keeps one hook of each kind: the program's and ours are one.
    fn hook(&mut self) {
        observe::observe_everywhere();
        let recorder = observe::with(Recorder::clone);
        if recorder.as_ref().is_some_and(Recorder::is_virtual) {
            self.inner.enable_time().start_paused(true);
        }
        if let Some(recorder) = recorder.as_ref().filter(|_| self.has_io) {
            recorder.has_io();
        }
        let (start, park) = (self.on_thread_start.clone(), self.on_thread_park.clone());
        if recorder.is_some() || start.is_some() {
            let recorder = recorder.clone();
            self.inner.on_thread_start(move || {
                if let Some(recorder) = &recorder {
                    recorder.enter_for_good();
                }
                if let Some(hook) = &start {
                    hook();
                }
            });
        }
        if recorder.is_some() || park.is_some() {
            self.inner.on_thread_park(move || {
                if let Some(recorder) = &recorder {
                    recorder.parks();
                }
                if let Some(hook) = &park {
                    hook();
                }
            });
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
