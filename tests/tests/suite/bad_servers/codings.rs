//! Content codings and media types that are not what they say.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use vidimus_tests::reply;

use super::{GOOD, check, whole};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A page in this content coding.
fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    reply("200 OK", &[("Content-Type", "text/html"), ("Content-Encoding", coding)], body)
}

/// A page of this media type.
fn typed(media_type: &str, body: &[u8]) -> Vec<u8> {
    reply("200 OK", &[("Content-Type", media_type)], body)
}

#[test]
fn codings() {
    let good = GOOD.as_bytes();
    let gz = gzip(good);
    let mut broken = gz.clone();
    let middle = broken.len() / 2;
    broken[middle..].fill(0xff);
    let spaces = |count| vec![b' '; count];
    let utf_16: Vec<u8> = GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let damaged = "captured content-damaged";
    let pdf = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n";
    check(vec![
        whole("gzip", coded("gzip", &gz), "captured"),
        whole("gzip twice, and says so", coded("gzip, gzip", &gzip(&gz)), "captured"),
        whole("gzip twice, and says once", coded("gzip", &gzip(&gz)), "captured not-html"),
        whole("gzip that is none", coded("gzip", good), damaged),
        whole("gzip that is broken", coded("gzip", &broken), damaged),
        whole("gzip that is cut", coded("gzip", &gz[..gz.len() - 40]), damaged),
        whole("gzip with junk behind it", coded("gzip", &[&gz[..], b"junk"].concat()), "captured"),
        whole("gzip of no bytes", coded("gzip", b""), "captured no-text"),
        whole(
            "gzip in two members",
            coded("gzip", &[gzip(&good[..200]), gzip(&good[200..])].concat()),
            "captured",
        ),
        whole("a bomb", coded("gzip", &gzip(&spaces(2_900_000))), "captured decoded-ratio"),
        whole("a larger bomb", coded("gzip", &gzip(&spaces(30_000_000))), "captured decoded-bytes"),
        whole(
            "a bomb in a bomb",
            coded("gzip, gzip", &gzip(&gzip(&spaces(100_000_000)))),
            "captured decoded-ratio",
        ),
        whole("deflate with the frame of zlib", coded("deflate", &zlib(good)), "captured"),
        whole("deflate bare", coded("deflate", &deflate(good)), "captured"),
        whole("deflate that is none", coded("deflate", good), damaged),
        whole("brotli unasked", coded("br", &brotli(good)), "captured"),
        whole("brotli that is none", coded("br", good), damaged),
        whole(
            "zstd unasked",
            coded("zstd", b"\x28\xb5\x2f\xfd\x04\x00\x11\x00\x00hi\x00\x00\x00\x00"),
            "captured unknown-coding",
        ),
        whole("a coding that nobody knows", coded("x-odd", good), "captured unknown-coding"),
        whole("coded five times over", coded("gzip, gzip, gzip, gzip, gzip", &gz), damaged),
        whole("a coding named identity", coded("identity", good), "captured"),
        whole("gzip by an old name", coded("X-GZIP", &gz), "captured"),
        whole("UTF-16 without a mark", typed("text/html; charset=utf-16le", &utf_16), "captured"),
        whole("another charset than it says", typed("text/html; charset=utf-16", good), "captured"),
        whole("a charset that nobody knows", typed("text/html; charset=klingon-1", good), "captured"),
        whole(
            "bytes that are no UTF-8",
            typed("text/html; charset=utf-8", &[good, b"<p>caf\xe9 \xff\xfe"].concat()),
            "captured",
        ),
        whole("a PDF that is called a page", typed("text/html", pdf), "captured not-html"),
        whole("a page that is called a PDF", typed("application/pdf", good), "captured"),
        whole("a page that is called an image", typed("image/png", good), "captured"),
        whole("a page of no type", reply("200 OK", &[], good), "captured"),
        whole("a type that is none", typed("nonsense;;;", good), "captured"),
        whole(
            "two types",
            reply("200 OK", &[("Content-Type", "text/html"), ("Content-Type", "image/png")], good),
            "captured",
        ),
        whole("zeros", typed("text/html", &[0; 5000]), "captured empty"),
    ]);
}

/// Brotli that compresses nothing (RFC 7932, section 9).
fn brotli(bytes: &[u8]) -> Vec<u8> {
    let bits = u32::try_from(bytes.len() - 1).unwrap() << 4 | 1 << 20;
    [&bits.to_le_bytes()[..3], bytes, &[3]].concat()
}
