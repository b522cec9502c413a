//! Helpers of the end-to-end tests: the real binaries in a folder of their own, servers to crawl, and the tools that
//! others wrote.
//!
//! The tests themselves are in `tests/suite`. They use the programs as an operator does: configuration files,
//! arguments, exit codes and output. They call no library of the project, so that they say what a user would see;
//! the demo site is the one exception, because its table of pages is what captures are compared with.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a helper that fails has failed its test; tests write files and open connections of their own"
)]

mod authority;
mod binaries;
mod browser;
mod home;
mod identity;
pub mod pki;
mod python;
mod ran;
mod server;
mod site;
mod waiting;

pub use authority::{Answers, TimeAuthority};
pub use binaries::{binary, extract_corpus, repository};
pub use browser::browser;
pub use home::{Home, Running, config_for};
pub use identity::Identity;
pub use python::{python, tool};
pub use ran::Ran;
pub use server::{Request, Server, finish, html, listen, read_request, reply, send};
pub use site::Site;
pub use waiting::{next_second, wait_until};
