//! Ten HTTP requests to a small server, three of them concurrently.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
static PRESENT: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// One thread, so that the requests are sent in the order of their numbers.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(answer(client));
        }
    });
    let permits = Arc::new(Semaphore::new(3));
    let mut requests = JoinSet::new();
    for number in 1..=10 {
        requests.spawn(request(number, address, Arc::clone(&permits)));
    }
    let ended = requests.join_all().await;
    let responses = ended.iter().filter(|result| result.is_ok()).count();
    println!("{responses} responses, at most {MOST:?} at once");
    Ok(())
}

async fn answer(mut client: TcpStream) -> Result<()> {
    let _length = client.read(&mut [0; 1024]).await?; // the request fits into one packet
    MOST.fetch_max(PRESENT.fetch_add(1, Relaxed) + 1, Relaxed);
    sleep(Duration::from_millis(100)).await;
    PRESENT.fetch_sub(1, Relaxed);
    Ok(client.write_all(b"HTTP/1.0 200 OK\r\n\r\n{}").await?)
}

async fn request(number: usize, address: SocketAddr, permits: Arc<Semaphore>) -> Result<()> {
    let _permit = permits.acquire().await?;
    let (path, asked) = (format!("/item/{number}"), Instant::now());
    println!("GET {path}");
    let mut server = TcpStream::connect(address).await?;
    let get = format!("GET {path} HTTP/1.0\r\n\r\n").into_bytes();
    server.write_all(&get).await?;
    let mut text = String::new();
    timeout(Duration::from_secs(1), server.read_to_string(&mut text)).await??;
    let status = text.split(' ').nth(1).ok_or("not an HTTP response")?;
    let took = asked.elapsed().as_millis() / 10 * 10; // to 10 ms: the clock is real
    println!("{status} {path} in {took} ms");
    Ok(())
}
