//! Child processes: run other programs concurrently, and leave none behind.
//!
//! Three commands run concurrently, each in its own shell; their results are
//! printed in the order in which the commands were given. Watch that a command
//! that fails does not affect the others, and with `--stream` how lines arrive
//! as they are written.
//!
//! # Key insight
//!
//! A child process lives outside your program. Dropping its handle does not end
//! it, and killing it does not end the processes that it has started. Read its
//! pipes while you wait for it, give every wait a time limit, and end the whole
//! process group.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `create_subprocess_exec("ls", "/")` | `Command::new("ls").arg("/").spawn()?` |
//! | `create_subprocess_shell(c)` | `Command::new("sh").args(["-c", c]).spawn()?` |
//! | `await process.communicate()` | `child.wait_with_output().await?` with both pipes, or `command.output().await?` |
//! | `async for line in process.stdout` | `BufReader::new(stdout).lines()` and `next_line().await?` |
//! | `await process.wait()` | `child.wait().await?` |
//! | `process.kill()` | `child.kill().await?`; `kill_on_drop(true)` does it when the handle is dropped |
//! | `start_new_session=True`, `os.killpg(…)` | `.process_group(0)`, and `killpg` of the crate `nix` or `rustix` |
//!
//! ```python
//! import asyncio
//! from asyncio.subprocess import PIPE
//!
//!
//! async def run(command):
//!     process = await asyncio.create_subprocess_shell(
//!         command, stdout=PIPE, stderr=PIPE, start_new_session=True)
//!     output, errors = await process.communicate()
//!     return process.returncode, output.decode().rstrip(), errors.decode().rstrip()
//!
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
//!
//! asyncio.run(main())
//! ```
//!
//! # In tokio
//!
//! The recipe does the same by hand: it limits how much it reads, ends
//! everything that a command has started, and can print each line as it comes.
//!
//! ```rust,no_run
//! //! Three commands run concurrently; their results are printed in order.
//!
//! use std::process::Output;
//! use std::time::Duration;
//!
//! use tokio::process::Command;
//! use tokio::time::timeout;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let commands = ["echo 'Hello World'", "asyncdemo --version", "date"];
//!     let running = commands.map(|command| (command, tokio::spawn(run(command))));
//!     for (command, running) in running {
//!         println!("Command: {command}");
//!         let Output {
//!             status,
//!             stdout,
//!             stderr,
//!         } = running.await??;
//!         println!("Output: {}", String::from_utf8_lossy(&stdout).trim_end());
//!         if !status.success() {
//!             println!("Exit code: {}", status.code().unwrap_or(-1));
//!             println!("Error: {}", String::from_utf8_lossy(&stderr).trim_end());
//!         }
//!     }
//!     Ok(())
//! }
//!
//! async fn run(command: &str) -> std::io::Result<Output> {
//!     let mut shell = Command::new("sh");
//!     shell.args(["-c", command]);
//!     shell.kill_on_drop(true); // kills the shell if the time limit drops this future
//!     // Reads stdout and stderr concurrently, and waits for the end.
//!     timeout(Duration::from_secs(10), shell.output()).await?
//! }
//! ```
//!
//! # When to use
//!
//! To use what exists only as a program: compilers, `git`, `ffmpeg`. And to
//! isolate code that can crash or must be killed. If a library does the same, it
//! is faster and its errors are easier to handle.
//!
//! # Pitfalls
//!
//! - Read both pipes while you wait. A child blocks when its pipe is full, at
//!   64 KiB on Linux, and `child.wait()` then never completes (`--pipe-full`).
//!   `wait_with_output` reads both.
//! - Dropping a `Child` lets the process run on, unless `kill_on_drop(true)` is
//!   set. That kills only the process itself, not what it has started.
//! - Killing only the shell leaves its children running, with your pipe open.
//!   Kill the process group. A process can leave its group (`setsid`, `timeout`):
//!   on Linux, a subreaper adopts such processes and can end them too.
//! - A child in the background that reads from the terminal is stopped, and
//!   `wait` never completes. Give it no terminal, or set a time limit.
//! - Wait for every child, including one that you have killed. Until then it is
//!   a zombie and keeps its process ID.
//! - `sleep 9 & echo hi` ends immediately, but its pipe stays open for nine
//!   seconds, because the background process has inherited it.
//! - Each child takes file descriptors: limit how many run concurrently.
//! - A shell command is code. Never build one from input; pass arguments with
//!   `Command::new(program).args(…)`.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo subprocess "ls /" "no-such-program" "exit 3"
//! $ asyncdemo subprocess --stream
//! $ asyncdemo subprocess --timeout 500ms "sleep 60" "echo 'in time'"
//! $ asyncdemo subprocess --pipe-full
//! ```
//!
//! # Read on
//!
//! - tokio: [`tokio::process`](https://docs.rs/tokio/latest/tokio/process/index.html),
//!   [`Child::wait_with_output`](https://docs.rs/tokio/latest/tokio/process/struct.Child.html#method.wait_with_output),
//!   [`Command::kill_on_drop`](https://docs.rs/tokio/latest/tokio/process/struct.Command.html#method.kill_on_drop)
//! - Python: [subprocesses in asyncio](https://docs.python.org/3/library/asyncio-subprocess.html);
//!   `process_group=0` instead of `start_new_session` needs Python 3.11

use std::{io, process::ExitStatus, time::Duration};

use futures_util::stream::{StreamExt as _, iter};
use tokio::io::AsyncRead;
use tokio::time::timeout;

