"""Makes web archives as other people's programs make them: `make_foreign.py FOLDER URL`.

URL is that of a server with /page, /chunked, /coded, /moved, /gone and /image. What warcio and wacz can make they make;
the files of Heritrix, Common Crawl and browsertrix are written here in the layout of theirs. Prints, as one JSON object,
the name of each file with what is in it.
"""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import subprocess
import sys
import uuid

# Before `requests`, whose connections it listens to.
from warcio.capture_http import capture_http  # isort: skip
import requests
import zstandard
from fastwarc.warc import ArchiveIterator
from warcio.archiveiterator import ArchiveIterator as WarcioIterator
from warcio.warcwriter import WARCWriter

BIN = pathlib.Path(sys.executable).parent
OUT = pathlib.Path(sys.argv[1])
URL = sys.argv[2]

SENTENCES = (
    "The harbour council met on Tuesday and spoke for three hours about the new quay. "
    "Four of its members said that the dredging had begun without a permit, and that the papers show it. "
    "The contractor answered that the permit was given in March and that a copy of it was sent to every member. "
    "A decision was put off until the copy is found. "
)


def page(title, extra=""):
    """A page of HTML with a text of its own."""
    body = f"<h1>{title}</h1>" + "".join(f"<p>{title}: {SENTENCES}</p>" for _ in range(3)) + extra
    return f"<!doctype html><html lang=en><head><title>{title}</title></head><body><main>{body}</main></body></html>".encode()


def sha1(data):
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def record(kind, block, *fields, version="1.0", identifier=None, date="2019-05-04T10:20:30Z"):
    """The bytes of one record; a field that is None is left out."""
    identifier = identifier or f"<urn:uuid:{uuid.uuid4()}>"
    head = [("WARC-Type", kind), ("WARC-Record-ID", identifier), ("WARC-Date", date), *fields]
    head.append(("Content-Length", str(len(block))))
    lines = "".join(f"{name}: {value}\r\n" for name, value in head if value is not None)
    return f"WARC/{version}\r\n{lines}\r\n".encode() + block + b"\r\n\r\n"


def http(body, *fields, status="200 OK", content_type="text/html", http_version="HTTP/1.1"):
    """A stored answer."""
    fields = [("Content-Type", content_type), *fields]
    head = f"{http_version} {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields)
    return head.encode() + b"\r\n" + body


def response(uri, body, *fields, digest=True, identifier=None, date="2019-05-04T10:20:30Z", version="1.0", **how):
    """A response record with the digest of its payload alone, as Heritrix writes it."""
    more = [("WARC-Payload-Digest", sha1(body))] if digest else []
    target = ("WARC-Target-URI", uri)
    kind = ("Content-Type", "application/http; msgtype=response")
    return record(
        "response", http(body, **how), target, kind, *more, *fields, identifier=identifier, date=date, version=version
    )


def members(records):
    return b"".join(gzip.compress(one) for one in records)


def info(**fields):
    block = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()).encode()
    return record("warcinfo", block, ("Content-Type", "application/warc-fields"))


def warcio_file():
    """A session as warcio records it: responses before their requests, and a revisit of the first page."""
    with (OUT / "warcio.warc.gz").open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        writer.write_record(writer.create_warcinfo_record("warcio.warc.gz", {"software": "warcio 1.8"}))
        with capture_http(writer):
            for path in ("/page", "/chunked", "/coded", "/moved", "/gone", "/image"):
                requests.get(URL + path, allow_redirects=False)
    with (OUT / "warcio.warc.gz").open("rb") as source:
        answers = (one for one in WarcioIterator(source) if one.rec_type == "response")
        first = next(answers)
        head = first.rec_headers.get_header
        revisit = writer.create_revisit_record(
            URL + "/page", head("WARC-Payload-Digest"), URL + "/page", head("WARC-Date"), http_headers=first.http_headers,
            warc_headers_dict={"WARC-Date": "2026-01-02T03:04:05Z"},
        )
    with (OUT / "warcio.warc.gz").open("ab") as out:
        WARCWriter(out, gzip=True).write_record(revisit)


