"""Reads a table as anybody would, and prints each row as one JSON object."""

import csv
import json
import sys

with open(sys.argv[1], encoding="utf-8", newline="") as table:
    for row in csv.DictReader(table, strict=True):
        print(json.dumps(row))
