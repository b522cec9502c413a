//! The address guard: which URLs and addresses the client may speak to.
//!
//! Only `http` and `https`, only the ports 80 and 443 (and those the configuration adds), only global unicast
//! addresses. A [`Door`] opens one network and port by name; there is no switch that turns the guard off. The client
//! asks the guard about the URL, about every resolved address, and again at every redirect, and connects to the very
//! address that was asked about.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;
use thiserror::Error;
use url::{Host, Url};

use crate::address::special_kind;

/// Why a URL was not asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Another scheme than `http` or `https`.
    #[error("'{scheme}:' addresses are not fetched, only http and https")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// A URL without a host.
    #[error("the URL names no host")]
    NoHost,
    /// A port that is neither 80 nor 443 nor opened.
    #[error(
        "port {port} of {host} is not open to this archive: add {port} to allow_ports or, for a machine of your own, \"ADDRESS/32:{port}\" to allow_net"
    )]
    Port {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// An address that is not part of the open web.
    #[error("{}{kind}, which is not part of the open web; {}", subject(host, *address), way_out(*redirected))]
    Address {
        /// The host as the URL names it.
        host: String,
        /// The address that was refused.
        address: IpAddr,
        /// What sort of address it is.
        kind: &'static str,
        /// Whether a redirect led there.
        redirected: bool,
    },
    /// The host's robots.txt forbids the URL.
    #[error("robots.txt of {host} says to '{agent}': {rule}")]
    Robots {
        /// The host.
        host: String,
        /// The product token that the rules were read for.
        agent: String,
        /// The rule that decided, with its line.
        rule: String,
    },
    /// The host's robots.txt could not be had, so that nothing is allowed.
    #[error("robots.txt of {host} could not be had ({why}), so nothing there is fetched for now")]
    RobotsUnreachable {
        /// The host.
        host: String,
        /// Why not.
        why: String,
    },
    /// The host asked to be left alone for longer than the caller would wait.
    #[error("{host} is to be left alone for another {seconds} s")]
    BackOff {
        /// The host.
        host: String,
        /// For how many seconds more.
        seconds: u64,
    },
    /// All connections that a host may have were in use for longer than the caller would wait.
    #[error("no turn with {host} came up within {seconds} s: other fetches from it were under way")]
    Busy {
        /// The host.
        host: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The host said so often that it is too much that it is asked no more.
    #[error(
        "{host} answered {refusals} times in a row that it is too much (429 or 503), so it is left alone for the rest of this run"
    )]
    GivenUp {
        /// The host.
        host: String,
        /// How often it said so.
        refusals: u32,
    },
    /// The run was asked to stop before the host's turn came.
    #[error("the run was asked to stop before {host} was asked")]
    Stopped {
        /// The host.
        host: String,
    },
}

/// What the sentence is about: a name and its address, or an address alone.
fn subject(host: &str, address: IpAddr) -> String {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if bare == address.to_string() { format!("{address} is ") } else { format!("{host} is at {address}, ") }
}

/// What can be done: a stranger's redirect is no reason to open a door.
fn way_out(redirected: bool) -> &'static str {
    if redirected { "a redirect led there, and is not followed" } else { "allow_net can open it" }
}

impl Refusal {
    /// The same refusal, met where a redirect led.
    pub(crate) fn after_redirect(self) -> Self {
        match self {
            Self::Address { host, address, kind, .. } => {
                Self::Address { host, address, kind, redirected: true }
            }
            other => other,
        }
    }

    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Scheme { .. } => "scheme",
            Self::NoHost => "no-host",
            Self::Port { .. } => "port",
            Self::Address { .. } => "address",
            Self::Robots { .. } => "robots",
            Self::RobotsUnreachable { .. } => "robots-unreachable",
            Self::BackOff { .. } => "back-off",
            Self::Busy { .. } => "host-busy",
            Self::GivenUp { .. } => "given-up",
            Self::Stopped { .. } => "stopped",
        }
    }
}

/// An opening in the guard: one network, and one port or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Door {
    /// The network.
    pub net: IpNet,
    /// The port; `None` for every port.
    pub port: Option<u16>,
}

impl Door {
    /// Whether the door leads to this address.
    pub fn admits(&self, address: SocketAddr) -> bool {
        self.net.contains(&address.ip().to_canonical()) && self.port.is_none_or(|port| port == address.port())
    }
}

/// Why a text names no door.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{text}' is no CIDR:PORT ({why}); write it like 127.0.0.1/32:8080, [::1]/128:443 or 10.1.0.0/16:*")]
pub struct DoorError {
    text: String,
    why: &'static str,
}

impl FromStr for Door {
    type Err = DoorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |why| DoorError { text: text.to_owned(), why };
        let (net, port) = text.trim().rsplit_once(':').ok_or_else(|| error("the port is missing"))?;
        let port = match port {
            "*" => None,
            digits => match digits.parse::<u16>() {
                Ok(port) if port != 0 => Some(port),
                _ => return Err(error("the port is neither a number from 1 to 65535 nor '*'")),
            },
        };
        let bracketed = net.starts_with('[');
        if net.contains(':') && !bracketed {
            return Err(error("an IPv6 address needs square brackets"));
        }
        let net = net.replace(['[', ']'], "");
        let parsed = net.parse::<IpNet>().or_else(|_| net.parse::<IpAddr>().map(IpNet::from));
        let net =
            parsed.map_err(|_| error("what stands before the port is neither a network nor an address"))?;
        Ok(Self { net: net.trunc(), port })
    }
}