def heritrix_file():
    """A revisit before its original, the digest of the payload alone, no reference but the digest."""
    body = page("Heritrix was here")
    revisit = record(
        "revisit",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        ("WARC-Target-URI", "http://heritrix.example/a"),
        ("WARC-Payload-Digest", sha1(body)),
        ("WARC-Profile", "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"),
        ("Content-Type", "application/http; msgtype=response"),
        date="2019-06-01T00:00:00Z",
    )
    missing = record(
        "revisit",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        ("WARC-Target-URI", "http://heritrix.example/lost"),
        ("WARC-Payload-Digest", sha1(b"nobody has this")),
        ("WARC-Profile", "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"),
        ("Content-Type", "application/http; msgtype=response"),
    )
    dns = record(
        "response", b"20190504102030\nheritrix.example. 300 IN A 192.0.2.1\n", ("WARC-Target-URI", "dns:heritrix.example"),
        ("Content-Type", "text/dns"),
    )
    original = response(
        "http://heritrix.example/a", body, ("WARC-IP-Address", "192.0.2.1"), identifier="<urn:uuid:0d3f1a7e-0000-4000-8000-00000000aaaa>"
    )
    metadata = record("metadata", b"via: http://heritrix.example/\r\n", ("WARC-Target-URI", "http://heritrix.example/a"),
                      ("Content-Type", "application/warc-fields"))
    segment = response("http://heritrix.example/long", page("The first part"), ("WARC-Segment-Number", "1"))
    rest = record("continuation", b"rest", ("WARC-Target-URI", "http://heritrix.example/long"), ("WARC-Segment-Number", "2"))
    truncated = response("http://heritrix.example/cut", page("Cut by the crawler"), ("WARC-Truncated", "length"))
    crawler = info(software="Heritrix/3.4 http://crawler.example", operator="Harbour Archive", hostname="crawler",
                   http_header_user_agent="harbour/1")
    records = [crawler, revisit, missing, dns, original, metadata, segment, rest, truncated]
    (OUT / "heritrix.warc.gz").write_bytes(members(records))


def common_crawl_folder():
    """The layout of a crawl: bodies decoded under a head that says gzip, texts and metadata in files of their own."""
    folder = OUT / "crawl-data/CC-MAIN-2019-18/segments/1555578517558.8"
    for name in ("warc", "wat", "wet"):
        (folder / name).mkdir(parents=True)
    body = page("Common knowledge")
    identifier = f"<urn:uuid:{uuid.uuid4()}>"
    request = record(
        "request", b"GET / HTTP/1.1\r\nHost: common.example\r\n\r\n", ("WARC-Target-URI", "http://common.example/"),
        ("Content-Type", "application/http; msgtype=request"), ("WARC-Concurrent-To", identifier),
    )
    answer = record(
        "response",
        http(body, ("X-Crawler-Content-Encoding", "gzip"), ("X-Crawler-Content-Length", "9"), ("Content-Length", "9"),
             ("Content-Encoding", "gzip")),
        ("WARC-Target-URI", "http://common.example/"), ("Content-Type", "application/http; msgtype=response"),
        ("WARC-Payload-Digest", sha1(body)), ("WARC-IP-Address", "192.0.2.7"), identifier=identifier,
    )
    crawler = info(isPartOf="CC-MAIN-2019-18", publisher="Common Crawl", software="Apache Nutch 1.15", robots="classic")
    (folder / "warc/CC-MAIN-00000.warc.gz").write_bytes(members([crawler, request, answer]))
    wat = record("metadata", b'{"Container":{}}', ("WARC-Target-URI", "http://common.example/"), ("Content-Type", "application/json"))
    (folder / "wat/CC-MAIN-00000.warc.wat.gz").write_bytes(members([crawler.replace(b"urn:uuid:", b"urn:uuid:1"), wat]))
    wet = record("conversion", b"Common knowledge", ("WARC-Target-URI", "http://common.example/"), ("Content-Type", "text/plain"))
    (folder / "wet/CC-MAIN-00000.warc.wet.gz").write_bytes(members([crawler.replace(b"urn:uuid:", b"urn:uuid:2"), wet]))


