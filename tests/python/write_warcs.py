"""Writes WARC files with libraries that others wrote, into the folder that the argument names, and prints their names.

All of them are valid, in the ways in which their writers differ: versions, digests, compression, chunked bodies.
"""

import gzip as gzip_module
import io
import pathlib
import sys

from fastwarc.warc import WarcRecord, WarcRecordType
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

URL = "http://ngo.example/statement"
BODY = b"<p>The mill must not be sold.</p>"


def http(status, fields, protocol="HTTP/1.1"):
    return StatusAndHeaders(status, fields, protocol=protocol)


def with_warcio(path, gzip, version):
    """An info record, request and response, a revisit, a resource, a conversion and a metadata record."""
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=gzip, warc_version=version)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "a test"}))
        head = http("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(BODY)))])
        response = writer.create_warc_record(URL, "response", payload=io.BytesIO(BODY), http_headers=head)
        asked = StatusAndHeaders("GET /statement HTTP/1.1", [("Host", "ngo.example")], is_http_request=True)
        request = writer.create_warc_record(URL, "request", http_headers=asked)
        writer.write_request_response_pair(request, response)
        digest, date = response.rec_headers.get_header("WARC-Payload-Digest"), response.rec_headers.get_header("WARC-Date")
        writer.write_record(writer.create_revisit_record(URL, digest, URL, date, http_headers=head))
        for kind, content_type in (("resource", "text/html"), ("conversion", "text/plain"), ("metadata", "text/plain")):
            writer.write_record(
                writer.create_warc_record(f"urn:{kind}:{URL}", kind, payload=io.BytesIO(BODY), warc_content_type=content_type)
            )


def with_fastwarc(path, gzip):
    """Responses as fastwarc makes them, each a gzip member of its own."""
    with path.open("wb") as stream:
        for number in range(3):
            record = WarcRecord()
            urn = f"uuid:00000000-0000-4000-8000-{number:012}".encode()
            record.init_headers(record_type=WarcRecordType.response, record_urn=urn)
            record.headers["WARC-Target-URI"] = f"{URL}/{number}"
            record.headers["WARC-Date"] = "2024-06-27T08:30:00Z"
            record.headers["Content-Type"] = "application/http; msgtype=response"
            record.set_bytes_content(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + BODY)
            record.parse_http()
            whole = io.BytesIO()
            record.write(whole, checksum_data=True)
            stream.write(gzip_module.compress(whole.getvalue()) if gzip else whole.getvalue())


def main():
    folder = pathlib.Path(sys.argv[1])
    with_warcio(folder / "warcio-10.warc.gz", True, "1.0")
    with_warcio(folder / "warcio-11.warc.gz", True, "1.1")
    with_warcio(folder / "warcio-plain.warc", False, "1.1")
    with_fastwarc(folder / "fastwarc.warc.gz", True)
    with_fastwarc(folder / "fastwarc.warc", False)
    for path in sorted(folder.iterdir()):
        print(path.name)


main()
