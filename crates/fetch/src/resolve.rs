//! Names to addresses. What a name resolves to is not trusted: the guard sees every address before it is used.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs as _};
use std::pin::Pin;

use tokio::sync::oneshot;

/// The most addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 16;

/// The answer of a resolver, when it comes.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Something that finds the addresses of a name.
pub trait Resolve: Send + Sync {
    /// The addresses of `host`, in the order to try them.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// The operating system's resolver. Each name has a thread of its own while it is looked up: names whose servers are
/// silent for long then hold up neither other names nor what else has to wait for the system.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let name = host.to_owned();
            let (answer, answered) = oneshot::channel();
            std::thread::Builder::new().name("resolve".to_owned()).spawn(move || {
                // Whoever no longer waits does not need the answer.
                let _ = answer.send(look_up(&name));
            })?;
            answered.await.map_err(|_| io::Error::other("the resolver broke down"))?
        })
    }
}

fn look_up(name: &str) -> io::Result<Vec<IpAddr>> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where names are resolved")]
    let found = (name, 0).to_socket_addrs()?;
    Ok(found.map(|address| address.ip()).take(MAX_ADDRESSES).collect())
}

/// A resolver that knows only the names it was given: for tests, and for hosts pinned by the operator.
#[derive(Debug, Default, Clone)]
pub struct StaticResolver(HashMap<String, Vec<IpAddr>>);

impl StaticResolver {
    /// A resolver with these names.
    pub fn new(names: impl IntoIterator<Item = (String, Vec<IpAddr>)>) -> Self {
        Self(names.into_iter().collect())
    }
}

impl Resolve for StaticResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        let found = self.0.get(host).cloned();
        Box::pin(async move {
            found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name is not known"))
        })
    }
}

/// `localhost` and everything below it is this machine, without asking anybody (RFC 6761, section 6.3).
pub(crate) fn localhost(host: &str) -> Option<Vec<IpAddr>> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let local = host == "localhost" || host.ends_with(".localhost");
    local.then(|| vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_needs_no_resolver() {
        assert!(localhost("localhost").is_some() && localhost("union.localhost.").is_some());
        assert!(localhost("notlocalhost").is_none() && localhost("localhost.example.org").is_none());
    }
}
