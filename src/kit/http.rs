//! HTTP within one run, on this machine: a small client in the place of reqwest,
//! and where a server listens.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::body::{Body, to_bytes};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, Request, StatusCode};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use tokio::net::{TcpListener, TcpSocket};

use super::processes::file_descriptors;

/// How many new connections may queue; Linux allows no more by default.
const BACKLOG: u32 = 4096;

/// The longest body that is read.
const LONGEST_BODY: usize = 64 << 10;

/// `TcpListener::bind` to a port of 127.0.0.1 that the system picks, but with a
/// longer queue for new connections.
///
/// # Errors
///
/// When the system has no socket or port left.
pub fn listen_locally() -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    socket.listen(BACKLOG)
}

/// How many connections within this process may be open concurrently. Both ends of
/// a connection take a file descriptor here, and closing one takes a moment.
pub fn most_connections() -> usize {
    (file_descriptors() / 4).clamp(1, BACKLOG as usize)
}

/// A client of one server. Its clones share their connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    address: SocketAddr,
    secret: HeaderValue,
    client: legacy::Client<HttpConnector, Body>,
}

/// Why a request gave no value.
#[derive(Debug)]
pub enum HttpFailure {
    /// It took longer than the caller waited.
    TimedOut,
    /// The server answered with a status that is no success.
    Status(StatusCode),
    /// There was no answer, or none that can be read.
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for HttpFailure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

impl HttpClient {
    /// A client of the server at this address, which proves itself with `secret`.
    pub fn new(address: SocketAddr, secret: HeaderValue) -> Self {
        Self {
            address,
            secret,
            client: legacy::Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Requests a JSON value: its head and its whole body.
    ///
    /// # Errors
    ///
    /// When the server answers with another status than success, or not at all.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, HttpFailure> {
        let request = Request::get(format!("http://{}{path}", self.address));
        let request = request.header(AUTHORIZATION, &self.secret);
        let response = self.client.request(request.body(Body::empty())?).await?;
        if !response.status().is_success() {
            return Err(HttpFailure::Status(response.status()));
        }
        let body = to_bytes(Body::new(response.into_body()), LONGEST_BODY).await?;
        Ok(serde_json::from_slice(&body)?)
    }
}
