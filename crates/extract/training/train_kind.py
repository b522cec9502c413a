#!/usr/bin/env python3
"""Trains the model of page kinds of vidimus-extract and writes it to crates/extract/data/model-kind.txt.

usage: train_kind.py TYPED EXTRA --out MODEL.txt [--rounds N] [--leaves N]

TYPED and EXTRA are CORPUS:FEATURES.tsv: a folder with gt.json, and what the example `export_kinds` wrote of it. TYPED has
a type for every page in gt.json; the pages of EXTRA are single articles, and count as such.

The figures printed are of sites that the model did not see: whole sites are held out, half by half. The model that is
written is trained on all of them.
"""
import argparse
import collections
import csv
import json
import zlib
from pathlib import Path

import lightgbm as lgb
import numpy as np
from forest import SCALE, site, trees

KINDS = ["article", "listing", "forum", "product", "documentation", "service"]
OF_TYPE = {"collection": "listing"}
LEADS = [0, 600, 1100, 1600, 2200]
FIRST_FEATURE = 4  # behind id, kind, confidence, partial
ARTICLE_WEIGHT = 1.0
EXTRA_WEIGHT = 0.4


def load(argument, typed):
    folder, features = argument.split(":", 1)
    truth = json.loads((Path(folder) / "gt.json").read_text(encoding="utf8"))
    rows = []
    with open(features, encoding="utf8", newline="\n") as lines:
        table = csv.reader(lines, delimiter="\t")
        # Two features may have one name: they are told apart by their place alone.
        names = next(table)[FIRST_FEATURE:]
        for row in table:
            page = truth[row[0]]
            kind = OF_TYPE.get(page.get("type"), page.get("type")) if typed else "article"
            half = zlib.crc32(site(page.get("url")).encode()) % 2
            rows.append((row[0], half, KINDS.index(kind), [int(value) for value in row[FIRST_FEATURE:]]))
    return names, rows


def train(matrix, label, weight, options):
    data = lgb.Dataset(matrix, label, weight=weight)
    settings = dict(
        objective="multiclass", num_class=len(KINDS), num_leaves=options.leaves, learning_rate=0.06,
        min_data_in_leaf=12, feature_fraction=0.25, bagging_fraction=0.7, bagging_freq=1, lambda_l2=5,
        max_bin=63, seed=7, deterministic=True, force_row_wise=True, num_threads=1, verbose=-1,
    )
    return lgb.train(settings, data, options.rounds)


def decide(scores, lead):
    """The best kind that is so far ahead of the article, in units of the scores; else the article."""
    best = scores[:, 1:].argmax(1) + 1
    ahead = scores[np.arange(len(scores)), best] - scores[:, 0]
    return np.where(ahead * SCALE >= lead, best, 0)


def report(name, label, scores):
    print(f"\n{name}")
    for lead in LEADS:
        got = decide(scores, lead)
        wrong = ((got != 0) & (label == 0)).sum() / max(1, (label == 0).sum())
        found = ((got == label) & (label != 0)).sum() / max(1, (label != 0).sum())
        called = (got != 0).sum()
        right = ((got != 0) & (label != 0)).sum() / max(1, called)
        print(f"lead {lead:5}: articles misnamed {wrong:.3f}, others named right {found:.3f}, precision of 'no article' {right:.3f}")


def confusion(label, scores, lead):
    got = decide(scores, lead)
    print(f"\nconfusion at lead {lead} (rows: truth)\n{'':14}" + "".join(f"{kind[:9]:>10}" for kind in KINDS))
    for index, kind in enumerate(KINDS):
        counts = collections.Counter(got[label == index].tolist())
        print(f"{kind:14}" + "".join(f"{counts[column]:10}" for column in range(len(KINDS))))


def write(path, booster):
    lines = trees(booster)
    text = ["# Written by training/train_kind.py; see src/model.rs for the format. One forest for each kind."]
    for index, kind in enumerate(KINDS):
        text += [f"# class {kind}", "bias 0", *lines[index :: len(KINDS)]]
    Path(path).write_text("\n".join(text) + "\n", encoding="utf8")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("typed")
    parser.add_argument("extra")
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--leaves", type=int, default=4)
    options = parser.parse_args()
    names, typed = load(options.typed, True)
    _, extra = load(options.extra, False)
    rows = typed + extra
    matrix = np.array([row[3] for row in rows])
    label = np.array([row[2] for row in rows])
    half = np.array([row[1] for row in rows])
    is_typed = np.arange(len(rows)) < len(typed)
    weight = np.where(is_typed, 1.0, EXTRA_WEIGHT) * np.where(label == 0, ARTICLE_WEIGHT, 1.0)
    scores = np.zeros((len(rows), len(KINDS)))
    for held in (0, 1):
        booster = train(matrix[half != held], label[half != held], weight[half != held], options)
        scores[half == held] = booster.predict(matrix[half == held], raw_score=True)
    report("held-out sites, typed corpus", label[is_typed], scores[is_typed])
    report("held-out sites, extra articles", label[~is_typed], scores[~is_typed])
    confusion(label[is_typed], scores[is_typed], 1100)
    booster = train(matrix, label, weight, options)
    gains = sorted(zip(booster.feature_importance("gain"), names), reverse=True)
    print("\nmost telling: " + ", ".join(name for _, name in gains[:30]))
    write(options.out, booster)
    ids = [row[0] for row in rows]
    lost = [i for i in range(len(rows)) if label[i] == 0 and decide(scores[i : i + 1], 1100)[0] != 0]
    for i in lost[:60]:
        print("misnamed", "typed" if is_typed[i] else "extra", ids[i], KINDS[decide(scores[i : i + 1], 1100)[0]])


if __name__ == "__main__":
    main()
