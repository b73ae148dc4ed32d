//! Standard output: buffered, and honest about what became of the bytes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Lines are gathered up to this size; a run flushes whenever it goes idle.
const BUFFER: usize = 64 * 1024;

/// Standard output without the line buffering of the std library, which costs
/// a system call a line even where it goes into a file.
pub struct Stdout(BufWriter<File>);

/// Opens standard output.
///
/// # Errors
///
/// When the program was started with it closed.
pub fn stdout() -> io::Result<Stdout> {
    if CLOSED.load(Ordering::Relaxed) {
        return Err(io::Error::other("it is closed"));
    }
    // Not for our children: one that stays would keep our reader waiting.
    let file = File::from(rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?);
    Ok(Stdout(BufWriter::with_capacity(BUFFER, file)))
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// Whole or not at all until the next flush, so that no line is torn by
    /// the end of the program.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Whether standard output was closed when the program started. Rust's runtime
/// opens /dev/null in its place before `main`, and a log would vanish unseen.
static CLOSED: AtomicBool = AtomicBool::new(false);

extern "C" fn look_at_stdout() {
    let closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
    CLOSED.store(closed, Ordering::Relaxed);
}

/// Runs before Rust's runtime does.
#[used]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
#[expect(
    unsafe_code,
    reason = "only the linker can call a function before main"
)]
static BEFORE_MAIN: extern "C" fn() = look_at_stdout;
