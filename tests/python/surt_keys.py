"""Prints, as JSON, the SURT key of each URL of a table, as the Internet Archive's library makes it."""

import json
import sys

import surt

with open(sys.argv[1], encoding="utf-8") as table:
    for line in table:
        print(json.dumps(surt.surt(json.loads(line)["url"])))