use crate::kit::{BREAK_IT, ProcessGroup, Result, duration, seconds, shell, shell_command};
use crate::kit::{Captured, PipeLines, capture, exit_code, most_children, most_output};

const COMMANDS: [&str; 3] = ["echo 'Hello World'", "asyncdemo --version", "date"];
const STREAMS: [&str; 2] = [
    "for i in 1 2 3; do echo $i; sleep 1; done",
    "for i in a b c; do echo $i; sleep 0.5; done",
];
const FLOODS: [&str; 2] = ["seq 100000", "echo 'Hello World'"];

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Commands for the shell, each in quotes [default: a few harmless ones]
    #[arg(value_name = "COMMAND", value_parser = shell_command)]
    commands: Vec<String>,
    /// Print each line as it arrives, instead of all output at the end
    #[arg(long)]
    stream: bool,
    /// Time limit after which a command is killed, with all that it has started [default: none]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// Wait for each command before reading its pipes, for 1s unless --timeout is given
    #[arg(long, help_heading = BREAK_IT, conflicts_with = "stream")]
    pipe_full: bool,
}

/// Runs all commands concurrently, as many as there are file descriptors for.
pub async fn main(mut options: Options) -> Result {
    let (stream, pipe_full) = (options.stream, options.pipe_full);
    let defaults = match (stream, pipe_full) {
        (true, _) => &STREAMS[..],
        (_, true) => &FLOODS,
        _ => &COMMANDS,
    };
    if options.commands.is_empty() {
        options.commands = defaults.iter().map(ToString::to_string).collect();
    }
    let broken = pipe_full.then_some(Duration::from_secs(1));
    let limit = options.timeout.or(broken).unwrap_or(Duration::MAX);
    let at_once = most_children(options.commands.len());
    let most = most_output(at_once);

    let running = iter(options.commands).map(|command| {
        let prefix = stream.then(|| format!("[{command:.20}] "));
        let job = Job {
            command,
            prefix,
            most,
        };
        tokio::spawn(run(job, limit, pipe_full))
    });
    let mut ended = if stream {
        running.buffer_unordered(at_once).boxed()
    } else {
        running.buffered(at_once).boxed() // they run concurrently, and come out in order
    };
    while let Some(job) = ended.next().await {
        let (job, result) = job?;
        job.report(result); // an error is printed, and the other commands go on
    }
    Ok(())
}

async fn run(job: Job, limit: Duration, pipe_full: bool) -> (Job, io::Result<Ended>) {
    let result = job.output(limit, pipe_full).await;
    (job, result)
}

struct Job {
    command: String,
    prefix: Option<String>, // of each line, if lines are printed as they come
    most: u64,              // bytes of each pipe that are kept
}

type Ended = (ExitStatus, Captured, Captured); // what came out of stdout and stderr

impl Job {
    async fn output(&self, limit: Duration, pipe_full: bool) -> io::Result<Ended> {
        // Its own process group: Ctrl-C does not reach it, but ending this future kills all of it.
        let mut group = ProcessGroup::start(&mut shell(&self.command))?;
        let ended = if pipe_full {
            timeout(limit, self.wait_then_read(&mut group)).await
        } else {
            timeout(limit, self.read_while_waiting(&mut group)).await
        };
        let when = pipe_full.then_some(", before its pipes were read");
        let (limit, when) = (seconds(limit), when.unwrap_or_default());
        let why = format!("timed out after {limit}{when}");
        let ended = ended.unwrap_or_else(|_| Err(io::Error::other(why)));
        ended.map_err(|error| group.kill(&error))
    }

    /// What `wait_with_output` does, which has no limit on the output.
    async fn read_while_waiting(&self, group: &mut ProcessGroup) -> io::Result<Ended> {
        let (stdout, stderr) = (group.child.stdout.take(), group.child.stderr.take());
        tokio::try_join!(group.wait(), self.read(stdout), self.read(stderr))
    }

    async fn wait_then_read(&self, group: &mut ProcessGroup) -> io::Result<Ended> {
        let (stdout, stderr) = (group.child.stdout.take(), group.child.stderr.take());
        // Missing: try_join!, so that the pipes are read while the child runs
        let status = group.wait().await?;
        Ok((status, self.read(stdout).await?, self.read(stderr).await?))
    }

    /// All that comes out of a pipe; nothing if each line is printed as it comes.
    async fn read(&self, pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Captured> {
        let Some(prefix) = &self.prefix else {
            return capture(pipe, self.most).await;
        };
        let mut lines = PipeLines::of(pipe);
        while let Some(line) = lines.next_line().await? {
            println!("📨 {prefix}{line}");
        }
        Ok(Captured::default())
    }

    fn report(&self, result: io::Result<Ended>) {
        let (whole, prefix) = (self.prefix.is_none(), self.prefix.as_deref().unwrap_or(""));
        if whole {
            println!("💻 Command: {}", self.command);
        }
        let (status, stdout, stderr) = match result {
            Ok(ended) => ended,
            Err(error) => return println!("❌ {prefix}Error: {error}"),
        };
        if whole {
            println!("📤 Output: {}", stdout.text);
        }
        if stdout.cut || stderr.cut {
            let kept = self.most / 1024;
            println!("✂️  Cut: the first {kept} KiB of each pipe are kept");
        }
        if !status.success() {
            println!("❌ {prefix}Exit code: {}", exit_code(status));
            if whole {
                println!("💬 Error: {}", stderr.text);
            }
        }
    }
}
