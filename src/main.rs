//! `asyncdemo`: see [`asyncdemo::cli`] for what it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    asyncdemo::cli::main(std::env::args_os())
}
