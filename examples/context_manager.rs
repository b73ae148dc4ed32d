//! A connection is opened, used and closed, even if its use fails.

use std::error::Error;
use std::time::Duration;

use tokio::time::sleep;

type Result<T = (), E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

#[tokio::main]
async fn main() -> Result {
    with_connection(async |connection| {
        let result = connection.query("SELECT * FROM users").await?; // leaves only this closure
        println!("{result}");
        Ok(())
    })
    .await
}

async fn with_connection<T>(body: impl AsyncFnOnce(&Connection) -> Result<T>) -> Result<T> {
    let connection = Connection::open().await;
    let result = body(&connection).await; // no `?` here: close first
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

    async fn query(&self, text: &str) -> Result<String> {
        sleep(Duration::from_millis(100)).await;
        Ok(format!("Result of: {text}"))
    }

    /// Takes the connection itself, so that a closed one cannot be used.
    async fn close(self) {
        println!("Disconnecting...");
        sleep(Duration::from_millis(500)).await;
        println!("Disconnected");
    }
}
