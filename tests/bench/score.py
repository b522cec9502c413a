#!/usr/bin/env python3
"""Scores an extractor's output against a corpus with ground truth. Standard library only.

usage: score.py CORPUS OUTPUT.json [--sites even|odd] [--every N] [--worst N] [--json]

CORPUS holds gt.json (page -> truth), list.tsv (page, path, URL) and perhaps leak.json (page -> class of boilerplate ->
phrases that are in the page and not in the truth). OUTPUT.json is {"version": ..., "output": {page: {"articleBody",
"title", "author", "date"}}}. A page without output counts as an empty one.

  wF1        words of output and truth as bags: F1 of each page, mean; also by page type
  acc        share of pages whose words are those of the truth, all of them and in order
  shP shR shF1   runs of four words: precision, recall (means over pages), F1 of these two
  segF1 leakSeg  sentences that must be there; share of the sentences that must not, and are
  leak_*     share of the pages with such boilerplate on which it reaches the output; leak_ANY: of any class
  titEx      titles that are exact; autR: authors found (names share most words); dateAcc: dates that are exact
  dateP      exact dates among those given; noDateOK: no date given, of the pages that have none
"""
import argparse
import json
import re
import zlib
from collections import Counter
from pathlib import Path
from urllib.parse import urlparse

WORD = re.compile(r"\w+")
RUN = 4  # words
SAME_AUTHOR = 0.6  # share of the words of two names from which they are one

# Figures of which less is better.
LESS_IS_BETTER = ("leak",)


def site(url):
    """The registrable domain, nearly: whole sites are in one half, as in crates/extract/training/train.py."""
    labels = (urlparse(url or "").hostname or "").split(".")
    keep = 2 if len(labels) < 3 or len(labels[-2]) > 3 else 3
    return ".".join(labels[-keep:])


def half(url):
    return "odd" if zlib.crc32(site(url).encode()) % 2 else "even"


def chosen(rows, sites=None, every=1):
    """Which pages of list.tsv are of the wanted half of the sites, and every how many of them."""
    rows = [row for row in rows if sites is None or half(row[2]) == sites]
    return rows[::every]


def pages_of(folder):
    """The rows of list.tsv: page, path, URL."""
    lines = (Path(folder) / "list.tsv").read_text(encoding="utf8").splitlines()
    rows = [line.split("\t") for line in lines if line.strip()]
    return [(row[0], row[1], row[2].strip() if len(row) > 2 else "") for row in rows]


class Page:
    """The truth about one page beside what was extracted from it."""

    def __init__(self, truth, record):
        self.truth = truth
        self.record = record or {}
        self.text = self.record.get("articleBody") or ""
        self.words = WORD.findall(self.text)
        self.true_words = WORD.findall(truth.get("articleBody") or "")
        self.lower = [word for word in WORD.findall(self.text.lower())]
        self.true_lower = WORD.findall((truth.get("articleBody") or "").lower())

    def exact(self):
        return self.words == self.true_words

    def bag(self):
        if not self.true_lower or not self.lower:
            return float(not self.true_lower and not self.lower)
        return harmonic(*shares(Counter(self.lower), Counter(self.true_lower)))

    def runs(self):
        return shares(runs(self.words), runs(self.true_words))

    def sentences(self, kind):
        """For each sentence that must or must not be there whether it is."""
        text = one_line(self.text)
        return [one_line(sentence) in text for sentence in self.truth.get(kind) or []]

    def leaks(self, phrases_by_class):
        text = f" {' '.join(self.lower)} "
        return {name: any(f" {phrase} " in text for phrase in phrases)
                for name, phrases in phrases_by_class.items() if phrases}

    def same_title(self):
        return lower_words(self.record.get("title")) == lower_words(self.truth["title"])

    def same_author(self):
        ours, true = set(lower_words(self.record.get("author"))), set(lower_words(self.truth["author"]))
        return bool(ours and true) and 2 * len(ours & true) >= SAME_AUTHOR * (len(ours) + len(true))

    def same_date(self):
        return str(self.record.get("date"))[:10] == str(self.truth["date"])[:10]


def one_line(text):
    return " ".join((text or "").split())


def lower_words(value):
    text = "; ".join(map(str, value)) if isinstance(value, list) else value or ""
    return WORD.findall(text.lower())


def runs(words):
    if len(words) <= RUN:
        return Counter([tuple(words)] if words else [])
    return Counter(zip(*(words[start:] for start in range(RUN))))


