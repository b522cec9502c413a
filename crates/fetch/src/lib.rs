//! The open web: a capture client that records every byte, the guard that keeps it out of places where it has no
//! business, robots.txt, politeness, and the discovery of what there is to fetch.
//!
//! Only this crate speaks to the open web. It promises that what a server sent is kept as sent, that every URL tried
//! ends with an outcome, that nothing a stranger sends is unbounded in bytes or time, and that no name, redirect or
//! spelling leads it to an address outside the open web unless a [`Door`] was opened for it.

mod address;
mod client;
mod cookies;
pub mod discover;
mod exchange;
mod fetched;
mod gate;
mod guard;
mod judge;
mod limits;
mod polite;
mod resolve;
mod robots;
mod tape;
mod tls;

pub use address::special_kind;
pub use client::{Client, ClientError, ClientOptions, HopPolicy, Request, Unhurried};
pub use fetched::{End, Exchange, Failure, Fetched, Timings, TlsFacts, Truncated};
pub use gate::{GateOptions, HostGate, HostPermit, retry_delay};
pub use guard::{Door, DoorError, Guard, Refusal};
pub use limits::{LimitError, Limits};
pub use polite::{Polite, Visit};
pub use resolve::{Resolve, Resolving, StaticResolver, SystemResolver};
pub use robots::{MAX_ROBOTS_BYTES, RobotsRules, RobotsVerdict, product_token};
pub use tls::operator_tls;
