//! A client, and its tests: `cargo add --dev tokio --features test-util`, `cargo test`.

use std::{io, time::Duration};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};
use tokio::time::{Instant, sleep};

#[tokio::main]
async fn main() -> io::Result<()> {
    let (client, server) = duplex(64); // in memory: no port, no network
    let serving = tokio::spawn(answer(server, vec!["no", "yes"]));
    println!("Ready after {:?}", wait_until_ready(client).await?);
    serving.await?
}

/// The code under test: asks again after 1 s, 2 s, 4 s and so on.
async fn wait_until_ready(server: DuplexStream) -> io::Result<Duration> {
    let (started, mut server) = (Instant::now(), BufReader::new(server));
    let mut pause = Duration::from_secs(1);
    loop {
        server.write_all(b"ready?\n").await?;
        let mut answer = String::new();
        server.read_line(&mut answer).await?;
        if answer == "yes\n" {
            return Ok(started.elapsed()); // tokio's `Instant`: the test's clock
        }
        sleep(pause).await;
        pause *= 2;
    }
}

/// The mock server: expects a question for each of its answers.
async fn answer(client: DuplexStream, answers: Vec<&str>) -> io::Result<()> {
    let mut client = BufReader::new(client);
    for answer in answers {
        let mut question = String::new();
        client.read_line(&mut question).await?;
        assert_eq!(question, "ready?\n");
        client.write_all(format!("{answer}\n").as_bytes()).await?;
    }
    Ok(())
}

#[cfg(test)]
#[tokio::test(start_paused = true)]
async fn it_asks_until_the_server_is_ready() {
    let (client, server) = duplex(64);
    let serving = tokio::spawn(answer(server, vec!["no", "no", "no", "yes"]));
    let took = wait_until_ready(client).await.expect("an answer");
    assert_eq!(took, Duration::from_secs(1 + 2 + 4)); // exactly, and immediately
    serving.await.expect("no panic").expect("no error"); // or its assertions are lost
}

#[cfg(test)]
#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_takes_an_hour() {
    let (client, _server) = duplex(64);
    let waiting = tokio::time::timeout(Duration::from_secs(3600), wait_until_ready(client));
    waiting.await.expect_err("no answer");
}
