//! What `show` says of each exchange of a capture: addresses, TLS session, how long each step took, and the certificates
//! that the servers presented, in a form that other tools read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vidimus_archive::Archive;
use vidimus_catalog::Capture;
use vidimus_snapshot::{ExchangeFacts, TimingFacts, TlsFacts};

use super::show::Facts;
use crate::exit::Failure;
use crate::terminal;

/// Characters in a line of PEM (RFC 7468, section 2).
const PEM_LINE: usize = 64;

/// The exchanges of a capture, from its manifest; of a try without an answer, from the catalog.
pub fn of(archive: &Archive, capture: &Capture) -> Result<Vec<ExchangeFacts>, Failure> {
    if capture.snapshot.is_none() {
        return Ok(capture.exchanges.clone());
    }
    Ok(archive.manifest(capture)?.1.exchanges)
}

/// Adds the facts of each exchange.
pub fn describe(exchanges: &[ExchangeFacts], out: &mut Facts) {
    for (number, exchange) in exchanges.iter().enumerate() {
        let status = exchange.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let cut = exchange.truncated.as_ref().map_or_else(String::new, |cut| format!(", cut: {}", cut.code));
        out.add(
            "exchange",
            format!(
                "{} of {}: {status}{cut}, {} bytes, {}",
                number + 1,
                exchanges.len(),
                exchange.wire_bytes,
                exchange.url
            ),
        );
        out.add("server", server(exchange));
        out.add("tls", exchange.tls.as_ref().map_or_else(String::new, session));
        out.add("times", times(&exchange.timings_us));
    }
}

/// The address used, and all that the name leads to.
fn server(exchange: &ExchangeFacts) -> String {
    let all = exchange.dns.join(", ");
    match (&exchange.remote_ip, exchange.remote_port) {
        (Some(ip), Some(port)) => format!("{ip} port {port}; the name leads to {all}"),
        _ if all.is_empty() => String::new(),
        _ => format!("none; the name leads to {all}"),
    }
}

/// A TLS session in one line.
pub fn session(tls: &TlsFacts) -> String {
    let alpn = tls.alpn.as_ref().map_or_else(String::new, |name| format!(", ALPN {name}"));
    let count = tls.chain_sha256.len();
    let plural = if count == 1 { "" } else { "s" };
    format!("{}, {}{alpn}, {count} certificate{plural} (--certificates)", tls.version, tls.cipher)
}

fn times(timings: &TimingFacts) -> String {
    let steps = [
        ("dns", timings.dns),
        ("connect", timings.connect),
        ("tls", timings.tls),
        ("first byte", timings.first_byte),
        ("total", Some(timings.total)),
    ];
    let known = steps.iter().filter_map(|(name, time)| Some(format!("{name} {}", duration((*time)?))));
    known.collect::<Vec<_>>().join(", ")
}

/// A time in the unit that suits it.
fn duration(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000),
    }
}

/// Prints the certificates of every exchange as PEM; the lines between say whose they are, and PEM readers pass them over.
pub async fn certificates(archive: &Archive, capture: &Capture, json: bool) -> Result<(), Failure> {
    let exchanges = of(archive, capture)?;
    if exchanges.iter().all(|exchange| exchange.certificates().is_empty()) {
        return Err(Failure::absent(
            "no certificate is known of this capture: it was not made over TLS, or before certificates were kept",
        ));
    }
    for exchange in &exchanges {
        let chain = exchange.certificates();
        for (number, sha256) in chain.iter().enumerate() {
            let pem = pem(&archive.certificate(capture, *sha256).await?.der);
            if json {
                let line = serde_json::json!({
                    "url": exchange.url,
                    "position": number,
                    "sha256": sha256,
                    "pem": pem,
                });
                terminal::line(&line.to_string())?;
            } else {
                let url = terminal::printable(&exchange.url);
                terminal::line(&format!("{url}, {} of {}, {sha256}", number + 1, chain.len()))?;
                terminal::bytes(pem.as_bytes())?;
            }
        }
    }
    Ok(())
}

/// A certificate in the textual encoding of RFC 7468.
fn pem(der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in encoded.as_bytes().chunks(PEM_LINE) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_has_lines_of_64_characters() {
        let lines: Vec<usize> = pem(&[7; 100]).lines().map(str::len).collect();
        assert_eq!(lines, [27, 64, 64, 8, 25]);
    }

    #[test]
    fn times_have_the_unit_that_suits_them() {
        assert_eq!([999, 1_000, 1_250, 2_345_678].map(duration), ["999 µs", "1.0 ms", "1.2 ms", "2.3 s"]);
    }
}
