//! Child processes: other programs, run at once, and none of them left behind.
//!
//! Three commands run side by side, each in a shell of its own; their results
//! are reported in the order in which the commands were given. Watch that a
//! command that fails does no harm to the others, and with `--stream` how the
//! lines arrive as they are written.
//!
//! # Key insight
//!
//! A child lives outside your program: to drop its handle does not end it, and
//! to kill it does not end what it has started in turn. Give each child a
//! process group of its own, and a guard that kills the whole group.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `create_subprocess_shell(c)` | `Command::new("/bin/sh").arg("-c").arg(c).spawn()?` |
//! | `start_new_session=True` | `.process_group(0)` |
//! | `await process.communicate()` | read both pipes at once, then `child.wait().await?` |
//! | `async for line in process.stdout` | `read_until(b'\n', …)` of a `BufReader` |
//! | `os.killpg(process.pid, SIGKILL)` | a guard's `Drop`: also on error and on Ctrl-C |
//!
//! ```python
//! import asyncio
//! from asyncio.subprocess import PIPE
//!
//! async def run(command):
//!     process = await asyncio.create_subprocess_shell(
//!         command, stdout=PIPE, stderr=PIPE, start_new_session=True)
//!     output, errors = await process.communicate()
//!     return process.returncode, output.decode().rstrip(), errors.decode().rstrip()
//!
//! async def main():
//!     commands = ["echo 'Hello World'", "asyncdemo --version", "date"]
//!     results = await asyncio.gather(*map(run, commands))
//!     for command, (code, output, errors) in zip(commands, results):
//!         print(f"Command: {command}")
//!         print(f"Output: {output}")
//!         if code != 0:
//!             print(f"Exit code: {code}")
//!             print(f"Error: {errors}")
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! To use what exists as a program and not as a library: compilers, `git`,
//! `ffmpeg`. And to isolate what may crash.
//!
//! # Pitfalls
//!
//! - Read both pipes at once. A child that fills the one you do not read stops
//!   there, and you wait for it while it waits for you.
//! - Killing only the shell leaves what it has started running, with your pipe
//!   open. Kill the group. A process can leave its group (`setsid`, `timeout`):
//!   on Linux, a subreaper adopts such processes and can end them as well.
//! - A child in the background that asks the terminal for input is stopped, and
//!   `wait` never completes. Watch for stopped children, or end them in time.
//! - Wait for every child, also for one that you have killed: until then it is
//!   a zombie, and its number stays taken.
//! - `sleep 9 & echo hi` is over at once, and its pipe after nine seconds:
//!   whatever was started in the background has inherited it.
//! - Each child takes file descriptors: hundreds of them have to queue.
//! - Whatever stands in a shell's command is code. Never build one from input.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo subprocess "ls /" "no-such-program" "exit 3"
//! $ asyncdemo subprocess --stream
//! $ asyncdemo subprocess --timeout 500ms "sleep 60" "echo 'in time'"
//! ```

use std::env;
use std::ffi::OsString;
use std::io;
use std::iter::once;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Output, Stdio};
use std::time::Duration;

use futures_util::stream::{StreamExt as _, iter};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::recipe::{Demo, Needs};
use crate::stage::{Lane, ProcessGroup, Stage, duration, file_descriptors, seconds};

const COMMANDS: [&str; 3] = ["echo 'Hello World'", "asyncdemo --version", "date"];
const STREAMS: [&str; 2] = [
    "for i in 1 2 3; do echo $i; sleep 1; done",
    "for i in a b c; do echo $i; sleep 0.5; done",
];

/// How many bytes are kept of a pipe, and of all pipes together. A command that
/// prints more finds its pipe closed.
const MOST_OUTPUT: u64 = 64 << 20;
const ALL_OUTPUT: u64 = 256 << 20;
/// A longer line comes in pieces.
const LONGEST_LINE: u64 = 64 << 10;

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Subprocess {
    /// Commands for the shell, each in quotes [default: three harmless ones]
    #[arg(value_name = "COMMAND", value_parser = command)]
    commands: Vec<String>,

    /// Shows each line as it comes, instead of all output at the end
    #[arg(long)]
    stream: bool,

    /// Kills a command after this time, with all that it has started [default: never]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
}

fn command(text: &str) -> Result<String, &'static str> {
    let whole = !text.contains('\0');
    whole
        .then(|| text.to_owned())
        .ok_or("expected a command without a NUL byte, which no program can be given")
}

impl Demo for Subprocess {
    const NEEDS: Needs = Needs {
        io: true,
        real_clock: true,
        runs_commands: true,
        ..Needs::NOTHING
    };

