#!/usr/bin/env python3
"""Runs our extractor and others over the evaluation corpora, one after the other on the same pages, and prints for each
corpus how well they read, how many pages per CPU-second, and how much memory they took at most.

usage: extract.py [CORPORA] [--only CORPUS] [--peers none|all|NAME,...] [--sites even|odd] [--every N]
                  [--program FILE] [--json]

CORPORA is a folder that holds, per corpus, list.tsv, gt.json and the pages (html/, or html.tar.zst packed); by default
$VIDIMUS_CORPORA, then ../shared/corpora beside the repository. The corpora are not part of this repository: where there
are none, nothing is measured and this is said.

Time is user and system time of one thread from the bytes of a page to its record, without reading files. Memory is the
peak of the whole program. --sites takes only pages of one half of the sites (whole sites, by a hash of their names), to
compare pages that were looked at with pages that were not.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import corpora
import score
from programs import BENCH, TARGET, Missing, cargo, note, python, released, row, run

PEERS = ("py-trafilatura", "trafilatura", "dom_smoothie", "readability")

# A peer that takes longer than this for a corpus is left out: hours, where ours takes seconds.
LONGEST = 2 * 60 * 60

COLUMNS = (
    "wF1", "wF1_article", "wF1_documentation", "wF1_service", "wF1_forum", "wF1_collection", "wF1_listing",
    "wF1_product", "acc", "shF1", "segF1", "leakSeg", "leak_consent", "leak_skip", "leak_svg", "leak_related",
    "leak_newsletter", "leak_share", "leak_comments", "leak_ads", "leak_copyright", "leak_jscss", "leak_ANY",
    "dateAcc", "dateP", "noDateOK", "titEx", "autR",
)


def ours():
    return [str(released("vidimus-extract", "extract_corpus"))]


def rust_peer(name):
    folder = TARGET / "bench-peers"
    cargo("--manifest-path", str(BENCH / "peers/Cargo.toml"), "--target-dir", str(folder))
    return [str(folder / "release/vidimus-bench-peers"), name]


def python_peer():
    return [*python(), str(BENCH / "peer_trafilatura.py")]


def node_peer():
    folder = BENCH / "readability"
    if not (folder / "node_modules").exists():
        run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder)
    return ["node", str(folder / "run.mjs")]


def peer(name):
    return {"py-trafilatura": python_peer, "readability": node_peer}.get(name, lambda: rust_peer(name))()


def programs(arguments):
    """The command of every extractor that can run here, ours first."""
    commands = {"ours": [str(arguments.program)] if arguments.program else ours()}
    for name in arguments.peers:
        try:
            commands[name] = peer(name)
        except Missing as error:
            note(f"{name} did NOT run: {error}.")
    return commands


def measured(name, command, listed, out):
    """What a program wrote, or nothing if it failed."""
    note(f"{listed.parent.name}: {name} …")
    with tempfile.TemporaryFile() as messages:
        try:
            subprocess.run([*command, str(listed), str(out)], check=True, stdout=messages, stderr=messages,
                           timeout=LONGEST)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired, FileNotFoundError) as error:
            messages.seek(0)
            note(f"{name} did NOT run to its end: {error}\n{messages.read()[-2000:].decode(errors='replace')}")
            return None
    return score.read_json(out)


def bench(corpus, commands, arguments, work):
    rows = score.chosen(score.pages_of(corpus), arguments.sites, arguments.every)
    listed = corpora.place(corpus, rows, work / corpus.name)
    result = {"corpus": corpus.name, "pages": len(rows), "sites": arguments.sites or "all",
              "every": arguments.every, "extractors": {}}
    for name, command in commands.items():
        output = measured(name, command, listed, work / f"{name}.json")
        if output is None:
            continue
        figures, _, _ = score.score(corpus, output, arguments.sites, arguments.every)
        seconds = max(output["cpu_seconds"], 1e-9)
        result["extractors"][name] = {
            "version": output["version"],
            "pages_per_cpu_second": len(rows) / seconds,
            "peak_mb": output["peak_kb"] / 1024,
            "figures": figures,
        }
    return result


def table(result):
    """The result as a Markdown table; the best of each row is bold, the last column is ours against the best other."""
    found = result["extractors"]
    names = list(found)
    sites = "" if result["sites"] == "all" else f", {result['sites']} half of the sites"
    every = "" if result["every"] == 1 else f", every {result['every']}th of them"
    lines = [f"{result['corpus']}: {result['pages']} pages{sites}{every}", ""]
    lines += [f"- {name}: {found[name]['version']}" for name in names] + [""]
    lines += [row(["", *names, "ours - best other"]), row(["---", *["---:"] * (len(names) + 1)])]
    for column in COLUMNS:
        values = [found[name]["figures"].get(column) for name in names]
        if any(value is not None for value in values):
            lines.append(row([column, *quality(column, values)]))
    for label, key, best in (("pages / CPU-s", "pages_per_cpu_second", max), ("peak MB", "peak_mb", min)):
        lines.append(row([label, *resource([found[name][key] for name in names], best)]))
    return "\n".join(lines)


def quality(column, values):
    less = column.startswith(score.LESS_IS_BETTER)
    best = (min if less else max)(value for value in values if value is not None)
    cells = ["-" if value is None else shown(value, f"{value:.3f}", best) for value in values]
    others = [value for value in values[1:] if value is not None]
    if not others or values[0] is None:
        return [*cells, "-"]
    difference = values[0] - (min if less else max)(others)
    return [*cells, f"{difference:+.3f}"]


def resource(values, best):
    """Each with its ratio to ours, which is the first."""
    top = best(values)
    cells = [shown(values[0], f"{values[0]:.0f}", top)]
    cells += [shown(value, f"{value:.0f} ({value / values[0]:.2f} x)", top) for value in values[1:]]
    return [*cells, f"{values[0] - best(values[1:]):+.0f}" if values[1:] else "-"]


def shown(value, text, best):
    return f"**{text}**" if value == best else text


def wanted_peers(text):
    if text in ("none", "all"):
        return PEERS if text == "all" else ()
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such extractor: {', '.join(unknown)}; there are {', '.join(PEERS)}")
    return names


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="?", type=Path)
    parser.add_argument("--only", choices=corpora.NAMES, help="one corpus")
    parser.add_argument("--peers", type=wanted_peers, default=PEERS,
                        help=f"none, all (the default), or some of {','.join(PEERS)}")
    parser.add_argument("--program", type=Path, metavar="FILE",
                        help="ours, built already: extract_corpus (the default is to build it for release)")
    parser.add_argument("--sites", choices=["even", "odd"], help="only pages of one half of the sites")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth page")
    parser.add_argument("--json", action="store_true", help="print everything as JSON instead of tables")
    return parser.parse_args()


def main():
    arguments = parse()
    folder = corpora.folder(arguments.corpora)
    names = [arguments.only] if arguments.only else corpora.NAMES
    there = [folder / name for name in names if corpora.is_there(folder / name)]
    if not there:
        print(f"bench-extract did NOT run: none of {', '.join(names)} is in {folder}. "
              "Name the folder of the corpora as argument or in VIDIMUS_CORPORA.")
        return 0
    try:
        commands = programs(arguments)
    except Missing as error:
        print(f"bench-extract did NOT run: our extractor could not be built: {error}.")
        return 1
    with tempfile.TemporaryDirectory() as work:
        results = [bench(corpus, commands, arguments, Path(work)) for corpus in there]
    if arguments.json:
        print(json.dumps(results, indent=1))
    else:
        print("\n\n".join(map(table, results)))
    return 0 if all("ours" in result["extractors"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
