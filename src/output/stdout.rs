//! Standard output: buffered, in whole lines, and honest about what became of
//! the bytes.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileTypeExt as _;
use std::sync::atomic::{AtomicBool, Ordering};

use super::ending::{self, Unit};

/// Lines are gathered up to this size; a run flushes whenever it goes idle.
const BUFFER: usize = 64 * 1024;

/// What a pipe takes whole or not at all, `PIPE_BUF` of POSIX: a reader that
/// stalls then sees no half of a line when the program ends.
const WHOLE_IN_A_PIPE: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

/// Standard output without the line buffering of the std library, which costs
/// a system call a line even where it goes into a file.
pub struct Stdout {
    file: File,
    /// Whole lines.
    lines: Vec<u8>,
    /// The most bytes that are written in one go, if a line is not longer.
    most: usize,
}

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
    let is_pipe = file.metadata()?.file_type().is_fifo();
    Ok(Stdout {
        file,
        lines: Vec::new(),
        most: if is_pipe { WHOLE_IN_A_PIPE } else { BUFFER },
    })
}

impl Write for Stdout {
    /// Takes whole lines at a time, so that no line is torn by the end of the
    /// program.
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        if self.lines.len() + lines.len() > BUFFER {
            self.flush()?;
        }
        if lines.len() < BUFFER {
            self.lines.extend_from_slice(lines);
        } else {
            deliver(&mut self.file, lines, self.most)?;
        }
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let delivered = deliver(&mut self.file, &self.lines, self.most);
        self.lines.clear(); // What cannot be written is not tried again.
        delivered
    }
}

fn deliver(file: &mut File, mut lines: &[u8], most: usize) -> io::Result<()> {
    while !lines.is_empty() {
        let (now, later) = lines.split_at(end_of_lines(lines, most));
        ending::finish(Unit::Lines, || file.write_all(now))?;
        lines = later;
    }
    Ok(())
}

/// Where the last line ends that begins and ends within `most` bytes; or else
/// the first line, which is longer.
fn end_of_lines(lines: &[u8], most: usize) -> usize {
    if lines.len() <= most {
        return lines.len();
    }
    let is_end = |byte: &u8| *byte == b'\n';
    let last = lines[..most].iter().rposition(is_end);
    let end = last.or_else(|| lines.iter().position(is_end));
    end.map_or(lines.len(), |end| end + 1)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_whole() {
        assert_eq!(end_of_lines(b"ab\ncd\nef\n", 7), 6);
        assert_eq!(end_of_lines(b"ab\ncd\n", 6), 6);
        assert_eq!(end_of_lines(b"long line\nab\n", 4), 10);
        assert_eq!(end_of_lines(b"no end", 4), 6);
    }
}