    async fn run(mut self, stage: Stage) -> anyhow::Result<()> {
        if self.commands.is_empty() {
            let defaults = if self.stream { &STREAMS[..] } else { &COMMANDS };
            self.commands = defaults.iter().map(ToString::to_string).collect();
        }
        // A child takes two pipes, and a descriptor that tells of its end. As
        // many as fit run at once, the others queue.
        let at_once = (file_descriptors() / 3).clamp(1, 500);
        let pipes = 2 * at_once.min(self.commands.len()) as u64;
        let most = MOST_OUTPUT.min(ALL_OUTPUT / pipes);
        let jobs = iter(self.commands).map(|command| {
            let name: String = command.chars().take(20).collect();
            let (lane, stream) = (stage.lane(name), self.stream);
            Job {
                lane,
                command,
                stream,
                most,
            }
            .run(self.timeout)
        });
        let mut ended = if self.stream {
            jobs.buffer_unordered(at_once).boxed()
        } else {
            jobs.buffered(at_once).boxed() // they run at once, and come out in order
        };
        while let Some((job, end)) = ended.next().await {
            job.report(end);
        }
        Ok(())
    }
}

struct Job {
    lane: Lane,
    command: String,
    stream: bool,
    most: u64,
}

impl Job {
    async fn run(self, limit: Option<Duration>) -> (Self, io::Result<Output>) {
        let child = self.child(limit.unwrap_or(Duration::MAX));
        let end = self.lane.works_on("running", child).await;
        (self, end)
    }

    async fn child(&self, limit: Duration) -> io::Result<Output> {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", "--", &self.command])
            .envs(search_path().map(|path| ("PATH", path)))
            .stdin(Stdio::null()) // the keyboard stays ours
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // A group of its own: Ctrl-C does not reach it, but a kill reaches all
        // of it. However this future ends, done or dropped, none of it is left.
        let mut group = ProcessGroup::start(&mut shell)?;
        let (stdout, stderr) = (group.child.stdout.take(), group.child.stderr.take());
        // Both at once: a child that fills one pipe does not go on to the other.
        let all = async { tokio::try_join!(group.wait(), self.read(stdout), self.read(stderr)) };
        let why = match timeout(limit, all).await {
            Ok(Ok((status, stdout, stderr))) => {
                return Ok(Output {
                    status,
                    stdout,
                    stderr,
                });
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("timed out after {}", seconds(limit)),
        };
        let killed = group.end().map_or_else(
            |left| format!("; {left}"),
            |()| ", killed with all that it had started".to_owned(),
        );
        Err(io::Error::other(why + &killed))
    }

    /// All that comes out of a pipe; nothing where each line is shown at once.
    async fn read(&self, pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
        let (Some(mut pipe), mut bytes) = (pipe.map(BufReader::new), Vec::new()) else {
            return Ok(Vec::new());
        };
        if !self.stream {
            let one_more = self.most + 1; // to know whether there is more
            pipe.take(one_more).read_to_end(&mut bytes).await?;
            return Ok(bytes);
        }
        loop {
            let mut line = (&mut pipe).take(LONGEST_LINE);
            if line.read_until(b'\n', &mut bytes).await? == 0 {
                return Ok(bytes);
            }
            let (lane, line) = (&self.lane, text(&bytes));
            lane.log("📨", format_args!("[{lane}] {line}"));
            bytes.clear();
        }
    }

    fn report(&self, end: io::Result<Output>) {
        let Self {
            lane,
            command,
            stream,
            most,
        } = self;
        let prefix = if *stream {
            format!("[{lane}] ")
        } else {
            String::new()
        };
        if !stream {
            lane.log("💻", format_args!("Command: {command}"));
        }
        let Output {
            status,
            stdout,
            stderr,
        } = match end {
            Ok(output) => output,
            Err(error) => return lane.log("❌", format_args!("{prefix}Error: {error}")), // told, and the others go on
        };
        if !stream {
            lane.log("📤", format_args!("Output: {}", text(cut(&stdout, *most))));
            if [&stdout, &stderr]
                .iter()
                .any(|bytes| bytes.len() as u64 > *most)
            {
                let kept = most / 1024;
                lane.log(
                    "✂️",
                    format_args!("Cut: the first {kept} KiB of each pipe are kept"),
                );
            }
        }
        if !status.success() {
            // Killed by signal 9 is -9, as in asyncio.
            let code = status.code().or(status.signal().map(|number| -number));
            lane.log(
                "❌",
                format_args!("{prefix}Exit code: {}", code.unwrap_or_default()),
            );
            if !stream {
                lane.log("💬", format_args!("Error: {}", text(cut(&stderr, *most))));
            }
        }
    }
}

/// Without the line's end; what is not UTF-8 becomes `�`.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

fn cut(bytes: &[u8], most: u64) -> &[u8] {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    &bytes[..bytes.len().min(most)]
}

/// Where the shell looks for programs: last beside our own, to find it.
fn search_path() -> Option<OsString> {
    let (path, own) = (env::var_os("PATH")?, env::current_exe().ok()?);
    let beside = own.parent()?.to_owned();
    env::join_paths(env::split_paths(&path).chain(once(beside))).ok()
}
