"""What all training programs share: which site a page is of, and how a tree is written for src/model.rs to read."""
from urllib.parse import urlparse

import numpy as np

SCALE = 1000  # scores are thousandths of the logarithm of the odds


def site(url):
    """The registrable domain, nearly: what is held out is held out by whole sites."""
    labels = (urlparse(url or "").hostname or "").split(".")
    keep = 2 if len(labels) < 3 or len(labels[-2]) > 3 else 3
    return ".".join(labels[-keep:])


def trees(booster, share=1):
    """The trees of a LightGBM booster, a line each, its leaf values divided by `share`."""
    return [line(tree["tree_structure"], share) for tree in booster.dump_model()["tree_info"]]


def line(tree, share):
    """A tree as `feature:threshold:left:right` and `=value`, links leading forward."""
    flat = []

    def visit(node):
        index = len(flat)
        flat.append("")
        if "leaf_value" in node:
            flat[index] = f"={round(node['leaf_value'] * SCALE / share)}"
            return index
        left, right = visit(node["left_child"]), visit(node["right_child"])
        flat[index] = f"{node['split_feature']}:{int(np.floor(node['threshold']))}:{left}:{right}"
        return index

    visit(tree)
    return " ".join(flat)
