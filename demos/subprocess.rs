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

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Output, Stdio};
use std::time::Duration;

use futures_util::stream::{StreamExt as _, iter};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::kit::{
    BREAK_IT, ProcessGroup, Result, duration, file_descriptors, search_path, seconds, shell_command,
};

const COMMANDS: [&str; 3] = ["echo 'Hello World'", "asyncdemo --version", "date"];
const STREAMS: [&str; 2] = [
    "for i in 1 2 3; do echo $i; sleep 1; done",
    "for i in a b c; do echo $i; sleep 0.5; done",
];
const FLOODS: [&str; 2] = ["seq 100000", "echo 'Hello World'"];

/// How many bytes are kept of each pipe, and of all pipes together. A command
/// that prints more finds its pipe closed.
const MOST_OUTPUT: u64 = 64 << 20;
const ALL_OUTPUT: u64 = 256 << 20;
/// A longer line is printed in pieces.
const LONGEST_LINE: u64 = 64 << 10;

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
    if options.commands.is_empty() {
        let defaults = match options {
            Options { stream: true, .. } => &STREAMS[..],
            Options {
                pipe_full: true, ..
            } => &FLOODS,
            _ => &COMMANDS,
        };
        options.commands = defaults.iter().map(ToString::to_string).collect();
    }
    let Options {
        stream, pipe_full, ..
    } = options;
    let broken = pipe_full.then_some(Duration::from_secs(1));
    let limit = options.timeout.or(broken).unwrap_or(Duration::MAX);
    // A child takes two pipes, and a descriptor that tells when it ends.
    let at_once = (file_descriptors() / 3).clamp(1, 500);
    let pipes = 2 * at_once.min(options.commands.len()) as u64;
    let most = MOST_OUTPUT.min(ALL_OUTPUT / pipes);

    let running = iter(options.commands).map(|command| {
        let job = Job {
            command,
            stream,
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

async fn run(job: Job, limit: Duration, pipe_full: bool) -> (Job, io::Result<Output>) {
    let result = job.output(limit, pipe_full).await;
    (job, result)
}

struct Job {
    command: String,
    stream: bool,
    most: u64,
}

impl Job {
    async fn output(&self, limit: Duration, pipe_full: bool) -> io::Result<Output> {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", "--", &self.command])
            .envs(search_path().map(|path| ("PATH", path)))
            .stdin(Stdio::null()) // the keyboard stays with this program
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Its own process group: Ctrl-C does not reach it, but a kill reaches all
        // of it. When this future ends or is dropped, none of it is left.
        let mut group = ProcessGroup::start(&mut shell)?;
        let (ended, when) = if pipe_full {
            let ended = timeout(limit, self.wait_then_read(&mut group)).await;
            (ended, ", before its pipes were read")
        } else {
            (
                timeout(limit, self.read_while_waiting(&mut group)).await,
                "",
            )
        };
        let why = match ended {
            Ok(Ok(output)) => return Ok(output),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("timed out after {}{when}", seconds(limit)),
        };
        let killed = group.end().map_or_else(
            |left| format!("; {left}"),
            |()| ", killed with all that it had started".to_owned(),
        );
        Err(io::Error::other(why + &killed))
    }

    /// What `wait_with_output` does, which has no limit on the output.
    async fn read_while_waiting(&self, group: &mut ProcessGroup) -> io::Result<Output> {
        let (stdout, stderr) = (group.child.stdout.take(), group.child.stderr.take());
        let (status, stdout, stderr) =
            tokio::try_join!(group.wait(), self.read(stdout), self.read(stderr))?;
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }

    async fn wait_then_read(&self, group: &mut ProcessGroup) -> io::Result<Output> {
        let (stdout, stderr) = (group.child.stdout.take(), group.child.stderr.take());
        // Missing: try_join!, so that the pipes are read while the child runs
        let status = group.wait().await?;
        let (stdout, stderr) = (self.read(stdout).await?, self.read(stderr).await?);
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }

    /// All that comes out of a pipe; nothing if each line is printed as it comes.
    async fn read(&self, pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
        let (Some(mut pipe), mut bytes) = (pipe.map(BufReader::new), Vec::new()) else {
            return Ok(Vec::new());
        };
        if !self.stream {
            let one_more = self.most + 1; // to know whether there is more
            pipe.take(one_more).read_to_end(&mut bytes).await?;
            return Ok(bytes);
        }
        while (&mut pipe)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut bytes)
            .await?
            > 0
        {
            println!("📨 {}{}", self.prefix(), text(&bytes));
            bytes.clear();
        }
        Ok(bytes)
    }

    fn report(&self, result: io::Result<Output>) {
        let (prefix, most) = (self.prefix(), self.most);
        if !self.stream {
            println!("💻 Command: {}", self.command);
        }
        let Output {
            status,
            stdout,
            stderr,
        } = match result {
            Ok(output) => output,
            Err(error) => return println!("❌ {prefix}Error: {error}"),
        };
        if !self.stream {
            println!("📤 Output: {}", text(cut(&stdout, most)));
            if stdout.len().max(stderr.len()) as u64 > most {
                println!(
                    "✂️  Cut: the first {} KiB of each pipe are kept",
                    most / 1024
                );
            }
        }
        if !status.success() {
            // Killed by signal 9 is -9, as in asyncio.
            let code = status.code().or(status.signal().map(|number| -number));
            println!("❌ {prefix}Exit code: {}", code.unwrap_or_default());
            if !self.stream {
                println!("💬 Error: {}", text(cut(&stderr, most)));
            }
        }
    }

    /// The command's name before each line that is printed as it comes.
    fn prefix(&self) -> String {
        let name: String = self.command.chars().take(20).collect();
        if self.stream {
            format!("[{name}] ")
        } else {
            String::new()
        }
    }
}

/// Without the line break at the end; what is not UTF-8 becomes `�`.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

fn cut(bytes: &[u8], most: u64) -> &[u8] {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    &bytes[..bytes.len().min(most)]
}
