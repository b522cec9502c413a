# The everyday commands. Each calls the script that continuous integration or the README calls too.

# What there is.
default:
    @just --list

# The whole line on the built-in demo site.
demo:
    cargo run --release -- demo

# Everything: formatting, lints, all tests, the tools that others wrote.
test:
    ./tests/run

# What continuous integration runs.
ci:
    ./.ci/run

# Formatting and lints alone, for the minute before a commit.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Licences, advisories, bans and sources of all dependencies (needs cargo-deny).
deny:
    cargo deny check

# How well statements are extracted, beside other extractors, with pages per CPU-second and memory (--help).
bench-extract *ARGS:
    python3 -B ./tests/bench/extract.py {{ARGS}}

# What a page costs to crawl, beside wget and scrapy, on invented pages of a server on this machine (--help).
bench-crawl *ARGS:
    python3 -B ./tests/bench/crawl.py {{ARGS}}

# How fast WARC files are verified and written, beside warcio and fastwarc, in megabytes a CPU-second (--help).
bench-archive *ARGS:
    python3 -B ./tests/bench/archive.py {{ARGS}}

# What the tamper-evident log costs: adding leaves, proofs, an audit, beside Go's tlog in memory (--help).
bench-log *ARGS:
    python3 -B ./tests/bench/log.py {{ARGS}}

# How fast statements are indexed and found, and how large the index is, beside SQLite FTS5 and ripgrep (--help).
bench-search *ARGS:
    python3 -B ./tests/bench/search.py {{ARGS}}
