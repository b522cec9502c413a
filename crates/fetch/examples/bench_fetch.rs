//! Measures the capture client against a server in the same process: `bench_fetch [PAGES]`. Prints CPU time per page
//! for fetching and splitting, the server's own share included.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring tool")]

use std::sync::Arc;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vidimus_fetch::{Client, ClientOptions, Guard, Request};
use vidimus_snapshot::SystemClock;

const PAGE: usize = 80_000;

async fn serve(listener: tokio::net::TcpListener) {
    let mut answer =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {PAGE}\r\n\r\n").into_bytes();
    answer.resize(answer.len() + PAGE, b'x');
    let answer = Arc::new(answer);
    while let Ok((mut stream, _)) = listener.accept().await {
        let answer = answer.clone();
        tokio::spawn(async move {
            let mut block = [0_u8; 2048];
            let _ = stream.read(&mut block).await;
            let _ = stream.write_all(&answer).await;
        });
    }
}

/// User and system time of this process in milliseconds, where /proc tells it.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) * 10.0
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pages: usize = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(2000);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(serve(listener));
    let mut options = ClientOptions::new("Vidimus-Bench/0.1");
    options.guard = Guard::new(vec![format!("127.0.0.1/32:{port}").parse().unwrap()], Vec::new());
    let client = Client::new(options, Arc::new(SystemClock)).unwrap();
    let request = Request::new(format!("http://127.0.0.1:{port}/").parse().unwrap());
    let (start, cpu) = (Instant::now(), cpu_ms());
    let mut bytes = 0_usize;
    for _ in 0..pages {
        let fetched = client.fetch(&request).await;
        bytes += fetched.exchanges[0].split().unwrap().body().len();
    }
    let per_page = (cpu_ms() - cpu) / pages as f64;
    println!(
        "{pages} pages, {bytes} bytes, {per_page:.3} CPU-ms a page, {:.1} s",
        start.elapsed().as_secs_f64()
    );
}
