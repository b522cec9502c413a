#!/usr/bin/env python3
"""Runs the whole extractor over pages whose sites its block model has not seen, and scores the result.

usage: held_out.py EXTRACT_CORPUS MODEL.txt CORPUS...

EXTRACT_CORPUS is the built example of that name. MODEL.txt is what train.py wrote; the models of the folds, MODEL-0.txt
and so on, stand beside it. Everything but the block model is the shipped program, rules included.
"""
import json
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

from forest import site
from train import FOLDS

SCORE = Path(__file__).resolve().parents[3] / "tests" / "bench" / "score.py"


def held_out(program, model, corpus):
    """The output for all pages of a corpus, each from the model of the fold that its site is in."""
    truth = json.loads((corpus / "gt.json").read_text(encoding="utf8"))
    lines = (corpus / "list.tsv").read_text(encoding="utf8").splitlines()
    output = {}
    with tempfile.TemporaryDirectory() as scratch:
        for fold in range(FOLDS):
            chosen = []
            for line in lines:
                page, path, *url = line.split("\t")
                if zlib.crc32(site(truth[page].get("url")).encode()) % FOLDS == fold:
                    chosen.append("\t".join([page, str((corpus / path).resolve()), *url]))
            pages, result = Path(scratch, "list.tsv"), Path(scratch, "out.json")
            pages.write_text("\n".join(chosen) + "\n", encoding="utf8")
            part = model.with_name(f"{model.stem}-{fold}{model.suffix}")
            subprocess.run([program, pages, result, "--model", part], check=True)
            output.update(json.loads(result.read_text(encoding="utf8"))["output"])
    return output


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, model, *corpora = sys.argv[1:]
    for corpus in map(Path, corpora):
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf8") as file:
            json.dump({"output": held_out(program, Path(model), corpus)}, file)
            file.flush()
            print(f"== {corpus.name}, sites held out", flush=True)
            subprocess.run([sys.executable, str(SCORE), str(corpus), file.name], check=True)


if __name__ == "__main__":
    main()
