//! Three commands run concurrently; their results are printed in order.

use std::process::Output;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let commands = ["echo 'Hello World'", "asyncdemo --version", "date"];
    let running = commands.map(|command| (command, tokio::spawn(run(command))));
    for (command, running) in running {
        println!("Command: {command}");
        let Output {
            status,
            stdout,
            stderr,
        } = running.await??;
        println!("Output: {}", String::from_utf8_lossy(&stdout).trim_end());
        if !status.success() {
            println!("Exit code: {}", status.code().unwrap_or(-1));
            println!("Error: {}", String::from_utf8_lossy(&stderr).trim_end());
        }
    }
    Ok(())
}

async fn run(command: &str) -> std::io::Result<Output> {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell.kill_on_drop(true); // kills the shell if the time limit drops this future
    // Reads stdout and stderr concurrently, and waits for the end.
    timeout(Duration::from_secs(10), shell.output()).await?
}
