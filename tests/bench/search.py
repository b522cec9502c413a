#!/usr/bin/env python3
"""Indexes and searches invented statements, and prints what it costs, beside SQLite FTS5 and ripgrep on the same texts.

usage: search.py [--documents N] [--times N] [--cold N] [--programs DIR] [--json]

  index   all fields of every statement: words, clusters, signatories, fingerprints, columns; megabytes are millions of
          bytes of text (titles and names not counted) for each second of user and system time. FTS5 indexes title and text
          with its own tokeniser, `unicode61 remove_diacritics 2`, which cuts Khmer and Chinese at spaces alone.
  size    of the index's files, in times the text
  ask     queries in one process, each --times times: half of the answers took less than p50, all but one of a hundred less
          than p99, in milliseconds on the wall. A `snippet` query is the same as a `term` query and shows ten hits with the
          passages that match; `term` shows one. FTS5 is asked the same with its own snippet(), through Python's sqlite3.
  cold    the first answer of a new process: user and system time, the median of --cold starts, beside /bin/true, sqlite3
          as a program, and ripgrep counting lines over all texts

Words are as unevenly frequent as in real texts; of twenty statements twelve are in English-like words, the others with
accents, in Cyrillic, Arabic, Khmer and Chinese. The time is from wait4 and knows nothing of other programs.
"""
import json
import shutil
import sqlite3
import statistics
import sys
import time

from command_line import bench, count, disk, parsed
from programs import measured, note, released, row

# Megabytes a CPU-second, times the text, and times the CPU of `true`, that are asked for.
TARGETS = {"index": 10, "size": 1.5, "cold": 2.5}

# What is asked of ours, and the same of FTS5; the words are the generator's own.
QUERIES = [
    ("term", "{common}", "{common}", 1),
    ("term, rare", "{rare}", "{rare}", 1),
    ("snippet", "{common}", "{common}", 10),
    ("phrase", '"{phrase}"', '"{phrase}"', 1),
    ("boolean", "({common} OR {rare}) -{other}", "({common} OR {rare}) NOT {other}", 1),
    ("wildcard", "{start}*", "{start}*", 1),
    ("facet", "{common}", "{common}", 0),
    ("Khmer", "{khmer}", None, 10),
]
# "Government": it stands in sentences without spaces.
KHMER = "រដ្ឋាភិបាល"
FTS = "CREATE VIRTUAL TABLE statement USING fts5(title, text, source UNINDEXED, lang UNINDEXED, " \
      "tokenize = 'unicode61 remove_diacritics 2')"
# SQLite as a program of its own, so that its CPU is counted as ours is.
LOAD = """
import json, sqlite3, sys
database = sqlite3.connect(sys.argv[2])
database.execute(sys.argv[3])
with open(sys.argv[1], encoding="utf8") as lines:
    rows = ((it["title"], it["text"], it["source"], it["lang"]) for it in map(json.loads, lines))
    database.executemany("INSERT INTO statement VALUES (?, ?, ?, ?)", rows)
database.commit()
"""
PARSE = """
import json, sys
with open(sys.argv[1], encoding="utf8") as lines:
    for line in lines:
        it = json.loads(line)
"""


def words(statements):
    """Words of the texts that are frequent and rare, and two that follow each other."""
    counts, phrase = {}, None
    with statements.open(encoding="utf8") as lines:
        for _, line in zip(range(4000), lines):
            it = json.loads(line)
            found = it["text"].replace(".", " ").split()
            if it["lang"] == "en":
                phrase = " ".join(found[4:6])
                for word in set(found):
                    counts[word] = counts.get(word, 0) + 1
    ranked = sorted((word for word in counts if len(word) > 4), key=lambda word: (-counts[word], word))
    rare = next(word for word in reversed(ranked) if counts[word] == 12)
    return {"common": ranked[0], "other": ranked[3], "rare": rare, "start": ranked[10][:5], "phrase": phrase,
            "khmer": KHMER}


def percentiles(times):
    times = sorted(times)
    at = lambda share: times[int((len(times) - 1) * share)]
    return at(0.5), at(0.99)


def asked_of_us(program, folder, work, found, times):
    queries = work / "queries.jsonl"
    with queries.open("w", encoding="utf8") as out:
        for kind, ours, _, limit in QUERIES:
            asked = {"kind": kind, "query": ours.format(**found), "limit": limit, "facet": kind == "facet"}
            out.write(json.dumps(asked) + "\n")
    printed, _ = measured([program, "ask", folder, queries, str(times)])
    answers = [json.loads(line) for line in printed.splitlines()]
    return {it["kind"]: (it["p50_ms"], it["p99_ms"]) for it in answers}


def asked_of_fts(database, found, times):
    connection, answers = sqlite3.connect(database), {}
    snippet = "snippet(statement, 1, '[', ']', '…', 32)"
    for kind, _, theirs, limit in QUERIES:
        if theirs is None:
            continue
        shown = "source, COUNT(*)" if kind == "facet" else "rowid, " + (snippet if limit > 1 else "title")
        sql = f"SELECT {shown} FROM statement WHERE statement MATCH ? "
        sql += "GROUP BY source" if kind == "facet" else f"ORDER BY rank LIMIT {limit}"
        took = []
        for _ in range(min(times, 30)):
            began = time.perf_counter()
            connection.execute(sql, [theirs.format(**found)]).fetchall()
            connection.execute("SELECT COUNT(*) FROM statement WHERE statement MATCH ?",
                               [theirs.format(**found)]).fetchall()
            took.append((time.perf_counter() - began) * 1000)
        answers[kind] = percentiles(took)
    return answers


