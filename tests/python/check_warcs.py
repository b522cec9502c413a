"""Checks WARC files of ours with warcio, with fastwarc, and record by record against WARC 1.1 and our own rules.

    check_warcs.py ARCHIVE

Prints one line for each thing that is wrong and exits 1 if there is any; the last line counts what was read, as JSON.
The reading here is done with zlib and hashlib alone, so that it shares no code with what it checks.
"""

import collections
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import uuid
import zlib

MANIFEST = "application/vnd.vidimus.manifest+json"
RUN_REPORT = "application/vnd.vidimus.run-report+json"
FRAMING = "application/vnd.vidimus.http-framing+json"
CERTIFICATE = "application/pkix-cert"
TOMBSTONE = "application/vnd.vidimus.tombstone+json"
STATEMENT = "application/vnd.vidimus.statement+json"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
# The types that each kind of file holds, and nothing else.
TYPES = {
    "warc": {"warcinfo", "request", "response", "revisit", "metadata", "resource"},
    "text": {"warcinfo", "conversion", "metadata"},
}

Record = collections.namedtuple("Record", "file offset member whole fields block")

problems = []


def wrong(record, what):
    problems.append(f"{record.file.name}, offset {record.offset}: {what}")


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def members(path):
    """The gzip members of a file: offset, compressed bytes, content."""
    data = path.read_bytes()
    offset = 0
    while offset < len(data):
        inflater = zlib.decompressobj(31)
        content = inflater.decompress(data[offset:]) + inflater.flush()
        if not inflater.eof:
            problems.append(f"{path.name}, offset {offset}: the gzip member breaks off")
            return
        end = len(data) - len(inflater.unused_data)
        yield offset, data[offset:end], content
        offset = end


def records(path):
    """One record a member: version line, fields, block, CR LF CR LF, and not a byte more."""
    for offset, member, content in members(path):
        head, separator, rest = content.partition(b"\r\n\r\n")
        lines = head.decode("utf-8").split("\r\n")
        fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        record = Record(path, offset, member, content, fields, rest[:-4])
        if lines[0] != "WARC/1.1" or not separator:
            wrong(record, f"does not begin with WARC/1.1 and a head: {lines[0]!r}")
        if re.search(rb"(?<!\r)\n", head):
            wrong(record, "a line of the head ends in LF alone")
        if not rest.endswith(b"\r\n\r\n"):
            wrong(record, "does not end in CR LF CR LF")
        if field(record, "Content-Length") != str(len(record.block)):
            wrong(record, "Content-Length is not the length of the block")
        yield record


def field(record, name):
    """The value of a field; '' if it is not there. A field that stands twice is wrong."""
    values = [value for key, value in record.fields if key.lower() == name.lower()]
    if len(values) > 1 and name != "WARC-Concurrent-To":
        wrong(record, f"{name} stands {len(values)} times")
    return values[0] if values else ""


def http_message(record):
    """Head and body. Some servers end their lines in LF alone."""
    head, body = (re.split(rb"\r?\n\r?\n", record.block, maxsplit=1) + [b""])[:2]
    return head.decode("latin-1"), body


def payload(record):
    return http_message(record)[1]


def http_fields(record):
    lines = [line.partition(":") for line in http_message(record)[0].splitlines()[1:]]
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def check_fields(record, ids):
    kind = field(record, "WARC-Type")
    name = field(record, "WARC-Record-ID")
    try:
        assert name.startswith("<urn:uuid:") and name.endswith(">")
        uuid.UUID(name[10:-1])
    except (AssertionError, ValueError):
        wrong(record, f"WARC-Record-ID is no <urn:uuid:…>: {name}")
    if name in ids:
        wrong(record, f"the id stands twice: {name}")
    if not DATE.fullmatch(field(record, "WARC-Date")):
        wrong(record, f"WARC-Date: {field(record, 'WARC-Date')!r}")
    if field(record, "WARC-Block-Digest") != sha256(record.block):
        wrong(record, f"WARC-Block-Digest of the {kind} is {field(record, 'WARC-Block-Digest')!r}")
    if kind != "warcinfo" and not field(record, "WARC-Target-URI"):
        wrong(record, f"the {kind} has no WARC-Target-URI")
    check_payload_digest(record, kind)


