//! An async function prints a word, pauses and prints another.

use std::time::Duration;

use tokio::time::sleep;

#[tokio::main]
async fn main() {
    hello(Duration::from_secs(1)).await;
}

async fn hello(pause: Duration) {
    println!("Hello"); // the first poll runs up to the first .await
    sleep(pause).await;
    println!("World"); // the next poll continues here: the future kept its local variables
}
