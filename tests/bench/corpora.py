"""Where the evaluation corpora are, and how to get at their pages. They are not part of the repository: the pages
belong to their publishers."""
import os
import shutil
import subprocess
import tarfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("wcxb-dev", "traf")
WINDOW = 1 << 27  # what the packed pages were packed with


def folder(given=None):
    """The folder of the corpora: given, or $VIDIMUS_CORPORA, or ../shared/corpora beside the repository."""
    return Path(given or os.environ.get("VIDIMUS_CORPORA") or ROOT / ".." / "shared" / "corpora")


def is_there(corpus):
    return (corpus / "list.tsv").exists() and ((corpus / "html").is_dir() or (corpus / "html.tar.zst").exists())


def place(corpus, rows, out):
    """Writes OUT/list.tsv with the rows and makes their pages readable by it."""
    out.mkdir(parents=True, exist_ok=True)
    base = corpus if (corpus / "html").is_dir() else out
    if base is out:
        unpack(corpus / "html.tar.zst", {Path(path).name for _, path, _ in rows}, out / "html")
    lines = [f"{name}\t{(base / 'html' / Path(path).name).resolve()}\t{url}\n" for name, path, url in rows]
    (out / "list.tsv").write_text("".join(lines), encoding="utf8")
    return out / "list.tsv"


def unpack(packed, wanted, out):
    """Writes the wanted members of a packed folder, by their names, into one flat folder."""
    out.mkdir(parents=True, exist_ok=True)
    with decompressed(packed) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            name = Path(member.name).name
            if member.isfile() and name in wanted:
                with open(out / name, "wb") as file:
                    shutil.copyfileobj(archive.extractfile(member), file)


@contextmanager
def decompressed(path):
    """A zstd file as a stream of bytes: by the module `zstandard`, or else by the program `zstd`."""
    try:
        import zstandard
    except ImportError:
        command = ["zstd", "-q", "-d", "--long=27", "-c", str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            yield process.stdout
        return
    with open(path, "rb") as file:
        yield zstandard.ZstdDecompressor(max_window_size=WINDOW).stream_reader(file)
