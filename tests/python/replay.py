"""Puts an archive's WARC files into pywb and compares every page that it serves with what the site sent.

    replay.py FOLDER ARCHIVE EXPECTED.json [INDEX.cdxj]

With INDEX.cdxj pywb replays by that index, in place of the one that it makes. FOLDER is an empty one for pywb's collection. EXPECTED.json holds, for each URL and each day of the site, the status and
a file with the payload: {"second_day": "2024-06-27T08:30:00Z", "pages": {URL: {"first": [200, FILE], "second": …}}}.
Prints one line for each page compared, `DAY URL`, and exits 1 when any of them differs.
"""

import gzip
import http.client
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import brotli
from warcio.archiveiterator import ArchiveIterator

NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
# A page with more fields than Python expects is a page all the same.
http.client._MAXHEADERS = 1000
BIN = pathlib.Path(sys.executable).parent


def captures(archive):
    """(URL, date, whether it is a bare 304) of every answer in the archive."""
    for path in sorted((archive / "warc").rglob("*.warc.gz")):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_type in ("response", "revisit"):
                    head = record.rec_headers
                    bare = head.get_header("WARC-Profile") == NOT_MODIFIED
                    yield head.get_header("WARC-Target-URI"), head.get_header("WARC-Date"), bare


def fill(folder, archive):
    """Makes the collection; `wb-manager` exits 0 even where it could not index a file, so its index is looked at."""
    manager = str(BIN / "wb-manager")
    files = [str(path) for path in sorted((archive / "warc").rglob("*.warc.gz"))]
    for arguments in (["init", "c"], ["add", "c", *files]):
        subprocess.run([manager, *arguments], cwd=folder, check=True, capture_output=True)
    index = folder / "collections/c/indexes/index.cdxj"
    if not index.is_file() or not index.read_text():
        sys.exit("wb-manager made no index")


def fill_by_index(folder, archive, index):
    """Makes the collection of copies of the files under the names that the index gives, and of the index itself."""
    subprocess.run([str(BIN / "wb-manager"), "init", "c"], cwd=folder, check=True, capture_output=True)
    collection = folder / "collections/c"
    shutil.copytree(archive / "warc", collection / "archive/warc")
    shutil.copy(index, collection / "indexes/index.cdxj")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(folder):
    """Starts pywb; once more should another program have taken the port meanwhile."""
    for _ in range(3):
        port = free_port()
        log = (folder / "wayback.log").open("wb")
        command = [str(BIN / "wayback"), "-b", "127.0.0.1", "-p", str(port)]
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        for _ in range(600):
            if server.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return server, port
            except OSError:
                time.sleep(0.1)
        server.kill()
    sys.exit("pywb does not start:\n" + (folder / "wayback.log").read_text(errors="replace"))


def fetch(port, date, url):
    """Status and payload as replayed: `id_` asks for the page as it was archived."""
    stamp = "".join(c for c in date if c.isdigit())[:14]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"/c/{stamp}id_/{url}", headers={"Accept-Encoding": "identity"})
    try:
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return 0, f"no answer: {error!r}".encode()
    if answer.getheader("Memento-Datetime") is None:
        return answer.status, b"pywb itself: " + body
    if answer.getheader("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    if answer.getheader("Content-Encoding") == "br":
        body = brotli.decompress(body)
    return answer.status, body


def main():
    folder, archive, expected, *index = map(pathlib.Path, sys.argv[1:])
    expected = json.loads(expected.read_text())
    if index:
        fill_by_index(folder, archive, index[0])
    else:
        fill(folder, archive)
    server, port = start(folder)
    differ = 0
    try:
        for url, date, bare in captures(archive):
            day = "second" if date >= expected["second_day"] else "first"
            wanted = expected["pages"].get(url, {}).get(day)
            if wanted is None or bare:
                continue
            status, body = fetch(port, date, url)
            payload = pathlib.Path(wanted[1]).read_bytes()
            print(day, url)
            if (status, body) != (wanted[0], payload):
                differ += 1
                print(f"differs: {date} {url}: {status} {body[:200]!r}, not {wanted[0]} {payload[:200]!r}")
    finally:
        server.kill()
        server.wait()
    sys.exit(1 if differ else 0)


main()