def check_payload_digest(record, kind):
    digest = field(record, "WARC-Payload-Digest")
    if kind not in ("request", "response", "revisit"):
        if digest:
            wrong(record, f"a {kind} record has a payload digest")
        return
    if not DIGEST.fullmatch(digest):
        wrong(record, f"WARC-Payload-Digest: {digest!r}")
    if kind != "revisit" and digest != sha256(payload(record)):
        wrong(record, f"WARC-Payload-Digest of the {kind} is not that of the payload")


def check_http(record):
    """The body is stored de-chunked, and the head does not say otherwise."""
    kind = field(record, "WARC-Type")
    expected = f"application/http;msgtype={'request' if kind == 'request' else 'response'}"
    if field(record, "Content-Type").replace(" ", "") != expected:
        wrong(record, f"Content-Type of a {kind}: {field(record, 'Content-Type')}")
    if not field(record, "WARC-IP-Address"):
        wrong(record, f"the {kind} has no WARC-IP-Address")
    whole = not field(record, "WARC-Truncated")
    # A body of several transfer codings, and one that is not chunks though it says so, stays as it came.
    if kind == "response" and whole and http_fields(record).get("transfer-encoding", "").lower() == "chunked":
        wrong(record, "Transfer-Encoding was left in place")
    # Two lengths that agree are one, and an answer that can have no body has none, whatever length it gives.
    length = http_fields(record).get("content-length", "").split(",")[-1].strip()
    has_body = not re.match(r"\S+ +(204|304)\b", http_message(record)[0])
    if kind == "response" and whole and has_body and length and length != str(len(payload(record))):
        wrong(record, f"Content-Length {length}, but {len(payload(record))} bytes are stored")


def check_revisit(record, responses):
    profile = field(record, "WARC-Profile")
    key = (field(record, "WARC-Refers-To-Target-URI"), field(record, "WARC-Refers-To-Date"))
    original = responses.get(key)
    if profile not in (IDENTICAL, NOT_MODIFIED):
        wrong(record, f"WARC-Profile: {profile!r}")
    if original is None:
        wrong(record, f"refers to {key}, which is no response of this archive")
    elif field(original, "WARC-Payload-Digest") != field(record, "WARC-Payload-Digest"):
        wrong(record, "refers to a response with another payload")
    elif field(original, "WARC-Record-ID") != field(record, "WARC-Refers-To"):
        wrong(record, "WARC-Refers-To and WARC-Refers-To-Date name different responses")
    if payload(record):
        wrong(record, "a revisit holds a payload")


def check_order(group, manifest):
    """Request, answer, framing where there is one; redirects first; then the manifest, which lists exactly these."""
    kinds = [field(r, "WARC-Type") if field(r, "Content-Type") != FRAMING else "framing" for r in group]
    word = " ".join(kinds)
    if not re.fullmatch(r"(request (response|revisit|metadata)( framing)?( |$))+", word):
        wrong(manifest, f"the records of this capture are: {word}")
    answer = ""
    for record, kind in zip(group, kinds):
        concurrent = field(record, "WARC-Concurrent-To")
        if kind == "request":
            answer = concurrent
        elif kind == "framing" and concurrent != answer:
            wrong(record, "the framing belongs to another response")
        elif kind != "framing" and field(record, "WARC-Record-ID") != answer:
            wrong(record, "the request before it names another answer")
    if field(manifest, "WARC-Concurrent-To") != answer:
        wrong(manifest, "the manifest is not concurrent to the last answer")


