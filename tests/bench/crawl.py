#!/usr/bin/env python3
"""Runs our crawler and others against a server on this machine, one after the other on the same invented pages, and
prints what a page costs each of them.

usage: crawl.py [--only PART,...] [--pages N] [--hosts N,...] [--peers none|all|NAME,...] [--repeat N] [--programs DIR]
                [--json]

  fetch   fetching, digests and WARC without extraction or index (the example fetch_to_warc: the client, the records and
          the writer of a crawl, robots.txt and catalog included), beside `wget --warc-file`, and scrapy, which parses the
          pages and writes no WARC; the server sends gzip, or does not
  crawl   `vidimus crawl` from the sitemap to the search index; then again, when every page is unchanged
  hosts   `vidimus crawl` of 10,000 pages that are on 100 hosts, on 1,000, and on 10,000

A page is 65 to 95 KB, another one for each number, and packs about 4 to 1. CPU is user and system time of the measured
program and its children, from wait4; the server is a process of its own and does not count. Every command is run
--repeat times, the one with the least CPU counts. The server says how many pages it gave: a program that did not get
all of them is not measured.
"""
import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from command_line import count, parsed
from programs import BENCH, Missing, measured, note, python, released, row

PARTS = ("fetch", "crawl", "hosts")
PEERS = ("wget", "scrapy")
HOSTS = (100, 1_000, 10_000)
HOST_PAGES = 10_000
# Sources side by side, so that captures share rounds of fsyncs as they do when many sites are visited.
SOURCES = 8

# CPU-ms a page that must not be passed, and megabytes.
FETCH_TARGET = {"gzip": 0.5, "identity": 2.0}
CRAWL_TARGET = 8.0
MEMORY_TARGET = 150
HOSTS_TARGET = 1.3

CONFIG = """archive = "archive"
sources = "sources.toml"
allow_net = ["127.0.0.1/32:{port}"]
[crawl]
concurrency = {sources}
connections_per_host = {sources}
min_gap = "0s"
revisit_after = "0s"
"""
SOURCE = """[[source]]
name = "part-{part}"
sitemaps = ["http://127.0.0.1:{port}/map.xml?of={pages}&hosts={hosts}&part={part}&parts={parts}{tail}"]
hosts = {names}
max_pages = 1_000_000
max_bytes = 1_000_000_000_000
max_minutes = 600
"""


class Server:
    """The server, and what it says of itself."""

    def __init__(self, process):
        self.ports = json.loads(process.stdout.readline())

    def pages(self, mode, count):
        return [f"http://127.0.0.1:{self.ports[mode]}/page/{number}.html" for number in range(count)]

    def served(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['gzip']}/served") as answer:
            return int(answer.read())