def shares(ours, true):
    """Which share of ours is true and which share of the true is ours; None of nothing."""
    common = (ours & true).total() if hasattr(ours, "total") else sum((ours & true).values())
    many, wanted = sum(ours.values()), sum(true.values())
    return common / many if many else None, common / wanted if wanted else None


def harmonic(precision, recall):
    return 2 * precision * recall / (precision + recall) if precision and recall else 0.0


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else 0.0


def figures(truths, records, leaks=None):
    """All figures that the truth allows, and each page's own (the bag of words)."""
    pages = {name: Page(truth, records.get(name)) for name, truth in truths.items()}
    out, each = {}, {}
    if any(page.truth.get("articleBody") for page in pages.values()):
        each = {name: page.bag() for name, page in pages.items()}
        of_text(out, pages, each)
    of_sentences(out, pages.values())
    of_leaks(out, pages, {name: found for name, found in (leaks or {}).items() if name in pages})
    of_facts(out, pages.values())
    return out, each


def of_text(out, pages, each):
    full = [page for page in pages.values() if page.truth.get("articleBody")]
    pairs = [page.runs() for page in full]
    out["shP"] = mean(precision for precision, _ in pairs if precision is not None)
    out["shR"] = mean(recall for _, recall in pairs if recall is not None)
    out["shF1"] = harmonic(out["shP"], out["shR"])
    out["acc"] = mean(page.exact() for page in full)
    out["wF1"] = mean(each.values())
    for kind in sorted({page.truth.get("type") for page in pages.values()} - {None, ""}):
        out[f"wF1_{kind}"] = mean(each[name] for name, page in pages.items() if page.truth.get("type") == kind)


def of_sentences(out, pages):
    wanted = [there for page in pages for there in page.sentences("with")]
    unwanted = [there for page in pages for there in page.sentences("without")]
    if not wanted:
        return
    hits, false = sum(wanted), sum(unwanted)
    out["segF1"] = harmonic(hits / max(1, hits + false), hits / len(wanted))
    out["leakSeg"] = false / max(1, len(unwanted))


def of_leaks(out, pages, leaks):
    if not leaks:
        return
    found = {name: pages[name].leaks(classes) for name, classes in leaks.items()}
    for kind in sorted({kind for classes in found.values() for kind in classes}):
        out[f"leak_{kind}"] = mean(classes[kind] for classes in found.values() if kind in classes)
    out["leak_ANY"] = mean(any(classes.values()) for classes in found.values() if classes)


def of_facts(out, pages):
    titled = [page for page in pages if page.truth.get("title")]
    if titled:
        out["titEx"] = mean(page.same_title() for page in titled)
    signed = [page for page in pages if page.truth.get("author")]
    if signed:
        out["autR"] = mean(page.same_author() for page in signed)
    dated = [page for page in pages if page.truth.get("date")]
    if not dated:
        return
    out["dateAcc"] = mean(page.same_date() for page in dated)
    out["dateP"] = mean(page.same_date() for page in dated if page.record.get("date"))
    # A truth that says nothing of a date says not that there is none.
    undated = [page for page in pages if "date" in page.truth and not page.truth["date"]]
    if undated:
        out["noDateOK"] = mean(not page.record.get("date") for page in undated)


def read_json(path):
    return json.loads(Path(path).read_text(encoding="utf8"))


def score(folder, output, sites=None, every=1):
    """Figures, figures by page, and how many pages had no output."""
    folder = Path(folder)
    names = [name for name, _, _ in chosen(pages_of(folder), sites, every)]
    truths = read_json(folder / "gt.json")
    truths = {name: truths[name] for name in names if name in truths}
    leaks = read_json(folder / "leak.json") if (folder / "leak.json").exists() else {}
    records = output.get("output", output)
    found, each = figures(truths, records, leaks)
    return found, each, sum(name not in records for name in truths)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--sites", choices=["even", "odd"], help="only pages of this half of the sites")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth page of these")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="also name the N pages of lowest wF1")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    found, each, missing = score(arguments.corpus, read_json(arguments.output), arguments.sites, arguments.every)
    if arguments.json:
        print(json.dumps(found, indent=1, sort_keys=True))
        return
    print(f"{arguments.corpus.name}: {missing} pages without output")
    for name, value in found.items():
        print(f"{name:18}{value:8.3f}")
    for name in sorted(each, key=each.get)[: arguments.worst]:
        print(f"  {each[name]:.3f}  {name}")


if __name__ == "__main__":
    main()
