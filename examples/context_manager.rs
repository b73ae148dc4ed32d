//! A connection that is closed whatever happens to the code that uses it.

use std::error::Error;
use std::time::Duration;

use tokio::time::sleep;

#[tokio::main]
async fn main() {
    let query = async |connection: &Connection| connection.query("SELECT * FROM users").await;
    if let Err(error) = with_connection(query).await {
        println!("Caught: {error}");
    }
}

/// What `async with` is: acquires, lets `work` use it, releases.
async fn with_connection<T>(
    work: impl AsyncFnOnce(&Connection) -> Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let connection = Connection::open().await;
    // No `?` here: the connection is closed after an error as well.
    let result = work(&connection).await;
    connection.close().await;
    result
}

struct Connection;

impl Connection {
    async fn open() -> Self {
        println!("Connecting...");
        sleep(Duration::from_secs(1)).await;
        println!("Connected");
        Self
    }

    async fn query(&self, text: &str) -> Result<(), Box<dyn Error>> {
        sleep(Duration::from_millis(100)).await;
        println!("Result of: {text}");
        Ok(())
    }

    /// Takes the connection itself: a closed one cannot be used any more.
    async fn close(self) {
        println!("Disconnecting...");
        sleep(Duration::from_millis(500)).await;
        println!("Disconnected");
    }
}
