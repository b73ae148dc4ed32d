//! `asyncdemo`: see [`asyncdemo::cli`] for what may be typed.

use std::process::ExitCode;

fn main() -> ExitCode {
    asyncdemo::cli::main(std::env::args_os())
}
