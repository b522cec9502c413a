//! Speaking HTTP to what the operator configured: a webhook, time authorities. What strangers send goes through the capture
//! client.

use std::sync::Arc;
use std::time::Duration;

use vidimus_snapshot::SystemClock;

/// A client that follows no redirects, knows no proxies, and gives up in time; an error is a sentence.
pub fn client(
    roots: &[Vec<u8>],
    agent: &str,
    connect: Duration,
    total: Duration,
) -> Result<reqwest::Client, String> {
    let tls = vidimus_fetch::operator_tls(roots, Arc::new(SystemClock)).map_err(|e| e.to_string())?;
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(agent)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(connect)
        .timeout(total)
        .build()
        .map_err(|e| reasons(&e))
}

/// An error with its causes: reqwest's own line says little.
pub fn reasons(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}
