"""Satisfaction on USS: the class that raters gave at a request, from what was said up to it.

Cross-validated on the rated train files, dialogues never parted, and on any file of published prefixes. Ours joins a
dialogue-level network with a regression on words; both learn from all corpora (the network) or from one (the words).
Probabilities become classes by weights that make macro-F1 largest on the predictions of the *other* folds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.model_selection import GroupKFold

from sayagain.errors import FormatError
from sayagain.evaluation.labels.chances import simulated
from sayagain.evaluation.labels.figures import Classes, class_rows, f1_of
from sayagain.evaluation.labels.raters import against_others
from sayagain.evaluation.labels.turn_numbers import numbers_of
from sayagain.evaluation.labels.uss import (
    CLASSES,
    SATISFACTION_SETS,
    Exchange,
    Prefix,
    dialogues,
    groups_of,
    label_of,
    labels_of,
    published_prefixes,
    rated_prefixes,
)
from sayagain.evaluation.labels.words import WordModel
from sayagain.evaluation.rephrases.encoder import ENCODER_PACKAGE
from sayagain.evaluation.report import FOLDS, OURS, Role, Row
from sayagain.evaluation.statistics import Floats
from sayagain.extras import needs

AXES = 160
"""Principal axes kept of the vectors of turns: they hold 0.86 of the variance, and training is three times faster."""
RATINGS = 5

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Corpus:
    """One rated train file."""

    name: str
    dialogues: list[list[tuple[str, str, tuple[int, ...]]]]
    prefixes: list[Prefix]
    fold: npt.NDArray[np.intp]
    """Fold of each dialogue."""

    @classmethod
    def read(cls, name: str, path: Path, seed: int) -> Corpus:
        """Read a rated file and draw its folds by dialogue.

        Raises:
            FormatError: the file is missing, of another format, has fewer dialogues than folds, or lacks a class.
        """
        found, prefixes = list(dialogues(path)), rated_prefixes(path)
        if len(found) < FOLDS:
            raise FormatError(f"{path} has {len(found)} dialogues", f"At least {FOLDS} are needed: one for each fold")
        if len(set(labels_of(prefixes).tolist())) < len(CLASSES):
            raise FormatError(f"{path} does not show all classes", f"Raters must give each of: {', '.join(CLASSES)}")
        fold = np.zeros(len(found), dtype=np.intp)
        places = np.arange(len(found))
        splits = GroupKFold(FOLDS, shuffle=True, random_state=seed).split(places, groups=places)
        for number, (_, kept) in enumerate(splits):
            fold[kept] = number
        return cls(name, found, prefixes, fold)

    def fold_of_prefixes(self) -> npt.NDArray[np.intp]:
        """Return the fold of each prefix: that of its dialogue."""
        return self.fold[[int(each.dialogue) for each in self.prefixes]]


Probabilities = dict[str, Floats]
"""Of each part of ours, the probabilities of the classes, shape (prefixes, classes)."""


@dataclass(frozen=True)
class Fold:
    """What learned from all folds but one, for one corpus."""

    network: Callable[[Sequence[Prefix]], Floats]
    words: WordModel

    def __call__(self, prefixes: Sequence[Prefix]) -> Probabilities:
        """Return what each part says of the prefixes."""
        return {"network": self.network(prefixes), "tfidf": self.words(prefixes)}


def evaluate(name: str | None, data: Path, train: Path | None, seed: int, tell: Tell) -> list[Row]:
    """Return the figures of one corpus (``mwoz``, ``sgd``, ``redial``) or of all three.

    Args:
        name: the corpus; None for all three.
        data: a file of published prefixes (one corpus), or the directory of the set, whose ``asap_valid_*`` are read.
        train: the directory of the rated train files; by default the one that ``data`` is or is in.
        seed: of folds, training and bootstrap.
        tell: hears what is being done.

    Raises:
        FormatError: files are missing or of another format.
        MissingError: the extra ``train`` is not installed.
    """
    needs("torch", "transformers", ENCODER_PACKAGE)
    home = train or (data if data.is_dir() else data.parent)
    names = [name] if name else list(SATISFACTION_SETS)
    corpora = _corpora(home, names, seed)
    files = {each: data / f"asap_valid_{each}.txt.gz" for each in names} if data.is_dir() else {names[0]: data}
    published = {each: published_prefixes(path) for each, path in files.items() if path.exists()}
    texts = {text for corpus in corpora for each in corpus.prefixes for pair in each.exchanges for text in pair}
    texts |= {said for corpus in corpora for each in corpus.dialogues for pair in each for said in pair[:2]}
    texts |= {text for some in published.values() for each in some for pair in each.exchanges for text in pair}
    tell(f"encoding {len(texts):,} texts")
    vectors = _vectors(sorted(texts))
    folds = [_fold(corpora, each, names, vectors, seed, tell) for each in range(FOLDS)]
    rows = list[Row]()
    for corpus in (each for each in corpora if each.name in names):
        mine = [each[corpus.name] for each in folds]
        rows.extend(_rows(corpus, mine, published.get(corpus.name), files.get(corpus.name), seed))
    return rows


def _corpora(home: Path, names: Sequence[str], seed: int) -> list[Corpus]:
    """Read the corpora that are there: the network learns from all, even where one is judged.

    Raises:
        FormatError: the train file of one that is judged is missing.
    """
    found = list[Corpus]()
    for each in SATISFACTION_SETS:
        path = home / f"{each}_train.txt.gz"
        if path.exists():
            found.append(Corpus.read(each, path, seed))
        elif each in names:
            raise FormatError(f"There is no {path}", "Name the directory of the rated train files with --train")
    return found


def _vectors(texts: Sequence[str]) -> Mapping[str, npt.NDArray[np.float32]]:
    from sayagain.evaluation.labels.train import encode  # noqa: PLC0415  torch is imported where it is needed

    return dict(zip(texts, encode(texts), strict=True))


def _fold(
    corpora: Sequence[Corpus],
    number: int,
    names: Sequence[str],
    vectors: Mapping[str, npt.NDArray[np.float32]],
    seed: int,
    tell: Tell,
) -> dict[str, Fold]:
    """Return what learns from all dialogues but those of one fold, by corpus."""
    from sayagain.evaluation.labels import train  # noqa: PLC0415

    tell(f"training, fold {number + 1} of {FOLDS}")
    known_vectors = _projected(corpora, number, vectors)
    silence = np.zeros(AXES, dtype=np.float32)

    def turns(exchanges: Sequence[Exchange], corpus: int, ratings: Sequence[Sequence[int]] = ()) -> train.Turns:
        answers = ["", *(answer for _, answer in exchanges[:-1])]
        return train.Turns(
            np.stack([known_vectors[said] for said, _ in exchanges]),
            np.stack([known_vectors[answer] if answer else silence for answer in answers]),
            numbers_of(exchanges),
            corpus,
            np.array([label_of(each) for each in ratings], dtype=np.int64),
            np.array([np.bincount(each, minlength=RATINGS + 1)[1:] / len(each) for each in ratings], dtype=np.float32),
        )

    seen = [
        turns([pair[:2] for pair in dialogue], place, [pair[2] for pair in dialogue])
        for place, corpus in enumerate(corpora)
        for dialogue, fold in zip(corpus.dialogues, corpus.fold, strict=True)
        if fold != number
    ]
    network = train.train(seen, len(corpora), len(CLASSES), seed)
    found = dict[str, Fold]()
    for place, corpus in enumerate(corpora):
        if corpus.name in names:
            known = [e for e, f in zip(corpus.prefixes, corpus.fold_of_prefixes(), strict=True) if f != number]
            found[corpus.name] = Fold(
                lambda some, place=place: train.predict_last(network, [turns(e.exchanges, place) for e in some]),  # type: ignore[misc]
                WordModel.fit(known),
            )
    return found


def _projected(
    corpora: Sequence[Corpus], number: int, vectors: Mapping[str, npt.NDArray[np.float32]]
) -> Mapping[str, npt.NDArray[np.float32]]:
    """Return all vectors on the principal axes of what was said in all folds but one."""
    learned = np.stack(
        [
            vectors[text]
            for corpus in corpora
            for dialogue, fold in zip(corpus.dialogues, corpus.fold, strict=True)
            if fold != number
            for said, answer, _ in dialogue
            for text in (said, answer)
            if text
        ][::3]  # a third tells the axes as well
    )
    fitted = PCA(min(AXES, *learned.shape), svd_solver="randomized", random_state=0).fit(learned)
    moved = np.zeros((len(vectors), AXES), dtype=np.float32)
    moved[:, : fitted.n_components_] = fitted.transform(np.stack(list(vectors.values())))
    moved /= np.sqrt(fitted.explained_variance_.mean())
    return dict(zip(vectors, moved, strict=True))


def _rows(
    corpus: Corpus, folds: Sequence[Fold], published: Sequence[Prefix] | None, path: Path | None, seed: int
) -> Iterator[Row]:
    """Yield the figures of a corpus, cross-validated, and of its file of published prefixes."""
    truth, fold = labels_of(corpus.prefixes), corpus.fold_of_prefixes()
    unseen = _unseen(corpus, folds, fold)
    parts = {name: np.empty(len(truth), dtype=np.intp) for name in unseen}
    for number in range(FOLDS):
        here = fold == number
        for name, each in unseen.items():
            parts[name][here] = (each[here] * macro_weights(each[~here], truth[~here])).argmax(axis=1)
    majority = np.full(len(truth), np.bincount(truth).argmax())
    name = f"uss-{corpus.name}"
    yield from class_rows(name, _methods(parts, majority), truth, groups_of(corpus.prefixes), seed)
    ratings = [each.ratings for each in corpus.prefixes]
    yield from against_others(name, ratings, label_of, parts[OURS], groups_of(corpus.prefixes), seed)
    drawn, known = simulated(ratings, RATINGS, seed, macro_weights)
    yield from class_rows(name, {("chances_known", "ceiling"): known}, drawn, groups_of(corpus.prefixes), seed)
    if published and path:
        said = [each(published) for each in folds]
        told = _joined({each: np.mean([one[each] for one in said], axis=0) for each in said[0]})
        given = {each: (told[each] * macro_weights(unseen[each], truth)).argmax(axis=1) for each in told}
        most = np.full(len(published), majority[0])
        file = f"{name}:{path.name.partition('.')[0]}"
        yield from class_rows(file, _methods(given, most), labels_of(published), groups_of(published), seed)


def _unseen(corpus: Corpus, folds: Sequence[Fold], fold: npt.NDArray[np.intp]) -> Probabilities:
    """Return what is said of each prefix by what did not learn from its dialogue."""
    found = dict[str, Floats]()
    for number, model in enumerate(folds):
        here = np.flatnonzero(fold == number)
        for name, each in model([corpus.prefixes[i] for i in here]).items():
            found.setdefault(name, np.empty((len(fold), len(CLASSES))))[here] = each
    return _joined(found)


def _joined(parts: Probabilities) -> Probabilities:
    """Add ours: the geometric mean of its parts."""
    return {OURS: np.exp(np.mean([np.log(each) for each in parts.values()], axis=0)), **parts}


def _methods(given: Mapping[str, Classes], majority: Classes) -> dict[tuple[str, Role], Classes]:
    return {
        (OURS, "ours"): given[OURS],
        ("tfidf", "baseline"): given["tfidf"],
        ("majority", "baseline"): majority,
        ("network_alone", "ablation"): given["network"],
    }


def macro_weights(probabilities: Floats, truth: Classes) -> Floats:
    """Return the weights of the classes that make macro-F1 largest, found on a grid; the middle class weighs 1.

    A class that is hard to tell is given too rarely by the likeliest class, and macro-F1 counts it as much as others.
    """
    grid = np.exp(np.linspace(-0.8, 0.8, 17))
    tried = [np.array([low, 1.0, high]) for low in grid for high in grid]

    def reached(weights: Floats) -> float:
        given = (probabilities * weights).argmax(axis=1)
        table = np.bincount(truth * len(CLASSES) + given, minlength=len(CLASSES) ** 2).reshape(len(CLASSES), -1)
        return float(f1_of(table.astype(np.float64)).mean())

    return max(tried, key=reached)
