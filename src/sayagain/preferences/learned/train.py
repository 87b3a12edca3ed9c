"""Train the tagger on labelled statements, and on real requests, which teach nothing. Needs the extra ``train``."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from sayagain.errors import SayAgainError
from sayagain.preferences.learned.augment import Augmenter, Example
from sayagain.preferences.learned.encode import UNREAD, encoded, tokenizer_of
from sayagain.preferences.learned.examples import Statement, classes_of, example_of
from sayagain.preferences.learned.network import Size, TaggerNetwork, fresh
from sayagain.preferences.learned.scheme import HEADS, KINDS, OF_CLASSES, POLARITIES, SCOPES, UNKNOWN, Marks
from sayagain.text.training import Told, Training, rise_and_fall

TAG_WEIGHT = 4.0
"""Weight of the loss of the tags beside that of each answer: most records are wrong in a word."""
NEW_SPEED = 5.0
"""How many times faster what is new learns than what was pretrained."""
TAGGER_SAVE_EVERY = 100
"""Batches after which the state is kept."""
SHORT_NUMBERS = ("avx512_bf16", "amx_bf16")
"""What a processor has that multiplies numbers of sixteen bits."""
SMOOTHED = 0.05
"""Share of an answer that is given to the others: labels are not all right."""


@dataclass(frozen=True)
class TaggerRecipe:
    """How a tagger is trained."""

    rounds: tuple[int, ...] = (7,)
    """Passes over the statements, in rounds: the rate rises and falls in each."""
    batch: int = 32
    rate: float = 3e-4
    """Highest learning rate (AdamW): in each round a linear rise over the first tenth, then a linear fall."""
    requests: float = 0.25
    """Real requests in each epoch, drawn anew, as a share of the statements."""
    augmented: bool = True
    seed: int = 1


def train(
    statements: Sequence[Statement],
    requests: Sequence[str],
    recipe: TaggerRecipe,
    kept: Path,
    told: Told = lambda done, of, loss: None,
    size: Size | None = None,
) -> TaggerNetwork:
    """Return a trained network.

    Args:
        statements: labelled ones.
        requests: real ones, which teach nothing.
        recipe: how.
        kept: where the state is kept from part to part.
        told: hears of batches done, of how many, and the loss.
        size: of the network, by default the one that ships.

    Raises:
        SayAgainError: there are too few statements, or ``kept`` is of another training.
    """
    if len(statements) < recipe.batch:
        raise SayAgainError(f"{len(statements)} statements are too few to train on", f"Give at least {recipe.batch}")
    subjects = classes_of(statements)
    examples = [example_of(each, frozenset(subjects)) for each in statements]
    others = [example_of(Statement(each, None), frozenset()) for each in requests]
    texts = [" ".join(each.words) for each in examples]
    torch.manual_seed(recipe.seed)
    network: TaggerNetwork = fresh(texts, subjects, recipe.seed, size)
    network.train()
    rounds = [list(each) for each in _rounds(examples, others, recipe)]
    batches = [batch for each in rounds for batch in each]
    new = [value for name, value in network.named_parameters() if not name.startswith("encoder.")]
    old = [value for value in network.encoder.parameters() if value.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": old, "lr": recipe.rate}, {"params": new, "lr": recipe.rate * NEW_SPEED}], weight_decay=0.01
    )
    steps, rates = len(batches), [rise_and_fall(step, len(each)) for each in rounds for step in range(len(each))]

    short = any(torch.cpu.get_capabilities().get(name) for name in SHORT_NUMBERS)

    def loss(_: int, batch: Sequence[Example]) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=short):  # twice as fast there, else much slower
            return loss_of(network, batch)

    facts = {**asdict(recipe), "statements": len(statements), "requests": len(requests)}
    Training(facts, steps, kept, TAGGER_SAVE_EVERY, told).run(
        network, optimiser, lambda step: rates[min(step, steps - 1)], batches, loss
    )
    network.eval()
    return network


def _rounds(
    examples: Sequence[Example], others: Sequence[Example], recipe: TaggerRecipe
) -> Iterator[Iterator[list[Example]]]:
    """Yield the batches of each round."""
    augmenter, done = Augmenter(examples), 0
    for passes in recipe.rounds:
        yield _batches(examples, others, recipe, augmenter, range(done, done + passes))
        done += passes


def _batches(
    examples: Sequence[Example],
    others: Sequence[Example],
    recipe: TaggerRecipe,
    augmenter: Augmenter,
    epochs: Iterable[int],
) -> Iterator[list[Example]]:
    """Yield batches of examples of about one length, in an order that the seed decides."""
    for epoch in epochs:
        draw = random.Random(f"{recipe.seed}/{epoch}")
        few = draw.sample(others, min(len(others), int(recipe.requests * len(examples))))
        order = [*examples, *few]
        if recipe.augmented:
            order = [augmenter.other(each, draw) for each in order]
        draw.shuffle(order)
        pool = 30 * recipe.batch
        batches = []
        for start in range(0, len(order), pool):
            near = sorted(order[start : start + pool], key=lambda each: len(each.words))
            batches += [near[i : i + recipe.batch] for i in range(0, len(near), recipe.batch)]
        draw.shuffle(batches)
        yield from batches


def loss_of(network: TaggerNetwork, batch: Sequence[Example]) -> Tensor:
    """Return the loss of what the network says of a batch: of the tags, and of each answer about the whole."""
    tokenizer = tokenizer_of(network.vocabulary)
    numbers = encoded(tokenizer, [each.words for each in batch], [each.named for each in batch])
    found = network(torch.from_numpy(numbers.pieces), torch.from_numpy(numbers.named))
    tags, whole = (each.float() for each in found)
    truth = torch.full(numbers.pieces.shape, UNKNOWN)
    for row, (each, firsts) in enumerate(zip(batch, numbers.firsts, strict=True)):
        for tag, place in zip(each.marks.tags, firsts, strict=True):
            if place != UNREAD:
                truth[row, place] = tag
    loss = torch.zeros(())
    if bool((truth != UNKNOWN).any()):
        loss = TAG_WEIGHT * cross_entropy(
            tags.flatten(0, 1), truth.flatten(), ignore_index=UNKNOWN, label_smoothing=SMOOTHED
        )
    at = 0
    for name, size in (*HEADS, ("subject", len(network.subjects))):
        answers = torch.tensor([_answer(each.marks, name, network.subjects) for each in batch])
        if bool((answers != UNKNOWN).any()):
            loss = loss + cross_entropy(
                whole[:, at : at + size], answers, ignore_index=UNKNOWN, label_smoothing=SMOOTHED
            )
        at += size
    return loss


def _answer(marks: Marks, head: str, subjects: Sequence[str]) -> int:
    """Return the number of what is to be answered about a whole statement; ``UNKNOWN`` where it does not matter."""
    if head == "kind":
        return KINDS.index(marks.kind)
    if head == "scope":
        return UNKNOWN if marks.scope is None else SCOPES.index(marks.scope)
    if head == "evening":
        return UNKNOWN if marks.evening is None else int(marks.evening)
    if head == "polarity":
        return UNKNOWN if marks.polarity is None else POLARITIES.index(marks.polarity)
    return subjects.index(marks.subject or "") if marks.kind in OF_CLASSES and marks.subject in subjects else UNKNOWN