@contextmanager
def serving(pages):
    command = [sys.executable, "-B", str(BENCH / "server.py"), str(pages)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Server(process)
        process.stdin.close()


class Bench:
    """One run of the bench: who is measured, where, and what came out so far."""

    def __init__(self, arguments, server, work):
        self.arguments, self.server, self.work = arguments, server, work
        self.rows = []

    def program(self, package, example=None):
        if self.arguments.programs:
            return self.arguments.programs / (f"examples/{example}" if example else package)
        return released(package, example)

    def measure(self, part, name, pages, *stages):
        """Runs stages one after the other, as often as asked for, each time in a new folder: pairs of a name and what
        gives the command. Each becomes a row, with the cost of its cheapest run."""
        runs = [self.once(name, pages, stages) for _ in range(self.arguments.repeat)]
        for (stage, _), costs in zip(stages, zip(*runs)):
            best = min(costs, key=lambda cost: cost.cpu_seconds)
            self.rows.append({"part": part, "name": f"{name}{stage}", "pages": pages,
                              "cpu_ms_per_page": best.cpu_seconds * 1000 / pages,
                              "wall_seconds": best.wall_seconds, "peak_mb": max(cost.peak_mb for cost in costs)})
        return self.rows[-len(stages):]

    def once(self, name, pages, stages):
        folder = Path(tempfile.mkdtemp(dir=self.work))
        try:
            return [self.stage(f"{name}{stage}", pages, command(folder), folder) for stage, command in stages]
        finally:
            shutil.rmtree(folder)

    def stage(self, name, pages, command, folder):
        note(f"{name} …")
        self.server.served()
        _, cost = measured([str(word) for word in command], cwd=folder)
        served = self.server.served()
        if served != pages:
            raise Missing(f"{name} asked for {served} pages of {pages}")
        return cost

    # --- fetch ---------------------------------------------------------------------------------------------------

    def fetch(self):
        program = self.program("vidimus-pipeline", "fetch_to_warc")
        for mode, port in self.server.ports.items():
            listed = self.work / f"{mode}.txt"
            listed.write_text("\n".join(self.server.pages(mode, self.arguments.pages)) + "\n")
            door = f"127.0.0.1/32:{port}"
            commands = {"ours": [program, listed, "archive", door], **self.peers(mode, listed)}
            mine = None
            for name, command in commands.items():
                try:
                    [found] = self.measure(f"fetch, {mode}", name, self.arguments.pages, ("", lambda _: command))
                except Missing as error:
                    if name == "ours":
                        raise
                    note(f"{name} did NOT run: {error}.")
                    continue
                mine = mine or found["cpu_ms_per_page"]
                found["ratio"] = found["cpu_ms_per_page"] / mine
                if name == "ours":
                    found["target"] = FETCH_TARGET[mode]

    def peers(self, mode, listed):
        commands = {}
        if "wget" in self.arguments.peers:
            packs = ["--compression=gzip"] if mode == "gzip" else []
            commands["wget --warc-file"] = ["wget", "--quiet", *packs, "--warc-file=pages", "--no-warc-keep-log",
                                            f"--input-file={listed}", "--output-document=/dev/null"]
        if "scrapy" in self.arguments.peers:
            try:
                commands["scrapy, no WARC"] = [*python(), BENCH / "peer_scrapy.py", listed]
            except Missing as error:
                note(f"scrapy did NOT run: {error}.")
        return commands

    # --- crawl and hosts -----------------------------------------------------------------------------------------

    def crawl(self):
        program, pages = self.program("vidimus"), self.arguments.pages
        for name, mode, tagged, again in (("gzip", "gzip", True, "304"), ("gzip", "gzip", False, "the same payload"),
                                          ("identity", "identity", False, "the same payload")):
            first = lambda folder: self.configured(program, folder, mode, pages, tagged=tagged)
            rows = self.measure("crawl", name, pages, (", first", first),
                                (f", again: {again}", lambda folder: crawl_command(program, folder)))
            for found in rows:
                found["target"], found["target_mb"] = CRAWL_TARGET, MEMORY_TARGET

    def hosts(self):
        program, first = self.program("vidimus"), None
        for hosts in self.arguments.hosts:
            pages = max(HOST_PAGES, hosts)
            command = lambda folder: self.configured(program, folder, "gzip", pages, hosts=hosts)
            [found] = self.measure("hosts", f"{hosts:,} hosts", pages, ("", command))
            # Each host costs a robots.txt, which is fetched and archived as a page is, though it is small.
            found["cpu_ms_per_request"] = found["cpu_ms_per_page"] * pages / (pages + hosts)
            first = first or found["cpu_ms_per_page"]
            found["ratio"], found["target_ratio"] = found["cpu_ms_per_page"] / first, HOSTS_TARGET
            found["target_mb"] = MEMORY_TARGET

    def configured(self, program, folder, mode, pages, hosts=0, tagged=False):
        """Writes a configuration into the folder, and gives the command that crawls by it."""
        port = self.server.ports[mode]
        # A crawl makes no archive where there is none: a disk might not be mounted.
        (folder / "archive").mkdir(exist_ok=True)
        (folder / "vidimus.toml").write_text(CONFIG.format(port=port, sources=SOURCES))
        tail = "&tagged" if tagged else ""
        sources = []
        for part in range(SOURCES):
            names = json.dumps([f"h{number}.localhost" for number in range(hosts) if number % SOURCES == part])
            sources.append(SOURCE.format(part=part, parts=SOURCES, port=port, pages=pages, hosts=hosts, tail=tail,
                                         names=names))
        (folder / "sources.toml").write_text("\n".join(sources))
        return crawl_command(program, folder)


def crawl_command(program, folder):
    return [program, "--config", folder / "vidimus.toml", "crawl"]


def table(rows):
    """The rows of one part as a Markdown table."""
    lines = [row(["", "CPU-ms/page", "at most", "x", "wall s", "peak MB", "at most"]),
             row(["---", *["---:"] * 6])]
    for found in rows:
        ratio = f"{found['ratio']:.2f}" if "ratio" in found else ""
        bound = f" (at most {found['target_ratio']})" if "target_ratio" in found else ""
        lines.append(row([found["name"], f"{found['cpu_ms_per_page']:.2f}", met(found, "cpu_ms_per_page", "target"),
                          ratio + bound, f"{found['wall_seconds']:.1f}", f"{found['peak_mb']:.0f}",
                          met(found, "peak_mb", "target_mb")]))
    return "\n".join(lines)


def met(found, figure, target):
    if target not in found:
        return ""
    return f"{found[target]:g}" if found[figure] <= found[target] else f"**{found[target]:g}: missed**"


def printed(rows):
    parts = list(dict.fromkeys(found["part"] for found in rows))
    return "\n\n".join(f"{part}, {pages_of(rows, part):,} pages\n\n" + table([r for r in rows if r["part"] == part])
                       for part in parts)


def pages_of(rows, part):
    return next(found["pages"] for found in rows if found["part"] == part)


def some_of(known, what):
    def read(text):
        if text in ("none", "all"):
            return known if text == "all" else ()
        names = tuple(name.strip() for name in text.split(",") if name.strip())
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"no such {what}: {', '.join(unknown)}; there are {', '.join(known)}")
        return names
    return read


def numbers(text):
    return tuple(int(number) for number in text.split(","))


def options(parser):
    parser.add_argument("--only", type=some_of(PARTS, "part"), default=PARTS, metavar="PART,...")
    count(parser, "--pages", 2_000, "pages of fetch and crawl")
    parser.add_argument("--hosts", type=numbers, default=HOSTS, metavar="N,...", help="hosts of hosts")
    parser.add_argument("--peers", type=some_of(PEERS, "peer"), default=PEERS,
                        help=f"none, all (the default), or some of {','.join(PEERS)}")
    count(parser, "--repeat", 2, "how often each is run")


def main():
    arguments = parsed(__doc__, options)
    with tempfile.TemporaryDirectory() as work, serving(arguments.pages) as server:
        bench = Bench(arguments, server, Path(work))
        try:
            for part in arguments.only:
                getattr(bench, part)()
        except Missing as error:
            print(f"bench-crawl did NOT run to its end: {error}.", file=sys.stderr)
        print(json.dumps(bench.rows, indent=1) if arguments.json else printed(bench.rows))
    measured_all = {found["part"].split(",")[0] for found in bench.rows} == set(arguments.only)
    return 0 if measured_all else 1


if __name__ == "__main__":
    sys.exit(main())
