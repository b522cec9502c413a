#!/usr/bin/env python3
"""Trains the models by which vidimus-extract chooses a page's date, title or authors, and writes one to
crates/extract/data.

usage: train_choice.py dates|titles|authors CORPUS:CHOICES.tsv... --out MODEL.txt [--rounds N] [--half]

CORPUS is a folder with gt.json, CHOICES.tsv the file that the example `export_choices` wrote for it. A candidate is a
good one if the ground truth has it. A page without a value in the ground truth counts as one that has none only where
the corpus says of what sort each page is: elsewhere a missing value may only mean that nobody looked.

The figures printed are of pages whose whole site the model did not see: for each threshold the share of pages where the
choice is right, and of pages without a value where nothing is chosen. --half trains on one half of the sites only, for
figures of the other half.
"""
import argparse
import collections
import csv
import json
import re
import zlib
from pathlib import Path

import lightgbm as lgb
import numpy as np
from forest import site, trees

FOLDS = 5
FIELD = {"dates": "date", "titles": "title", "authors": "author"}
THRESHOLDS = {
    "dates": (-1.7, -1.5, -1.3, -1.1, -0.9, -0.6, -0.3, 0.0),
    "titles": (-99,),
    "authors": (-3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0),
}
PARAMS = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 12, "feature_fraction": 0.5,
    "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "max_bin": 127, "verbosity": -1,
    "deterministic": True, "force_row_wise": True, "num_threads": 1,
}
SEEDS = (5, 6)
WORD = re.compile(r"\w+")


def words(value):
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return WORD.findall(text.lower())


def is_right(which, got, truth):
    """Whether a candidate is what the ground truth has, as the scoring script compares them."""
    if which == "dates":
        return got == str(truth)[:10]
    if which == "titles":
        return words(got) == words(truth)
    one, other = set(words(got)), set(words(truth))
    return bool(one and other) and 2 * len(one & other) / (len(one) + len(other)) >= 0.6


class Pages:
    """The candidates of all pages of all corpora, as one matrix."""

    def __init__(self, which, corpora):
        self.names, rows, self.owner, self.texts = None, [], [], []
        self.truth, self.corpus, self.ids = [], [], []
        for corpus in corpora:
            folder, file = corpus.split(":")
            truth = json.loads((Path(folder) / "gt.json").read_text(encoding="utf8"))
            first = len(self.truth)
            index = {key: first + number for number, key in enumerate(truth)}
            self.truth += truth.values()
            self.ids += truth
            self.corpus += [Path(folder).name] * len(truth)
            with open(file, encoding="utf8", newline="\n") as lines:
                reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
                self.names = next(reader)[2:]
                for page, text, *values in reader:
                    self.owner.append(index[page])
                    self.texts.append(text)
                    rows.append([int(value) for value in values])
        self.matrix = np.array(rows, np.int32)
        self.owner = np.array(self.owner)
        self.value = [truth.get(FIELD[which]) for truth in self.truth]
        right = [is_right(which, text, self.value[page]) for text, page in zip(self.texts, self.owner)]
        self.label = np.array(right, float)
        known = np.array([bool(value) or "type" in truth for value, truth in zip(self.value, self.truth)])
        self.weight = known[self.owner].astype(float)
        self.sites = [site(truth.get("url")) for truth in self.truth]
        self.fold = np.array([zlib.crc32((name + "f").encode()) % FOLDS for name in self.sites])
        self.half = np.array([zlib.crc32(name.encode()) % 2 for name in self.sites])

    def choose(self, scores, threshold):
        """The row of the best candidate of each page."""
        best = {}
        for row, page in enumerate(self.owner):
            if scores[row] > best.get(page, (threshold, 0))[0]:
                best[page] = (scores[row], row)
        return {page: row for page, (_, row) in best.items()}

    def figures(self, scores, threshold, pages=None):
        chosen = self.choose(scores, threshold)
        hit = collections.defaultdict(list)
        for page, value in enumerate(self.value):
            if pages is not None and not pages[page]:
                continue
            if value:
                hit[self.corpus[page]].append(page in chosen and self.label[chosen[page]] > 0)
            else:
                hit[self.corpus[page] + " none"].append(page not in chosen)
        return "  ".join(f"{name} {np.mean(values):.4f}" for name, values in sorted(hit.items()))


class Forest:
    """The mean of several boosters: what one of them takes from the luck of its draw, the others level out."""

    def __init__(self, pages, rows, rounds):
        self.boosters = []
        for seed in SEEDS:
            data = lgb.Dataset(
                pages.matrix[rows], pages.label[rows], weight=pages.weight[rows], feature_name=pages.names)
            self.boosters.append(lgb.train({**PARAMS, "seed": seed}, data, num_boost_round=rounds))

    def scores(self, matrix):
        return np.mean([booster.predict(matrix, raw_score=True) for booster in self.boosters], axis=0)

    def gains(self):
        return np.sum([booster.feature_importance("gain") for booster in self.boosters], axis=0)


def write_model(path, forest, comment):
    lines = [line for booster in forest.boosters for line in trees(booster, len(SEEDS))]
    head = [f"# {comment}", "# Written by training/train_choice.py; see src/model.rs for the format.", "bias 0"]
    Path(path).write_text("\n".join([*head, *lines]) + "\n", encoding="utf8")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("which", choices=list(FIELD))
    ap.add_argument("corpora", nargs="+")
    ap.add_argument("--out", type=Path, required=True)
    ap.add_argument("--rounds", type=int, default=160)
    ap.add_argument("--half", action="store_true")
    args = ap.parse_args()
    pages = Pages(args.which, args.corpora)
    used = pages.weight > 0
    if args.half:
        seen = pages.half == 0
        forest = Forest(pages, used & seen[pages.owner], args.rounds)
        scores = forest.scores(pages.matrix)
        shown = ~seen
    else:
        scores = np.zeros(len(pages.label))
        for number in range(FOLDS):
            held_out = (pages.fold == number)[pages.owner]
            forest = Forest(pages, used & ~held_out, args.rounds)
            scores[held_out] = forest.scores(pages.matrix[held_out])
        shown = None
        forest = Forest(pages, used, args.rounds)
    print("best possible:", pages.figures(pages.label, 0, shown))
    for threshold in THRESHOLDS[args.which]:
        print(threshold, pages.figures(scores, threshold, shown))
    gains = dict(zip(pages.names, forest.gains()))
    print("weightiest:", ", ".join(sorted(gains, key=gains.get, reverse=True)[:30]))
    print("unused:", ", ".join(name for name, gain in gains.items() if gain == 0))
    write_model(args.out, forest, f"The choice of {args.which}: {len(SEEDS)} times {args.rounds} trees.")


if __name__ == "__main__":
    main()