def check_manifest(group, manifest):
    listed = json.loads(manifest.block)["records"]
    found = [
        {
            "warc_record_id": field(r, "WARC-Record-ID"),
            "type": field(r, "WARC-Type"),
            "target_uri": field(r, "WARC-Target-URI"),
            "record_sha256": sha256(r.whole),
            "member_sha256": sha256(r.member),
            "block_sha256": sha256(r.block),
            "payload_sha256": field(r, "WARC-Payload-Digest") or None,
        }
        for r in group
    ]
    if listed != found:
        wrong(manifest, f"the manifest lists {listed}, the file holds {found}")
    canonical = json.dumps(json.loads(manifest.block), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if canonical.encode() != manifest.block:
        wrong(manifest, "the manifest is not canonical JSON")


def check_certificate(record, certificates):
    """A certificate is once in a file, under the name that its bytes have."""
    name = field(record, "WARC-Target-URI")
    if field(record, "Content-Type") != CERTIFICATE:
        wrong(record, f"a resource record of {field(record, 'Content-Type')}")
    if name != f"urn:x509:{sha256(record.block)}":
        wrong(record, f"{name} is not the name of this certificate")
    if name in certificates:
        wrong(record, f"{name} stands twice in this file")
    certificates.add(name)


def check_named_certificates(manifest, certificates):
    """What a manifest names stands before it in the same file."""
    for exchange in json.loads(manifest.block)["exchanges"]:
        for name in (exchange["tls"] or {"chain_sha256": []})["chain_sha256"]:
            if f"urn:x509:{name}" not in certificates:
                wrong(manifest, f"the certificate {name} is not before its manifest in this file")


def check_exchanges(group, manifest):
    """The exchanges that brought an answer are those of the records, in the same order."""
    requests = [field(r, "WARC-Record-ID") for r in group if field(r, "WARC-Type") == "request"]
    answered = [e for e in json.loads(manifest.block)["exchanges"] if e["answer_record"]]
    if [e["request_record"] for e in answered] != requests:
        wrong(manifest, "the exchanges are not those of the requests")
    answers = {field(r, "WARC-Record-ID"): r for r in group}
    for exchange in answered:
        answer, cut = answers.get(exchange["answer_record"]), (exchange["truncated"] or {"reason": ""})["reason"]
        if answer is None or field(answer, "WARC-Truncated") != cut:
            wrong(manifest, f"the answer is not cut short by '{cut}', as the manifest says")
        if not exchange["remote_ip"] or not exchange["wire_bytes"] or exchange["timings_us"]["total"] <= 0:
            wrong(manifest, f"an exchange without its facts: {exchange}")


def check_file(path, kind, state):
    group, certificates = [], set()
    for number, record in enumerate(records(path)):
        record_type = field(record, "WARC-Type")
        state["types"][f"{kind} {record_type}"] += 1
        if record_type not in TYPES[kind]:
            wrong(record, f"a {record_type} record in a file of {kind}")
        if (record_type == "warcinfo") != (number == 0):
            wrong(record, "a warcinfo record is the first of a file, and only the first")
        if record_type == "warcinfo" and field(record, "WARC-Filename") != path.name:
            wrong(record, f"WARC-Filename is {field(record, 'WARC-Filename')}")
        check_fields(record, state["ids"])
        state["ids"].add(field(record, "WARC-Record-ID"))
        if record_type in ("request", "response", "revisit"):
            check_http(record)
        if record_type in ("response", "revisit"):
            state["answers"].add(field(record, "WARC-Record-ID"))
        if record_type == "response":
            state["responses"][(field(record, "WARC-Target-URI"), field(record, "WARC-Date"))] = record
        if record_type == "revisit":
            check_revisit(record, state["responses"])
        if kind == "text" and record_type != "warcinfo":
            state["texts"].append(record)
        if record_type == "resource":
            check_certificate(record, certificates)
            if group:
                wrong(record, "a certificate stands within a capture")
        elif kind == "warc" and record_type != "warcinfo":
            if field(record, "Content-Type") == MANIFEST:
                check_named_certificates(record, certificates)
            group = check_capture(record, group)
    if group:
        problems.append(f"{path.name}: {len(group)} records after the last manifest")


def check_capture(record, group):
    """Collects a capture's records up to its manifest; gives what is still without one."""
    content_type = field(record, "Content-Type")
    if content_type == TOMBSTONE:
        if group:
            wrong(record, "a tombstone stands within a capture")
        json.loads(record.block)
        return []
    if content_type == RUN_REPORT:
        if group:
            wrong(record, "a run report stands within a capture")
        return []
    if content_type == MANIFEST:
        check_order(group, record)
        check_manifest(group, record)
        check_exchanges(group, record)
        return []
    return group + [record]


def check_texts(state, killed):
    """Every text says which answer it was made of (a revisit, where another address gave the payload), and is readable. A
    run that was killed may have left texts at the end of a file whose captures were not written any more: texts are made
    durable first."""
    answers = state["answers"]
    of_captures = [record for record in state["texts"] if field(record, "WARC-Refers-To") in answers]
    last = {record.file: record.offset for record in of_captures}
    for record in state["texts"]:
        if field(record, "Content-Type") == TOMBSTONE:
            json.loads(record.block)
            continue
        left_over = killed and record.offset > last.get(record.file, 0)
        if field(record, "WARC-Refers-To") not in answers and not left_over:
            wrong(record, "refers to no answer of this archive")
        if field(record, "WARC-Type") == "conversion":
            record.block.decode("utf-8")
            if field(record, "Content-Type").replace(" ", "").lower() != "text/plain;charset=utf-8":
                wrong(record, f"Content-Type of a text: {field(record, 'Content-Type')}")
        elif field(record, "Content-Type") != STATEMENT:
            wrong(record, f"a metadata record of {field(record, 'Content-Type')} beside the texts")


def run(tool, *arguments):
    command = [str(pathlib.Path(sys.executable).parent / tool), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def check_with_warcio(path):
    code, output = run("warcio", "check", "-v", path)
    if code != 0 or "fail" in output.lower() or "no digest" in output.lower():
        problems.append(f"warcio check: {path.name}:\n{output}")


def excused_from_fastwarc(record):
    """fastwarc takes the empty block of a revisit for its payload, and finds no body after a head of bare LFs."""
    kind = field(record, "WARC-Type")
    return kind == "revisit" or (kind == "response" and b"\r\n\r\n" not in record.block)


def check_with_fastwarc(path):
    """What fastwarc says against records of ours that are right is named, one by one."""
    excused = {field(r, "WARC-Record-ID") for r in records(path) if excused_from_fastwarc(r)}
    code, output = run("fastwarc", "check", "-p", path)
    alarms = set(re.findall(r"<urn:uuid:[0-9a-f-]+>", output.partition("Failed records:")[2]))
    for name in sorted(alarms - excused):
        problems.append(f"fastwarc check: {path.name}: {name}")
    if alarms:
        print(f"fastwarc's false alarms in {path.name}: {' '.join(sorted(alarms & excused))}")
    if code != 0 and not alarms:
        problems.append(f"fastwarc check: {path.name}:\n{output}")


def main():
    archive = pathlib.Path(sys.argv[1])
    state = {"ids": set(), "responses": {}, "answers": set(), "texts": [], "types": collections.Counter()}
    files = [(path, kind) for kind in ("warc", "text") for path in sorted((archive / kind).rglob("*.warc.gz"))]
    for path, kind in files:
        check_file(path, kind, state)
        check_with_warcio(path)
        check_with_fastwarc(path)
    check_texts(state, killed="--killed" in sys.argv[2:])
    for problem in problems:
        print(problem)
    print(json.dumps({"files": len(files), **state["types"]}))
    sys.exit(1 if problems else 0)


main()
