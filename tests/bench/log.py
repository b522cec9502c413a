#!/usr/bin/env python3
"""Writes, proves and audits a tamper-evident log, and prints what it costs, beside Go's tlog packages in memory.

usage: log.py [--leaves N] [--proofs N] [--group N] [--repeat N] [--programs DIR] [--json]

  append   leaves of captures, durably, --group at a time, as a crawl adds them: each group is written and synced (fsync)
           before the next; and all at once; then the head is signed
  prove    proofs of leaves all over the log, made from the files and checked
  audit    every leaf and every tile read and compared

The peer is tests/go/checklog.go over golang.org/x/mod/sumdb/tlog (Debian: golang-go and golang-golang-x-mod-dev), which
hashes as many leaves in memory without a disk, and makes and checks as many proofs from the files of our log. The time is user and system
time of the program, from wait4; the time on the wall is told too, because a sync waits. Every command is run --repeat
times, in turn, and the one with the least CPU counts.
"""
import os
import shutil
import sys

from command_line import bench, count, disk, parsed
from programs import BENCH, measured, note, released, row, run as call

GO = BENCH.parent / "go/checklog.go"


def commands(ours, peer, work, arguments):
    """What is measured: the part, who does it, the command, and the folder that it makes anew."""
    leaves, proofs, group = (str(it) for it in (arguments.leaves, arguments.proofs, arguments.group))
    grouped, whole = work / "grouped", work / "whole"
    return [
        (f"append, {group} at a time", "ours", [ours, "append", grouped, leaves, group], grouped),
        ("append, all at once", "ours", [ours, "append", whole, leaves, leaves], whole),
        (f"prove {proofs}", "ours", [ours, "prove", grouped, proofs], None),
        ("audit", "ours", [ours, "audit", grouped], None),
        ("append, in memory", "Go tlog", [peer, "memory", leaves, "0"], None),
        (f"prove {proofs}, from our files", "Go tlog", [peer, "sample", grouped, proofs], None),
    ]


def built(work):
    """The peer, built from Debian's packages without a network."""
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(work / "go")}
    call(["go", "build", "-o", str(work / "checklog"), str(GO)], env=environment)
    return work / "checklog"


def run(arguments, work):
    if arguments.programs:
        ours = arguments.programs / "examples/log_cost"
    else:
        ours = released("vidimus-ledger", "log_cost")
    peer = built(work)
    best = {}
    for _ in range(arguments.repeat):
        for part, name, command, folder in commands(ours, peer, work, arguments):
            note(f"{part}, {name} …")
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
            _, cost = measured([str(word) for word in command], cwd=work)
            before = best.get((part, name))
            if before is None or cost.cpu_seconds < before.cpu_seconds:
                best[part, name] = cost
    files = [path for path in (work / "grouped").rglob("*") if path.is_file()]
    rows = [found(part, name, arguments, cost) for (part, name), cost in best.items()]
    return {"rows": rows, "files": len(files), "bytes": sum(path.stat().st_size for path in files)}


def found(part, name, arguments, cost):
    count = arguments.proofs if part.startswith("prove") else arguments.leaves
    return {"part": part, "name": name, "cpu_seconds": cost.cpu_seconds, "wall_seconds": cost.wall_seconds,
            "microseconds_each": cost.cpu_seconds * 1_000_000 / max(count, 1), "peak_mb": cost.peak_mb}


def table(result):
    lines = [row(["", "", "CPU s", "wall s", "CPU µs each", "peak MB"]), row(["---", "---", *["---:"] * 4])]
    for it in result["rows"]:
        lines.append(row([it["part"], it["name"], f"{it['cpu_seconds']:.2f}", f"{it['wall_seconds']:.2f}",
                          f"{it['microseconds_each']:.1f}", f"{it['peak_mb']:.0f}"]))
    lines.append(f"\nThe log has {result['files']} files and {result['bytes'] / 1e6:.1f} MB.")
    return "\n".join(lines)


def options(parser):
    count(parser, "--leaves", 100_000, "how many leaves")
    count(parser, "--proofs", 1_000, "how many proofs")
    count(parser, "--group", 64, "how many leaves at a time")
    count(parser, "--repeat", 3, "how often each is run")


def main():
    return bench("bench-log", parsed(__doc__, options), run, table, disk())


if __name__ == "__main__":
    sys.exit(main())
