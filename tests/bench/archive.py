#!/usr/bin/env python3
"""Checks and writes a WARC file of invented pages with our programs and with others, one after the other, and prints
how many megabytes of content each manages in a second of one core.

usage: archive.py [--megabytes N] [--repeat N] [--programs DIR] [--json]

  write    the example codec (heads, digests, and deflate at level 6), beside warcio, whose level is 9
  verify   `vidimus verify FILE`, and the example codec, which does no more than the format asks for, beside
           `warcio check` and `fastwarc check -p`, all on the file that we wrote

A page is 65 to 95 KB, another one for each number, and packs about 4 to 1. The time is user and system time of the
program, from wait4; megabytes are millions of bytes of uncompressed blocks. Every command is run --repeat times, in turn,
and the one with the least CPU counts. The peers are those of the tests: run ./tests/run first, or name a Python that has
them in VIDIMUS_PYTHON.
"""
import os
import struct
import sys
from pathlib import Path

from command_line import bench, count, parsed
from invented import Writer
from programs import BENCH, Missing, measured, note, released, row

# Megabytes a CPU-second that must be reached.
TARGETS = {"verify": 300, "write": 80}
PYTHON = Path(os.environ.get("VIDIMUS_PYTHON") or BENCH.parent / ".venv/bin/python")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
# What warcio needs to write the same blocks; it takes the head apart and puts it together again.
WARCIO = """
import struct, sys
from io import BytesIO
from warcio.statusandheaders import StatusAndHeadersParser
from warcio.warcwriter import WARCWriter
heads = StatusAndHeadersParser(["HTTP/1.1"])
with open(sys.argv[1], "rb") as blocks, open(sys.argv[2], "wb") as out:
    writer, number = WARCWriter(out, gzip=True, warc_version="1.1"), 0
    while length := blocks.read(8):
        block = BytesIO(blocks.read(struct.unpack(">Q", length)[0]))
        head = heads.parse(block)
        url = f"http://tidewatch.example/page/{number}.html"
        writer.write_record(writer.create_warc_record(url, "response", payload=block, http_headers=head))
        number += 1
"""
# What `vidimus verify` ends with where all is well but a level could not be checked: level 2 needs manifests.
INCOMPLETE = 2


def write_blocks(path, megabytes):
    """Writes responses behind their lengths; says how many bytes they have."""
    writer, total, number = Writer(), 0, 0
    with path.open("wb") as out:
        while total < megabytes * 1_000_000:
            page = writer.page(number)
            block = HEAD % len(page) + page
            out.write(struct.pack(">Q", len(block)) + block)
            total, number = total + len(block), number + 1
    return total


def commands(vidimus, codec, work):
    """What is measured: the part, the name, and the command."""
    blocks, file = work / "blocks", work / "pages.warc.gz"
    peers = PYTHON.parent
    return [
        ("write", "ours", [codec, "write", blocks, file]),
        ("write", "warcio", [PYTHON, "-B", "-c", WARCIO, blocks, work / "warcio.warc.gz"]),
        ("verify", "ours", [vidimus, "--archive", work / "none", "verify", file]),
        ("verify", "ours, the format alone", [codec, "read", file]),
        ("verify", "warcio check", [peers / "warcio", "check", file]),
        ("verify", "fastwarc check -p", [peers / "fastwarc", "check", "-p", file]),
    ]


def run(arguments, work):
    if arguments.programs:
        vidimus, codec = arguments.programs / "vidimus", arguments.programs / "examples/codec"
    else:
        vidimus, codec = released("vidimus"), released("vidimus-warc", "codec")
    note("making pages …")
    megabytes = write_blocks(work / "blocks", arguments.megabytes) / 1_000_000
    best = {}
    for _ in range(arguments.repeat):
        for part, name, command in commands(vidimus, codec, work):
            note(f"{part}, {name} …")
            try:
                # A file without manifests cannot pass level 2, and says so with a code of its own.
                codes = (0, INCOMPLETE) if command[0] == vidimus else (0,)
                _, cost = measured([str(word) for word in command], codes=codes, cwd=work)
            except Missing as error:
                if name.startswith("ours"):
                    raise
                note(f"{name} did NOT run: {error}.")
                continue
            before = best.get((part, name))
            if before is None or cost.cpu_seconds < before.cpu_seconds:
                best[part, name] = cost
    return [found(part, name, megabytes, cost) for (part, name), cost in best.items()]


def found(part, name, megabytes, cost):
    return {"part": part, "name": name, "megabytes": megabytes, "cpu_seconds": cost.cpu_seconds,
            "mb_per_cpu_second": megabytes / cost.cpu_seconds, "peak_mb": cost.peak_mb,
            "target": TARGETS[part] if name == "ours" else None}


def table(rows):
    lines = [row(["", "", "CPU s", "MB/s", "at least", "peak MB"]), row(["---", "---", *["---:"] * 4])]
    for it in rows:
        target = "" if it["target"] is None else f"{it['target']}"
        if it["target"] and it["mb_per_cpu_second"] < it["target"]:
            target = f"**{target}: missed**"
        lines.append(row([it["part"], it["name"], f"{it['cpu_seconds']:.2f}", f"{it['mb_per_cpu_second']:.0f}", target,
                          f"{it['peak_mb']:.0f}"]))
    return "\n".join(lines)


def options(parser):
    count(parser, "--megabytes", 500, "how much content")
    count(parser, "--repeat", 3, "how often each is run")


def main():
    return bench("bench-archive", parsed(__doc__, options), run, table)


if __name__ == "__main__":
    sys.exit(main())