def cold(commands, count):
    """The median CPU of a start, in milliseconds; in turn, so that all meet the same machine."""
    costs = {name: [] for name, _ in commands}
    for _ in range(count):
        for name, command in commands:
            _, cost = measured([str(word) for word in command], codes=(0, 1))
            costs[name].append(cost.cpu_seconds * 1000)
    return {name: statistics.median(values) for name, values in costs.items()}


def size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def run(arguments, work):
    if arguments.programs:
        cost, query = arguments.programs / "examples/search_cost", arguments.programs / "vidimus-query"
    else:
        cost, query = released("vidimus-index", "search_cost"), released("vidimus-query")
    statements, archive = work / "statements.jsonl", work / "archive"
    archive.mkdir()
    note("making the statements …")
    made = json.loads(measured([cost, "make", statements, str(arguments.documents)])[0])
    text = made["text_bytes"]
    note("indexing, ours …")
    ours = measured([cost, "index", statements, archive / "index"])[1]
    reading = measured([cost, "read", statements])[1]
    note("indexing, SQLite FTS5 …")
    database = work / "fts.db"
    theirs = measured([sys.executable, "-c", LOAD, str(statements), str(database), FTS])[1]
    parsing = measured([sys.executable, "-c", PARSE, str(statements)])[1]
    found = words(statements)
    note("asking …")
    answers = {"ours": asked_of_us(cost, archive / "index", work, found, arguments.times),
               "SQLite FTS5": asked_of_fts(database, found, arguments.times)}
    with statements.open(encoding="utf8") as lines, (work / "texts.txt").open("w", encoding="utf8") as out:
        out.writelines(json.loads(line)["text"] for line in lines)
    ask = f"SELECT snippet(statement, 1, '[', ']', '…', 32) FROM statement WHERE statement MATCH '{found['common']}' " \
          "ORDER BY rank LIMIT 10"
    commands = [("true", ["/bin/true"]), ("ours", [query, "--archive", archive, found["common"]]),
                ("ours, a rare word", [query, "--archive", archive, found["rare"]])]
    if shutil.which("sqlite3"):
        commands.append(("sqlite3", ["sqlite3", database, ask]))
    if shutil.which("rg"):
        commands.append(("ripgrep", ["rg", "--count", found["common"], work / "texts.txt"]))
    note("starting …")
    return {
        "documents": made["documents"], "text_bytes": text,
        "index": {"ours": text / 1e6 / (ours.cpu_seconds - reading.cpu_seconds),
                  "SQLite FTS5": text / 1e6 / (theirs.cpu_seconds - parsing.cpu_seconds)},
        "peak_mb": {"ours": ours.peak_mb, "SQLite FTS5": theirs.peak_mb},
        "size": {"ours": size(archive) / text, "SQLite FTS5": database.stat().st_size / text},
        "ask": answers, "cold_ms": cold(commands, arguments.cold), "program_bytes": query.stat().st_size,
    }


def table(result):
    lines = [f"{result['documents']:,} statements, {result['text_bytes'] / 1e6:.0f} MB of text.", ""]
    lines += [row(["", "index MB/CPU s", "index, times the text", "peak MB"]), row(["---", *["---:"] * 3])]
    for name, speed in result["index"].items():
        lines.append(row([name, f"{speed:.1f}", f"{result['size'][name]:.2f}", f"{result['peak_mb'][name]:.0f}"]))
    lines += ["", row(["", "ours p50 ms", "p99", "FTS5 p50 ms", "p99"]), row(["---", *["---:"] * 4])]
    for kind, *_ in QUERIES:
        both = [result["ask"][name].get(kind) for name in ("ours", "SQLite FTS5")]
        lines.append(row([kind, *(f"{it:.3f}" if it is not None else "" for pair in both for it in pair or (None, None))]))
    lines += ["", row(["cold start", "CPU ms", "times true"]), row(["---", "---:", "---:"])]
    base = result["cold_ms"]["true"]
    for name, value in result["cold_ms"].items():
        lines.append(row([name, f"{value:.2f}", f"{value / base:.1f}"]))
    reached = {"index": result["index"]["ours"], "size": result["size"]["ours"], "cold": result["cold_ms"]["ours"] / base}
    lines.append("")
    for name, target in TARGETS.items():
        is_reached = reached[name] >= target if name == "index" else reached[name] <= target
        lines.append(f"{name}: {reached[name]:.2f}, asked for {target}: {'reached' if is_reached else 'NOT reached'}")
    return "\n".join(lines)


def options(parser):
    count(parser, "--documents", 50_000, "how many statements")
    count(parser, "--times", 200, "how often each query is asked")
    count(parser, "--cold", 100, "how many cold starts")


def main():
    return bench("bench-search", parsed(__doc__, options), run, table, disk())


if __name__ == "__main__":
    sys.exit(main())
