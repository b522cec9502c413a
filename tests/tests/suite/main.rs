//! The end-to-end tests: one program, so that it is linked once; one module for each promise of the project.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests fail loudly, and make the folders and files they try things on"
)]

mod anchoring;
mod backups;
mod bad_servers;
mod bundles;
mod citations;
mod common;
mod config;
mod conformance;
mod corpus;
mod dedup;
mod demo;
mod discovery;
mod disks;
mod export;
mod extraction;
mod figures;
mod fixity;
mod health;
mod hooks;
mod house;
mod import;
mod import_odd;
mod kinds;
mod ledger;
mod politeness;
mod readers;
mod rebuild;
mod regression;
mod reports;
mod reposts;
mod results;
mod resume;
mod robustness;
mod safety;
mod saved_searches;
mod schedules;
mod search;
mod takedown;
mod tampering;
mod texts;
mod timestamps;
mod tlog;
mod traps;
mod verify;
mod versions;
mod wire;
mod witnessed;
