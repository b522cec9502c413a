#!/usr/bin/env python3
"""The server of the crawl bench: invented pages on 127.0.0.1, made before the first request, so that it answers faster
than anybody asks. Ends when its standard input does.

usage: server.py PAGES

Prints one line of JSON: {"gzip": PORT, "identity": PORT}. The first answers gzip to whoever accepts it, the second never.
  /page/N.html         page N, counted round; with ?tagged it has an ETag, and 304 for who knows it
  /map.xml?of=N&hosts=H&part=P&parts=Q[&tagged]   a sitemap of N pages spread over H hosts h0.localhost …, or (H = 0)
                       all on the host that was asked; only each Qth of the hosts or pages, from the Pth
  /served              how many answers with pages, whole ones and 304, were given since this was last asked
"""
import asyncio
import gzip
import json
import sys
from urllib.parse import parse_qs, urlsplit

from invented import Writer

DATE = b"Date: Mon, 06 Jan 2025 08:00:00 GMT\r\nServer: invented\r\n"
ROBOTS = b"User-agent: *\nDisallow: /private/\n"


def answer(status, body, *fields):
    head = b"HTTP/1.1 " + status + b"\r\n" + DATE + b"".join(field + b"\r\n" for field in fields)
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


class Site:
    """What there is to answer."""

    def __init__(self, count):
        writer = Writer()
        self.pages = [writer.page(number) for number in range(count)]
        self.packed = [gzip.compress(page, 6, mtime=0) for page in self.pages]
        self.served = 0

    def page(self, number, packed, tagged, known):
        self.served += 1
        number %= len(self.pages)
        tag = b'"%d"' % number
        if tagged and known == tag:
            return b"HTTP/1.1 304 Not Modified\r\n" + DATE + b"ETag: " + tag + b"\r\n\r\n"
        fields = [b"Content-Type: text/html; charset=utf-8", b"Vary: Accept-Encoding", b"Cache-Control: max-age=300"]
        if tagged:
            fields.append(b"ETag: " + tag)
        if packed:
            return answer(b"200 OK", self.packed[number], *fields, b"Content-Encoding: gzip")
        return answer(b"200 OK", self.pages[number], *fields)

    def map(self, host, query):
        of, hosts, part, parts = (int(query.get(name, [default])[0]) for name, default in
                                  (("of", 0), ("hosts", 0), ("part", 0), ("parts", 1)))
        port = host.rpartition(":")[2]
        tail = "?tagged" if "tagged" in query else ""
        urls = []
        for number in range(of):
            if number % (hosts or of) % parts == part:
                name = f"h{number % hosts}.localhost:{port}" if hosts else host
                urls.append(f"<url><loc>http://{name}/page/{number}.html{tail}</loc></url>")
        document = '<?xml version="1.0"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        return answer(b"200 OK", f"{document}{chr(10).join(urls)}\n</urlset>\n".encode(), b"Content-Type: application/xml")

    def counted(self):
        served, self.served = self.served, 0
        return answer(b"200 OK", b"%d" % served, b"Content-Type: text/plain")


class Connection(asyncio.Protocol):
    def __init__(self, site, packs):
        self.site, self.packs, self.rest = site, packs, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.rest += data
        while b"\r\n\r\n" in self.rest:
            head, self.rest = self.rest.split(b"\r\n\r\n", 1)
            lines = head.split(b"\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in lines[1:] if b": " in line)
            self.transport.write(self.answer(lines[0].split(b" ")[1].decode("latin-1"), fields))
            if fields.get(b"connection") == b"close":
                self.transport.close()

    def answer(self, target, fields):
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True)
        if parts.path.startswith("/page/"):
            packed = self.packs and b"gzip" in fields.get(b"accept-encoding", b"")
            number = int(parts.path[6:].partition(".")[0])
            return self.site.page(number, packed, "tagged" in query, fields.get(b"if-none-match"))
        if parts.path == "/map.xml":
            return self.site.map(fields.get(b"host", b"").decode("latin-1"), query)
        if parts.path == "/served":
            return self.site.counted()
        if parts.path == "/robots.txt":
            return answer(b"200 OK", ROBOTS, b"Content-Type: text/plain")
        return answer(b"404 Not Found", b"", b"Content-Type: text/plain")


async def main(count):
    site, loop = Site(count), asyncio.get_running_loop()
    ports = {}
    for name, packs in (("gzip", True), ("identity", False)):
        server = await loop.create_server(lambda packs=packs: Connection(site, packs), "127.0.0.1", 0, backlog=1024)
        ports[name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