def browsertrix_wacz():
    """A WACZ with a list of pages, page information and a screenshot, by `wacz create` out of browsertrix' records."""
    listed, unlisted = page("Listed by the crawler"), page("A frame of another page")
    records = [
        info(software="Browsertrix-Crawler 1.5.0 (with warcio.js 2.4.0)", format="WARC File Format 1.1"),
        response("https://browsed.example/", listed, version="1.1", date="2024-02-03T04:05:06.789Z"),
        response("https://browsed.example/frame", unlisted, version="1.1", status="200", http_version="HTTP/2"),
        response("https://browsed.example/a.css", b"p { color: red }", version="1.1", content_type="text/css"),
        record("resource", b"{}", ("WARC-Target-URI", "urn:pageinfo:https://browsed.example/"), ("Content-Type", "application/json")),
        record("resource", b"\x89PNG", ("WARC-Target-URI", "urn:view:https://browsed.example/"), ("Content-Type", "image/png")),
        record("resource", page("Saved from a browser"), ("WARC-Target-URI", "https://browsed.example/saved"), ("Content-Type", "text/html")),
    ]
    source = OUT / "browsertrix.tmp.warc.gz"
    source.write_bytes(members(records))
    pages = OUT / "browsertrix.tmp.pages.jsonl"
    header = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}
    lines = [header, {"id": "1", "url": "https://browsed.example/", "ts": "2024-02-03T04:05:06.789Z", "title": "Listed"}]
    pages.write_text("".join(json.dumps(line) + "\n" for line in lines))
    made = subprocess.run(
        [BIN / "wacz", "create", "-f", source, "-p", pages, "-o", OUT / "browsertrix.wacz", "--title", "A crawl"],
        capture_output=True, text=True, check=False,
    )
    if made.returncode:
        sys.exit(made.stdout + made.stderr)
    source.unlink()
    pages.unlink()


def odd_containers():
    """The same sort of records in containers whose records have no offsets of their own."""
    def records(name):
        return [info(software=f"{name} writer"), response(f"http://{name}.example/", page(f"Inside {name}"))]

    (OUT / "plain.warc").write_bytes(b"".join(records("plain")))
    (OUT / "whole.warc.gz").write_bytes(gzip.compress(b"".join(records("whole"))))
    mixed = records("mixed")
    shared = gzip.compress(b"".join(response(f"http://mixed.example/{n}", page(f"Mixed number {n}")) for n in range(2)))
    (OUT / "mixed.warc.gz").write_bytes(members(mixed) + shared)
    compress = zstandard.ZstdCompressor().compress
    (OUT / "frames.warc.zst").write_bytes(b"".join(compress(one) for one in records("frames")))
    body = http(page("Inside arc"))
    first = b"1 0 Old Crawler\nURL IP-address Archive-date Content-type Archive-length\n"
    head = f"filedesc://old.arc 0.0.0.0 20040506070809 text/plain {len(first)}\n".encode()
    entry = f"http://arc.example/ 192.0.2.3 20040506070809 text/html {len(body)}\n".encode()
    (OUT / "old.arc").write_bytes(head + first + b"\n" + entry + body + b"\n")
    import zipfile
    with zipfile.ZipFile(OUT / "deflated.wacz", "w", zipfile.ZIP_DEFLATED) as wacz:
        wacz.writestr("archive/../../../evil.warc.gz", members(records("deflated")))
        wacz.writestr("datapackage.json", json.dumps({"profile": "data-package", "software": "zipper 1"}))


def damaged_file():
    """One good record among all that can be wrong with one."""
    def bad(uri, **how):
        return response(uri, page("Bad"), **how)

    wrong = bad("http://damaged.example/digest").replace(b"<p>Bad", b"<p>BAD", 1)
    records = [
        info(software="careless writer"),
        wrong,
        bad("http://damaged.example/no-date").replace(b"WARC-Date: 2019-05-04T10:20:30Z\r\n", b""),
        bad("http://damaged.example/bad-date", date="yesterday"),
        bad("http://damaged.example/future", date="2999-01-01T00:00:00Z"),
        bad("http://[damaged.example/uri"),
        bad("http://damaged.example/same", identifier="<urn:uuid:0d3f1a7e-0000-4000-8000-00000000bbbb>"),
        bad("http://damaged.example/same-id", identifier="<urn:uuid:0d3f1a7e-0000-4000-8000-00000000bbbb>"),
        record("response", b"this is no answer", ("WARC-Target-URI", "http://damaged.example/text"),
               ("Content-Type", "application/http; msgtype=response")),
        response("http://damaged.example/good", page("Good among the bad")),
        response("http://damaged.example/torn", page("Torn")),
    ]
    (OUT / "damaged.warc.gz").write_bytes(members(records)[:-200])


def fastwarc_copy():
    """The records of the file by warcio once more, written by FastWARC without compression."""
    with (OUT / "fastwarc.warc").open("wb") as out, (OUT / "warcio.warc.gz").open("rb") as source:
        for one in ArchiveIterator(source, parse_http=False):
            buffer = io.BytesIO()
            one.write(buffer)
            out.write(buffer.getvalue())


OUT.mkdir(parents=True, exist_ok=True)
warcio_file()
heritrix_file()
common_crawl_folder()
browsertrix_wacz()
odd_containers()
damaged_file()
fastwarc_copy()
(OUT / "letter.txt").write_text("This is no web archive.\n" * 1000)
(OUT / "empty.warc").write_bytes(b"")
