#!/usr/bin/env python3
"""Runs trafilatura (the Python library) over a list of pages, as the example extract_corpus runs ours.

usage: peer_trafilatura.py LIST.tsv OUT.json

Each page is read before the clock runs; decoding its bytes belongs to the work, as it does with ours.
"""
import json
import sys
import time
from pathlib import Path

import trafilatura


def record(content, url):
    found = trafilatura.bare_extraction(content, url=url or None, with_metadata=True)
    if found is None:
        return {"articleBody": ""}
    return {"articleBody": found.text, "title": found.title, "author": found.author, "date": found.date}


def peak_kb():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def main(listed, out):
    spent, separator = 0.0, ""
    with open(out, "w", encoding="utf8") as output:
        output.write(f'{{"version":{json.dumps("trafilatura " + trafilatura.__version__)},"output":{{')
        for line in Path(listed).read_text(encoding="utf8").splitlines():
            name, path, url = (line.split("\t") + ["", ""])[:3]
            content = (Path(listed).parent / path).read_bytes()
            before = time.process_time()
            try:
                found = record(content, url.strip())
            except Exception as error:
                print(f"{name}: {error}", file=sys.stderr)
                found = {"articleBody": ""}
            spent += time.process_time() - before
            output.write(f"{separator}{json.dumps(name)}:{json.dumps(found)}")
            separator = ","
        output.write(f'}},"cpu_seconds":{spent},"peak_kb":{peak_kb()}}}')


if __name__ == "__main__":
    main(*sys.argv[1:])
