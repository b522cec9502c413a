#!/usr/bin/env python3
"""Trains the block model of vidimus-extract and writes it to crates/extract/data.

usage: train.py CORPUS:FEATURES... --out MODEL.txt [--rounds N] [--threshold T]

CORPUS is a folder with gt.json and list.tsv, FEATURES the folder that the example `export_features` filled from it.

  1. export_features LIST.tsv FEATURES       for each corpus
  2. train.py ... --out data/model-blocks.txt

Beside the model it writes one per fold, MODEL-0.txt and so on, which has seen no page of the sites in that fold. The
figures printed are of such models and the pages that they have not seen; `held_out.py` runs the whole extractor with
them. A page's label is the share of a block's words that an alignment of the page's words with the ground truth
matches; where the ground truth only lists sentences, blocks without one have no label.
"""
import argparse
import collections
import json
import re
import zlib
from pathlib import Path

import lightgbm as lgb
import numpy as np
from forest import SCALE, site, trees
from rapidfuzz.distance import LCSseq

FOLDS = 3
WORD = re.compile(r"\w+")
MOST_BLOCKS = 500  # blocks of one page that are trained on


def words(text):
    return WORD.findall((text or "").lower())


def squeeze(text):
    return re.sub(r"\s+", " ", text or "").strip()


def aligned(blocks, truth):
    """For each block how many of its words the ground truth has at that place."""
    flat, owner = [], []
    for index, block in enumerate(blocks):
        flat += block
        owner += [index] * len(block)
    hits = np.zeros(len(blocks))
    if not flat or not truth:
        return hits
    if len(flat) * len(truth) > 3_000_000_000:
        known = set(truth)
        return np.array([sum(word in known for word in block) for block in blocks], float)
    for step in LCSseq.opcodes(flat, truth):
        if step.tag == "equal":
            for position in range(step.src_start, step.src_end):
                hits[owner[position]] += 1
    return hits


def by_sentences(texts, truth):
    """1 for blocks with a wanted sentence, 0 for blocks with an unwanted one, -1 for all others."""
    out = np.full(len(texts), -1.0)
    wanted = [squeeze(s) for s in truth.get("with") or [] if squeeze(s)]
    unwanted = [squeeze(s) for s in truth.get("without") or [] if squeeze(s)]
    for index, text in enumerate(map(squeeze, texts)):
        good, bad = any(s in text for s in wanted), any(s in text for s in unwanted)
        if good != bad:
            out[index] = float(good)
    return out


class Corpus:
    def __init__(self, folder, features):
        self.features = Path(features)
        self.truth = json.loads((Path(folder) / "gt.json").read_text(encoding="utf8"))
        self.pages, self.texts = [], []
        start = {}
        with open(self.features / "blocks.tsv", encoding="utf8", newline="\n") as lines:
            for row, line in enumerate(lines):
                page, text = line.rstrip("\n").split("\t", 1)
                if page not in start:
                    start[page] = row
                    self.pages.append(page)
                self.texts.append(text)
        ends = [start[page] for page in self.pages[1:]] + [len(self.texts)]
        self.rows = {page: (start[page], end) for page, end in zip(self.pages, ends)}
        self.matrix = np.fromfile(self.features / "features.i16", "<i2").reshape(len(self.texts), -1)
        self.tokens = [words(text) for text in self.texts]

    def label(self):
        count = len(self.texts)
        label, weight, fold = np.full(count, -1.0), np.zeros(count), np.zeros(count, int)
        random = np.random.default_rng(1)
        for page, (first, end) in self.rows.items():
            truth = self.truth[page]
            here = slice(first, end)
            fold[here] = zlib.crc32(site(truth.get("url")).encode()) % FOLDS
            if not truth.get("articleBody"):
                label[here] = by_sentences(self.texts[first:end], truth)
                weight[here] = np.where(label[here] >= 0, 0.08, 0)
                continue
            sizes = np.array([len(t) for t in self.tokens[first:end]], float)
            hits = aligned(self.tokens[first:end], words(truth["articleBody"]))
            label[here] = hits / np.maximum(sizes, 1)
            # Each page counts the same: half by words, as the figures do, half by blocks, so that short lines matter.
            by_words = np.minimum(sizes, 200) / max(60.0, min(max(30.0, hits.sum()), sizes.sum()))
            weight[here] = np.where(sizes > 0, 0.6 * np.minimum(by_words, 0.5) + 0.4 / len(sizes), 0)
            surplus = (end - first) / MOST_BLOCKS
            if surplus > 1:
                chosen = random.random(end - first) < 1 / surplus
                weight[here] = np.where(chosen, weight[here] * surplus, 0)
        return label, weight, fold

    def figures(self, scores, threshold):
        """Word F1 by page type, and sentence F1 with leaks."""
        kept = scores > threshold
        f1 = collections.defaultdict(list)
        hit = collections.Counter()
        for page, (first, end) in self.rows.items():
            truth = self.truth[page]
            chosen = [row for row in range(first, end) if kept[row]]
            if truth.get("articleBody"):
                got = collections.Counter(word for row in chosen for word in self.tokens[row])
                want = collections.Counter(words(truth["articleBody"]))
                common = sum((got & want).values())
                value = 2 * common / max(1, sum(got.values()) + sum(want.values()))
                f1["all"].append(value)
                f1[truth.get("type", "?")].append(value)
            text = squeeze(" ".join(self.texts[row] for row in chosen))
            for name, key in (("with", "with"), ("without", "without")):
                for sentence in truth.get(key) or []:
                    hit[name, squeeze(sentence) in text] += 1
        out = {kind: float(np.mean(values)) for kind, values in sorted(f1.items())}
        tp, fn, fp, tn = hit["with", True], hit["with", False], hit["without", True], hit["without", False]
        if tp:
            precision, recall = tp / (tp + fp), tp / (tp + fn)
            out["seg"] = 2 * precision * recall / (precision + recall)
            out["leakSeg"] = fp / max(1, fp + tn)
        return out


