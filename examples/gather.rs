//! Three requests run concurrently; their responses are printed in the order of the requests.

use std::error::Error;
use std::time::Duration;

use tokio::time::sleep;

type Result<T = (), E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

#[tokio::main]
async fn main() -> Result {
    let mut requests = Vec::new();
    for number in 1..=3 {
        requests.push(tokio::spawn(fetch(number))); // all of them run from here on
    }
    let mut responses = Vec::new();
    for request in requests {
        responses.push(request.await??); // in input order, whichever was fastest
    }
    for response in responses {
        println!("{response}");
    }
    Ok(())
}

async fn fetch(number: u32) -> Result<String> {
    sleep(Duration::from_millis(500) * (number - 1)).await;
    Ok(format!("Response from site{number}.com"))
}
