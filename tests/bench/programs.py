"""What the benches share: building the programs that are measured, running them, and saying what became of it."""
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()


class Missing(Exception):
    """Something that a program needs is not here."""


class Cost(NamedTuple):
    """What a program and its children took: user and system time, time on the wall, most memory at once."""
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


def run(command, **options):
    try:
        subprocess.run(command, check=True, **options)
    except FileNotFoundError as error:
        raise Missing(f"{command[0]} is not here") from error
    except subprocess.CalledProcessError as error:
        raise Missing(f"{command[0]} ended with {error.returncode}") from error


def cargo(*arguments):
    run(["cargo", "build", "--quiet", "--release", "--locked", *arguments])


def released(package, example=None):
    """One of our programs, built for release."""
    manifest = ["--manifest-path", str(ROOT / "Cargo.toml"), "-p", package]
    cargo(*manifest, *(["--example", example] if example else []))
    return TARGET / "release" / (f"examples/{example}" if example else package)


def python():
    """The Python that has what others wrote, installed from requirements.txt."""
    venv, wanted = BENCH / ".venv", (BENCH / "requirements.txt").read_text(encoding="utf8")
    stamp = venv / "stamp"
    if not stamp.exists() or stamp.read_text(encoding="utf8") != wanted:
        shutil.rmtree(venv, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(venv)])
        pip = [str(venv / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "-r", str(BENCH / "requirements.txt")])
        stamp.write_text(wanted, encoding="utf8")
    return [str(venv / "bin/python"), "-B", "-X", "utf8"]


def measured(command, codes=(0,), **options):
    """Runs a program until it ends with one of these exit codes: what it printed, and what it cost. The figures are the
    kernel's own, from wait4; they know nothing of other programs that run beside it. Memory is never less than this
    script's own, which is little."""
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as messages:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=printed, stderr=messages, **options)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        messages.seek(0)
        if process.returncode not in codes:
            said = messages.read()[-2000:].decode(errors="replace")
            raise Missing(f"{Path(command[0]).name} ended with {process.returncode}: {said}")
        return printed.read().decode(errors="replace"), cost(usage, wall)


def cost(usage: resource.struct_rusage, wall):
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def note(text):
    print(text, file=sys.stderr, flush=True)


def row(cells):
    """A row of a Markdown table."""
    return "| " + " | ".join(cells) + " |"
