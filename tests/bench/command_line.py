"""What the benches share of their command lines: the options that all have, and running one from there to its table."""
import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from programs import BENCH, Missing


def count(parser, name, usual, what):
    """An option that is a number."""
    parser.add_argument(name, type=int, default=usual, metavar="N", help=f"{what} ({usual:,})")


def parsed(description, add):
    """The arguments: those that `add` adds to the parser, --programs and --json."""
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add(parser)
    parser.add_argument("--programs", type=Path, metavar="DIR",
                        help="the folder of our programs, built already (the default is to build them for release)")
    parser.add_argument("--json", action="store_true", help="print everything as JSON instead of tables")
    arguments = parser.parse_args()
    arguments.programs = arguments.programs and arguments.programs.resolve()
    return arguments


def disk():
    """A folder for work on the disk of the archives, and not in memory that pretends to be one."""
    return os.environ.get("VIDIMUS_BENCH_DIR") or BENCH


def bench(name, arguments, run, table, folder=None):
    """Runs it with a folder of its own, in `folder` or where the system has its temporary files, and prints the result;
    the exit code."""
    with tempfile.TemporaryDirectory(dir=folder) as work:
        try:
            result = run(arguments, Path(work))
        except Missing as error:
            print(f"{name} did NOT run to its end: {error}.", file=sys.stderr)
            return 1
    print(json.dumps(result, indent=1) if arguments.json else table(result))
    return 0
