//! `asyncdemo`: see [`asyncdemo::cli`] for what it does.

use std::process::ExitCode;

/// A million tasks are a million allocations of one size: this allocator takes
/// two thirds of the time and the memory that the system's takes.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    asyncdemo::cli::main(std::env::args_os())
}
