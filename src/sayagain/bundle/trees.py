"""Checking a file of boosted trees before it is loaded: XGBoost follows the numbers in it without a look at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sayagain.bundle.damage import damaged
from sayagain.bundle.ubjson import parse

OF_NODES = {
    "base_weights": ">f4", "default_left": "u1", "left_children": ">i4", "loss_changes": ">f4", "parents": ">i4",
    "right_children": ">i4", "split_conditions": ">f4", "split_indices": ">i4", "split_type": "u1",
    "sum_hessian": ">f4",
}  # fmt: skip
"""Arrays of a tree with an entry a node, and the type of their numbers."""
CATEGORICAL = ("categories", "categories_nodes", "categories_segments", "categories_sizes")
"""Arrays of a tree that are empty where it splits by numbers alone."""

MOST_TREES = 10_000
MOST_LEAF = 1e6
"""What a leaf may give, either way: of so many trees the sum is a number."""


def check(path: Path, features: int) -> None:
    """Check a model that gives one probability from rows of so many features.

    Raises:
        BundleError: it is none.
    """
    try:
        _check(parse(path.read_bytes()), features)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        why = str(error) if type(error) is ValueError else "it is no model of boosted trees"
        raise damaged(path, why) from error


def _check(model: Mapping[str, Any], features: int) -> None:
    learner = model["learner"]
    facts, booster, trees = learner["learner_model_param"], learner["gradient_booster"], _trees(learner)
    probability = learner["objective"]["name"] == "binary:logistic" and booster["name"] == "gbtree"
    one = int(facts["num_class"]) <= 1 and int(facts["num_target"]) == 1
    _require(probability and one and int(facts["num_feature"]) == features, "it is a model of something else")
    _require(0 <= float(facts["base_score"].strip("[]")) <= 1, "its base score is none")
    for number, tree in enumerate(trees):
        kind = tree["tree_param"]
        same = tree["id"] == number and int(kind["num_feature"]) == features and int(kind["size_leaf_vector"]) <= 1
        _require(same and not any(len(tree[name]) for name in CATEGORICAL), "a tree is of another model")
    _check_nodes(trees, features)


def _trees(learner: Mapping[str, Any]) -> list[Any]:
    """Return the trees, which are as many as it says everywhere."""
    model = learner["gradient_booster"]["model"]
    trees, count = model["trees"], int(model["gbtree_model_param"]["num_trees"])
    rounds, groups = np.asarray(model["iteration_indptr"]), np.asarray(model["tree_info"])
    _require(len(trees) == count == len(groups) <= MOST_TREES and not groups.any(), "its trees are not counted")
    _require(np.array_equal(rounds, np.arange(count + 1)), "its trees are not counted")
    none = not any(len(part) for part in model.get("cats", {}).values())
    _require(none and int(model["gbtree_model_param"]["num_parallel_tree"]) == 1, "it is a model of something else")
    return list(trees)


def _check_nodes(trees: Sequence[Mapping[str, Any]], features: int) -> None:
    """Check the nodes of all trees, one after the other in one array."""
    sizes = [int(tree["tree_param"]["num_nodes"]) for tree in trees]
    for tree, size in zip(trees, sizes, strict=True):
        _require(size > 0 and all(len(tree[name]) == size for name in OF_NODES), "a tree is not of its size")
        _require(all(tree[name].dtype == kind for name, kind in OF_NODES.items()), "a tree has numbers of another type")
    node = {name: np.concatenate([tree[name] for tree in trees] or [np.empty(0)]) for name in OF_NODES}
    end, root = np.repeat(sizes, sizes), np.repeat(np.cumsum(sizes) - sizes, sizes)
    left, right, values = node["left_children"], node["right_children"], node["split_conditions"]
    leaf = left == -1
    _require(np.array_equal(leaf, right == -1), "a node has one child")
    for side in (left, right):
        _require(bool((leaf | ((side > 0) & (side < end))).all()), "a child is not there")
    children = np.concatenate([(root + left)[~leaf], (root + right)[~leaf]])
    _require(len(np.unique(children)) == len(children), "a node has two parents")  # so every way from the root ends
    inner = np.arange(len(root)) != root  # all but the roots, which have none
    parents = node["parents"]
    _require(bool(((parents >= 0) & (parents < end))[inner].all()), "a parent is not there")
    split = node["split_indices"]
    _require(bool((leaf | ((split >= 0) & (split < features))).all()), "a feature is not there")
    _require(not node["split_type"].any() and bool(np.isfinite(values).all()), "it does not split by numbers")
    _require(bool((np.abs(values[leaf]) <= MOST_LEAF).all()), "a leaf is out of range")


def _require(holds: bool, why: str) -> None:
    if not holds:
        raise ValueError(why)
