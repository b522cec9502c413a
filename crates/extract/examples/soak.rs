//! Reads generated pages for a long time and stops at the first that breaks a promise: no panic, the same result twice,
//! blocks within their budget, every output made, text in NFC and taken from the page.
//!
//! `soak [--minutes N] [--seed S] [--one SEED]`; the seed of a broken page is printed, and `--one` reads it again.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program speaks through its streams"
)]

#[path = "../tests/soup/mod.rs"]
mod soup;

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Seconds after which a page counts as one that never ends.
const PATIENCE: u32 = 120;

/// The seed of the page that is being read.
static CURRENT: AtomicU64 = AtomicU64::new(0);

/// Ends the program when one page takes for ever, which no check of its result could find.
#[allow(clippy::exit, reason = "the thread that hangs cannot be asked to return")]
fn watch() {
    let (mut last, mut same) = (0, 0);
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let now = CURRENT.load(Ordering::Relaxed);
        same = if now == last { same + 1 } else { 0 };
        last = now;
        if same > PATIENCE {
            println!("seed {now}: not read within {PATIENCE} s");
            std::process::exit(1);
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |flag: &str| {
        let at = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    if let Some(seed) = value("--one") {
        let page = soup::page(seed);
        println!("{}", String::from_utf8_lossy(&page));
        return soup::check(&page).map_err(Into::into);
    }
    std::thread::spawn(watch);
    let minutes = value("--minutes").unwrap_or(1);
    let mut seed = value("--seed").unwrap_or(1);
    let (start, mut told) = (Instant::now(), Instant::now());
    let (mut pages, mut bytes, mut slowest, mut broken) = (0_u64, 0_usize, (Duration::ZERO, 0), 0_u32);
    while start.elapsed() < Duration::from_secs(minutes * 60) {
        CURRENT.store(seed, Ordering::Relaxed);
        let page = soup::page(seed);
        let began = Instant::now();
        // A panic is found too: it is caught, told with its seed, and the run goes on.
        let result = std::panic::catch_unwind(|| soup::check(&page));
        match result {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => {
                broken += 1;
                println!("seed {seed}: {reason}");
            }
            Err(_) => {
                broken += 1;
                println!("seed {seed}: panicked");
            }
        }
        if began.elapsed() > slowest.0 {
            slowest = (began.elapsed(), seed);
        }
        pages += 1;
        bytes += page.len();
        seed = seed.wrapping_add(1);
        if told.elapsed() > Duration::from_secs(60) {
            told = Instant::now();
            println!(
                "{} min: {pages} pages, {} MB, {broken} broken",
                start.elapsed().as_secs() / 60,
                bytes / 1_000_000
            );
        }
    }
    println!(
        "{pages} pages, {} MB, {} s, {broken} broken; the slowest, seed {}, took {} ms",
        bytes / 1_000_000,
        start.elapsed().as_secs(),
        slowest.1,
        slowest.0.as_millis()
    );
    if broken > 0 { Err(format!("{broken} pages broke a promise").into()) } else { Ok(()) }
}