def write_model(path, booster, threshold, comment):
    bias = -round(float(np.log(threshold / (1 - threshold))) * SCALE)
    text = [f"# {comment}", "# Written by training/train.py; see src/model.rs for the format.", f"bias {bias}"]
    text += trees(booster)
    Path(path).write_text("\n".join(text) + "\n", encoding="utf8")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("corpora", nargs="+")
    ap.add_argument("--out", required=True)
    ap.add_argument("--rounds", type=int, default=220)
    ap.add_argument("--threshold", type=float, default=0.45)
    args = ap.parse_args()
    corpora = [Corpus(*pair.rsplit(":", 1)) for pair in args.corpora]
    labelled = [corpus.label() for corpus in corpora]
    label, weight, fold = (np.concatenate([part[i] for part in labelled]) for i in range(3))
    matrix = np.concatenate([corpus.matrix for corpus in corpora])
    target = (label > 0.6).astype(int)
    params = {
        "objective": "binary", "learning_rate": 0.07, "num_leaves": 31, "min_data_in_leaf": 80, "max_bin": 63,
        "feature_fraction": 0.35, "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 8, "verbose": -1,
        "seed": 1, "deterministic": True, "force_row_wise": True, "num_threads": 2,
    }

    def write(booster, path, comment):
        write_model(path, booster, args.threshold, f"{comment}, {args.rounds} trees, threshold {args.threshold:.3f}")

    def fit(rows):
        data = lgb.Dataset(matrix[rows], target[rows], weight=weight[rows] * 1000)
        return lgb.train(params, data, num_boost_round=args.rounds)

    used = weight > 0
    scores = np.zeros(len(target))
    for number in range(FOLDS):
        held_out = fold == number
        booster = fit(used & ~held_out)
        scores[held_out] = booster.predict(matrix[held_out], raw_score=True)
        out = Path(args.out)
        write(booster, out.with_name(f"{out.stem}-{number}{out.suffix}"), f"block model without the sites of fold {number}")
        print(f"fold {number + 1} of {FOLDS}", flush=True)
    first = 0
    for corpus in corpora:
        here = scores[first:first + len(corpus.texts)]
        first += len(corpus.texts)
        for threshold in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55):
            row = corpus.figures(here, np.log(threshold / (1 - threshold)))
            print(threshold, "  ".join(f"{name} {value:.4f}" for name, value in row.items()), flush=True)
    booster = fit(used)
    gains = booster.feature_importance("gain")
    print("heaviest features:", ", ".join(str(i) for i in np.argsort(-gains)[:40]))
    write(booster, args.out, "block model")


if __name__ == "__main__":
    main()
