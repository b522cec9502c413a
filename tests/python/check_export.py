"""Checks an export against the archive that it was made of, with tools that others wrote.

    check_export.py EXPORT ARCHIVE

EXPORT is a WARC file or a WACZ. Every record of it but the first has to stand in the archive, byte for byte. Of a WACZ,
`wacz validate` has to agree, the rules are checked that it does not check, and the index has to be the one that
`cdxj-indexer` makes of the same WARC file. Prints what is wrong and exits 1 if anything is; the last line counts what
was read, as JSON.
"""

import gzip
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

from warcio.archiveiterator import ArchiveIterator

BIN = pathlib.Path(sys.executable).parent
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
FIELDS = ("url", "mime", "status", "digest", "length", "offset", "filename", "recordDigest")

problems = []


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def members(path):
    """(record type, profile, gzip member) of every record of a file."""
    data = path.read_bytes()
    with path.open("rb") as stream:
        iterator = ArchiveIterator(stream)
        for record in iterator:
            profile = record.rec_headers.get_header("WARC-Profile")
            iterator.read_to_end()
            start = iterator.get_record_offset()
            yield record.rec_type, profile, data[start : start + iterator.get_record_length()]


def check_copied(warc, archive):
    """Gives how many records there are of each type."""
    stored = {sha256(m) for f in sorted(archive.rglob("*.warc.gz")) for _, _, m in members(f)}
    counts, seen = {}, set()
    for number, (kind, profile, member) in enumerate(members(warc)):
        counts[kind] = counts.get(kind, 0) + 1
        if profile == NOT_MODIFIED:
            counts["not-modified"] = counts.get("not-modified", 0) + 1
        name = sha256(member)
        if (number == 0) != (kind == "warcinfo"):
            problems.append(f"record {number} is a {kind}")
        if number > 0 and name not in stored:
            problems.append(f"record {number}, a {kind}, is not in the archive as it is here")
        if name in seen:
            problems.append(f"record {number}, a {kind}, stands twice")
        seen.add(name)
    return counts


def run(tool, *arguments):
    command = [str(BIN / tool), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        problems.append(f"{tool}: exit {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def check_zip(package):
    if package.testzip() is not None:
        problems.append(f"{package.testzip()} is damaged")
    for entry in package.infolist():
        name = entry.filename
        if " " in name or name.count("/") > 1:
            problems.append(f"'{name}' has a space or is too deep")
        is_compressed = name.endswith(".gz")
        if is_compressed != (entry.compress_type == zipfile.ZIP_STORED):
            problems.append(f"{name} is of compression type {entry.compress_type}")


def check_package(package):
    listed = json.loads(package.read("datapackage.json"))
    for field, wanted in (("profile", "data-package"), ("wacz_version", "1.1.1")):
        if listed[field] != wanted:
            problems.append(f"datapackage.json: {field} is {listed[field]}")
    resources = {r["path"]: (r["hash"], r["bytes"]) for r in listed["resources"]}
    held = {n: package.read(n) for n in package.namelist() if not n.startswith("datapackage")}
    if resources != {name: (sha256(data), len(data)) for name, data in held.items()}:
        problems.append("datapackage.json does not list what there is")
    digest = json.loads(package.read("datapackage-digest.json"))
    if digest != {"path": "datapackage.json", "hash": sha256(package.read("datapackage.json"))}:
        problems.append(f"datapackage-digest.json: {digest}")


def lines_of_index(package):
    """All lines of the index, each block found through the index over them."""
    data = package.read("indexes/index.cdx.gz")
    meta, *rows = package.read("indexes/index.idx").decode().splitlines()
    if json.loads(meta.removeprefix("!meta 0 ")) != {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}:
        problems.append(f"the index over the blocks begins with {meta}")
    lines, end = [], 0
    for row in rows:
        first, _, facts = row.partition(" {")
        facts = json.loads("{" + facts)
        block = data[facts["offset"] : facts["offset"] + facts["length"]]
        text = gzip.decompress(block).decode()
        if facts["offset"] != end or facts["digest"] != sha256(block) or not text.startswith(first + " {"):
            problems.append(f"the block of {row} is another one")
        end = facts["offset"] + facts["length"]
        lines += text.splitlines()
    if end != len(data) or lines != sorted(lines):
        problems.append("the index is not sorted, or longer than the index over it says")
    return lines


def check_index(lines, warc):
    """The lines are those that cdxj-indexer makes, without the bare 304s, which replay as empty pages."""
    theirs = {}
    for line in run("cdxj-indexer", "--sort", "--post-append", "--digest-records", warc).splitlines():
        key, time, fields = line.split(" ", 2)
        fields = json.loads(fields)
        theirs[fields["offset"]] = (key, time, fields)
    skipped = [profile == NOT_MODIFIED for _, profile, _ in members(warc)]
    starts, at = [], 0
    for _, _, member in members(warc):
        starts.append(str(at))
        at += len(member)
    bare = {start for start, is_bare in zip(starts, skipped) if is_bare}
    ours = {}
    for line in lines:
        key, time, fields = line.split(" ", 2)
        fields = json.loads(fields)
        ours[fields["offset"]] = (key, time, fields)
    answers = {o: e for o, e in theirs.items() if e[2]["url"].startswith("http") and o not in bare}
    if set(ours) != set(answers):
        problems.append(f"records indexed: ours {sorted(ours)}, theirs {sorted(answers)}")
    for offset, (key, time, fields) in ours.items():
        other = answers.get(offset, ("", "", {}))
        wanted = {f: other[2].get(f) for f in FIELDS}
        found = {f: fields.get(f) for f in FIELDS}
        wanted["mime"] = (wanted["mime"] or "").partition(";")[0] or None
        if (key, time, found) != (other[0], other[1], wanted):
            problems.append(f"index: ours {key} {time} {found}, theirs {other[0]} {other[1]} {wanted}")


def check_pages(package, lines):
    """Every page is in the index at its time; gives the pages."""
    header, *pages = map(json.loads, package.read("pages/pages.jsonl").decode().splitlines())
    if header["format"] != "json-pages-1.0":
        problems.append(f"pages.jsonl begins with {header}")
    times = {(json.loads(l.split(" ", 2)[2])["url"], l.split(" ")[1]) for l in lines}
    for page in pages:
        stamp = "".join(c for c in page["ts"] if c.isdigit())
        if (page["url"], stamp) not in times or not page["id"] or not page["title"]:
            problems.append(f"pages.jsonl: {page} is not in the index")
    if len({page["id"] for page in pages}) != len(pages):
        problems.append("pages.jsonl: an id stands twice")
    return pages


def check_wacz(path, archive):
    run("wacz", "validate", "-f", path)
    with zipfile.ZipFile(path) as package, tempfile.TemporaryDirectory() as folder:
        check_zip(package)
        check_package(package)
        (inside,) = [name for name in package.namelist() if name.startswith("archive/")]
        warc = pathlib.Path(package.extract(inside, folder))
        counts = check_copied(warc, archive)
        lines = lines_of_index(package)
        check_index(lines, warc)
        return {**counts, "lines": len(lines), "pages": check_pages(package, lines)}


def main():
    path, archive = map(pathlib.Path, sys.argv[1:3])
    check = check_wacz if zipfile.is_zipfile(path) else check_copied
    counts = check(path, archive)
    for problem in problems:
        print(problem)
    print(json.dumps(counts))
    sys.exit(1 if problems else 0)


main()
