//! The same tasks on a current-thread and on a multi-threaded runtime.

use std::cell::Cell;
use std::error::Error;
use std::rc::Rc;

use tokio::runtime::Builder;
use tokio::task::{JoinError, LocalSet, block_in_place, spawn_local};

fn main() -> Result<(), Box<dyn Error>> {
    println!("Runtime: current-thread");
    let one = Builder::new_current_thread().enable_all().build()?;
    one.block_on(square_all())?;

    println!("Runtime: multi-thread"); // what `#[tokio::main]` builds
    let many = Builder::new_multi_thread().enable_all().build()?;
    many.block_on(square_all())?;
    let sum = many.block_on(many.spawn(compute()))?;
    println!("block_in_place returned {sum}");

    println!("Runtime: local");
    let counted = LocalSet::new().block_on(&one, count())?;
    println!("3 tasks counted to {counted} without a lock");
    Ok(())
}

async fn square_all() -> Result<(), JoinError> {
    let tasks = [1, 2, 3].map(|number| tokio::spawn(square(number)));
    for (number, task) in (1..).zip(tasks) {
        println!("Task {number} returned {}", task.await?); // in the order of the awaits
    }
    Ok(())
}

async fn square(number: u64) -> u64 {
    println!("Task {number} started"); // on several threads: in any order
    number * number
}

/// Blocks its thread, whose other tasks move to another one.
async fn compute() -> u64 {
    block_in_place(|| (0..1000).map(|number| number * number).sum())
}

async fn count() -> Result<u64, JoinError> {
    let counter = Rc::new(Cell::new(0)); // neither is `Send`
    let tasks = [(); 3].map(|()| spawn_local(increment(Rc::clone(&counter))));
    for task in tasks {
        task.await?;
    }
    Ok(counter.get())
}

async fn increment(counter: Rc<Cell<u64>>) {
    counter.set(counter.get() + 1); // no `.await` in between: no other task runs
}
