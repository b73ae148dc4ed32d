//! The server of `http` and programs on this machine that are not its client.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

use crate::run::{BOUND, within};
use crate::running::{Running, texts};

/// The port on which a process listens, as soon as it does.
fn port_of(process: u32) -> u16 {
    loop {
        let entries = fs::read_dir(format!("/proc/{process}/fd")).expect("it is alive");
        let links = entries
            .flatten()
            .filter_map(|it| fs::read_link(it.path()).ok());
        let sockets: Vec<_> = links.map(|link| link.display().to_string()).collect();
        let table = fs::read_to_string("/proc/net/tcp").expect("the sockets");
        for line in table.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            let listens = fields[3] == "0A";
            if listens && sockets.contains(&format!("socket:[{}]", fields[9])) {
                let (_, port) = fields[1].split_once(':').expect("an address");
                return u16::from_str_radix(port, 16).expect("a port");
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn foreign_clients_neither_count_nor_hold_up_the_end() {
    for clock in ["real", "virtual"] {
        let (status, log, answers) = within(BOUND, move || {
            // The first line comes when the server listens, at the pace of the
            // real clock on both.
            let words = "http --requests 2 --limit 1 --latency 700ms --clock";
            let pace: &[&str] = if clock == "virtual" {
                &["--pace", "1"]
            } else {
                &[]
            };
            let words = words.split(' ').chain([clock]).chain(pace.iter().copied());
            let run = Running::of(words);
            let port = port_of(run.child.id());
            let connect = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("a server");
            let send = |request: &[u8]| {
                let mut client = connect();
                client.write_all(request).expect("it reads");
                client
            };
            let _silent = connect();
            let _half = send(b"GET /item/1 HT");
            let _endless = send(b"POST /item/1 HTTP/1.1\r\nContent-Length: 1000000\r\n\r\nx");
            let foreign: Vec<_> = (0..8)
                .map(|_| send(b"GET /item/1 HTTP/1.0\r\nAuthorization: 1\r\n\r\n"))
                .collect();
            let ended = run.ends();
            let answers: Vec<_> = foreign
                .into_iter()
                .map(|mut client| {
                    let mut answer = String::new();
                    client.read_to_string(&mut answer).expect("an answer");
                    answer
                })
                .collect();
            (ended.status, ended.log, answers)
        });
        assert_eq!(status.code(), Some(0), "{log}");
        let texts = texts(&log);
        assert_eq!(texts.last(), Some(&"2 responses, at most 1 at once"));
        assert_eq!(texts.len(), 5, "{log}");
        for answer in answers {
            assert!(answer.starts_with("HTTP/1.0 403 "), "{clock}: {answer}");
        }
    }
}
