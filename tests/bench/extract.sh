#!/bin/sh
# usage: tests/bench/extract.sh [CORPORA]
#
# Runs the extractor over the evaluation corpora and prints its figures beside those of other extractors, with pages per
# CPU-second and peak memory. CORPORA is a folder that holds, per corpus, list.tsv, gt.json and the pages; by default
# $VIDIMUS_CORPORA, then ../shared/corpora beside the repository. Packed pages (html.tar.zst) are unpacked to a temporary
# folder first. The corpora are not part of this repository: where there are none, nothing is measured and this is said.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
shared=${VIDIMUS_SHARED:-$root/../shared}
corpora=${1:-${VIDIMUS_CORPORA:-$shared/corpora}}
score=${VIDIMUS_SCORE:-$shared/tools/score_extraction.py}

not_run() {
    echo "bench-extract did NOT run: $1"
    exit 0
}

[ -d "$corpora" ] || not_run "there is no folder $corpora. Pass one as argument or in VIDIMUS_CORPORA."
[ -f "$score" ] || not_run "the scoring program $score is missing. Name it in VIDIMUS_SCORE."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cargo build --quiet --release --manifest-path "$root/Cargo.toml" -p vidimus-extract --example extract_corpus
target=${CARGO_TARGET_DIR:-$root/target}
measured=0

for corpus in wcxb-dev traf; do
    folder=$corpora/$corpus
    if [ ! -f "$folder/list.tsv" ]; then
        echo "$corpus: not in $corpora"
        continue
    fi
    if [ ! -d "$folder/html" ]; then
        [ -f "$folder/html.tar.zst" ] || { echo "$corpus: neither html/ nor html.tar.zst in $folder"; continue; }
        mkdir -p "$work/$corpus"
        cp "$folder"/*.json "$folder/list.tsv" "$work/$corpus/"
        zstd -q -d --long=27 -c "$folder/html.tar.zst" | tar -xf - -C "$work/$corpus"
        folder=$work/$corpus
    fi
    "$target/release/examples/extract_corpus" "$folder/list.tsv" "$work/$corpus.out.json"
    python3 "$score" "$folder" "$work/$corpus.out.json"
    measured=$((measured + 1))
done

[ "$measured" -gt 0 ] || not_run "no corpus was found in $corpora."