impl std::fmt::Display for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.net {
            IpNet::V4(net) => write!(f, "{net}:")?,
            IpNet::V6(net) => write!(f, "[{}]/{}:", net.addr(), net.prefix_len())?,
        }
        match self.port {
            Some(port) => write!(f, "{port}"),
            None => f.write_str("*"),
        }
    }
}

/// The guard itself.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    doors: Vec<Door>,
    ports: Vec<u16>,
}

impl Guard {
    /// A guard with these doors, and with these ports open beside 80 and 443 on the open web.
    pub fn new(doors: Vec<Door>, extra_ports: Vec<u16>) -> Self {
        Self { doors, ports: extra_ports }
    }

    /// Checks what can be told from the URL alone, before any name is resolved; gives back its host and port.
    pub fn check_url<'u>(&self, url: &'u Url) -> Result<(Host<&'u str>, u16), Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme { scheme: url.scheme().to_owned() });
        }
        let host = url.host().ok_or(Refusal::NoHost)?;
        let port = url.port_or_known_default().unwrap_or(0);
        let literal = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        match literal {
            Some(address) => {
                self.check_address(&host.to_string(), SocketAddr::new(address, port))?;
            }
            None if !self.port_is_open(port) && !self.a_door_has(port) => {
                return Err(Refusal::Port { host: host.to_string(), port });
            }
            None => {}
        }
        Ok((host, port))
    }

    /// Checks one address that `host` resolved to; gives it back in its plainest form (a mapped address as IPv4).
    pub fn check_address(&self, host: &str, address: SocketAddr) -> Result<SocketAddr, Refusal> {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        if self.doors.iter().any(|door| door.admits(address)) {
            return Ok(address);
        }
        if let Some(kind) = special_kind(address.ip()) {
            return Err(Refusal::Address {
                host: host.to_owned(),
                address: address.ip(),
                kind,
                redirected: false,
            });
        }
        if !self.port_is_open(address.port()) {
            return Err(Refusal::Port { host: host.to_owned(), port: address.port() });
        }
        Ok(address)
    }

    fn port_is_open(&self, port: u16) -> bool {
        matches!(port, 80 | 443) || self.ports.contains(&port)
    }

    fn a_door_has(&self, port: u16) -> bool {
        self.doors.iter().any(|door| door.port.is_none_or(|p| p == port))
    }
}

#[cfg(test)]
mod tables;

#[cfg(test)]
mod tests {
    use super::*;

    fn code(guard: &Guard, url: &str) -> &'static str {
        guard.check_url(&Url::parse(url).unwrap()).map_or_else(|refusal| refusal.code(), |_| "ok")
    }

    #[test]
    fn literals_are_seen_through_in_every_spelling() {
        let guard = Guard::default();
        for url in [
            "http://127.0.0.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://017700000001/",
            "http://127.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::127.0.0.1]/",
            "http://①②⑦.0.0.1/",
            "http://169.254.169.254/latest/",
            "http://0/",
            "https://127.0.0.1:8443/",
        ] {
            assert_eq!(code(&guard, url), "address", "{url}");
        }
    }

    #[test]
    fn schemes_and_ports() {
        let guard = Guard::new(vec!["10.0.0.0/8:9000".parse().unwrap()], vec![8080]);
        assert_eq!(code(&guard, "file:///etc/passwd"), "scheme");
        assert_eq!(code(&guard, "ftp://example.org/"), "scheme");
        assert_eq!(code(&guard, "data:,x"), "scheme");
        assert_eq!(code(&guard, "http://example.org:8080/"), "ok");
        assert_eq!(code(&guard, "http://example.org:22/"), "port");
        assert_eq!(code(&guard, "http://example.org:9000/"), "ok", "its addresses decide");
        assert_eq!(code(&guard, "http://1.1.1.1:9000/"), "port");
        assert_eq!(code(&guard, "http://10.2.3.4:9000/"), "ok");
        assert_eq!(code(&guard, "http://10.2.3.4:80/"), "address");
    }

    #[test]
    fn doors_are_read_and_written() {
        for text in ["127.0.0.1/32:8080", "[::1]/128:443", "10.1.0.0/16:*"] {
            assert_eq!(text.parse::<Door>().unwrap().to_string(), text);
        }
        assert_eq!("127.0.0.1:80".parse::<Door>().unwrap().to_string(), "127.0.0.1/32:80");
        assert_eq!("10.1.2.3/16:80".parse::<Door>().unwrap().to_string(), "10.1.0.0/16:80");
        for (text, why) in [
            ("127.0.0.1/32", "port is missing"),
            ("127.0.0.1/32:0", "1 to 65535"),
            ("127.0.0.1/32:http", "1 to 65535"),
            ("::1/128:80", "square brackets"),
            ("localhost:80", "neither a network"),
            ("127.0.0.1/33:80", "neither a network"),
        ] {
            let error = text.parse::<Door>().unwrap_err().to_string();
            assert!(error.contains(why) && error.contains(text), "{error}");
        }
    }

    #[test]
    fn a_door_opens_nothing_beside_itself() {
        let guard = Guard::new(vec!["127.0.0.1/32:8080".parse().unwrap()], Vec::new());
        let check = |text: &str| guard.check_address("h", text.parse().unwrap()).is_ok();
        assert!(check("127.0.0.1:8080") && check("[::ffff:127.0.0.1]:8080") && check("1.1.1.1:443"));
        assert!(!check("127.0.0.2:8080") && !check("127.0.0.1:8081") && !check("1.1.1.1:8080"));
    }
}
