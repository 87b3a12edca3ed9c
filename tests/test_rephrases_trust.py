"""How far the span model is believed in a log, and what is said again in the same words: planted truth, recovered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayagain.rephrases.excerpt import Excerpt, Said
from sayagain.rephrases.likeness import LogLikeness
from sayagain.rephrases.same_words import after_which, said_first
from sayagain.rephrases.span_model import Found, shipped
from sayagain.rephrases.trust import LEAST_EXCERPTS, by_chance, pooled, read_log, trust

WISHES = (
    "turn on the lamp", "play some jazz", "what is the weather tomorrow", "set a timer for ten minutes",
    "call my mother", "add milk to the shopping list", "open the garage door", "how tall is the eiffel tower",
    "wake me at seven", "read my new emails", "is there traffic on the way to work", "stop the vacuum cleaner",
)  # fmt: skip


def log_of(count: int, again: float, seed: int = 3) -> tuple[list[Excerpt], list[bool]]:
    """Return excerpts in which a wish that failed is said again so often, and one that worked never; and which."""
    rng = np.random.default_rng(seed)
    excerpts, answers = list[Excerpt](), list[bool]()
    for _ in range(count):
        first, other = (WISHES[i] for i in rng.permutation(len(WISHES))[:2])
        failed = bool(rng.random() < 0.5)
        answers.append(failed and bool(rng.random() < again))
        then = first if answers[-1] else other
        excerpts.append((Said(first, failed=failed), Said(then, after=8.0), Said("thank you", after=20.0)))
    return excerpts, answers


class Scripted:
    """A model that finds what it is told to."""

    def __init__(self, likely: Callable[[Excerpt], float]) -> None:
        self.likely = likely
        self.read_so_far = 0

    def read(self, excerpts: Sequence[Excerpt], done: Callable[[int], None] = lambda count: None) -> list[Found]:
        self.read_so_far += len(excerpts)
        done(len(excerpts))
        spans = [(0, 1), (0, 1)]
        return [Found(np.array([self.likely(each), 0.01], dtype=np.float32), spans, 0.5) for each in excerpts]


def same(excerpt: Excerpt) -> float:
    return 0.9 if excerpt[0].text == excerpt[1].text else 0.05


def blind(excerpt: Excerpt) -> float:
    """Read nothing but the response to what followed: as likely after any other request."""
    return 0.9 if excerpt[1].text.startswith("turn") else 0.05


def test_a_model_that_finds_what_chance_does_not_is_believed_and_changes_nothing() -> None:
    excerpts, _ = log_of(400, again=0.8)
    model = Scripted(same)
    found = model.read(excerpts)
    assert trust(model, excerpts, found) == 1
    assert [each.probability.tolist() for each in read_log(model, excerpts)] == [
        each.probability.tolist() for each in found
    ]


def test_a_model_that_finds_as_much_by_chance_is_not_and_the_words_take_over() -> None:
    excerpts, answers = log_of(400, again=0.8)
    model = Scripted(blind)
    assert trust(model, excerpts, model.read(excerpts)) == 0
    found = read_log(model, excerpts)
    likely = np.array([each.probability[0] for each in found])
    assert likely[np.array(answers)].min() > 0.5 > likely[~np.array(answers)].max()
    assert all(each.spans == [(0, 1), (0, 1)] for each in found), "where it is said stays as the model found it"


def test_few_excerpts_tell_nothing_of_chance() -> None:
    excerpts, _ = log_of(LEAST_EXCERPTS - 1, again=0.8)
    model = Scripted(blind)
    assert trust(model, excerpts, model.read(excerpts)) == 1
    assert model.read_so_far == len(excerpts)
    assert read_log(model, []) == []


def test_the_shipped_model_is_believed_where_people_say_again_what_failed() -> None:
    excerpts, _ = log_of(300, again=0.8)
    assert trust(shipped(), excerpts, shipped().read(excerpts)) == 1


def test_where_everybody_says_the_same_few_things_the_shipped_model_is_not_believed() -> None:
    rng = np.random.default_rng(4)
    asked = ["phone number", "what is the address", "what about the price range", "what area is it in", "post code"]
    drawn = (rng.permutation(len(asked)) for _ in range(400))
    excerpts: list[Excerpt] = [
        tuple(Said(asked[i], after=6.0 * place, response="it is a great place") for place, i in enumerate(order))
        for order in drawn
    ]
    assert trust(shipped(), excerpts, shipped().read(excerpts)) < 1


def test_by_chance_means_what_followed_something_else_and_is_always_the_same() -> None:
    excerpts, _ = log_of(300, again=1.0)
    drawn = by_chance(excerpts)
    assert drawn == by_chance(excerpts)
    heads, tails = {each[0] for each in excerpts}, {each[1:] for each in excerpts}
    assert all(each[0] in heads and each[1:] in tails for each in drawn)
    alone = [(Said("lamp"), Said("lamp", after=5.0))] * 300
    assert by_chance(alone) == []
    assert trust(Scripted(same), alone, []) == 1


def test_the_log_shows_after_which_turns_a_wish_is_said_again() -> None:
    rng = np.random.default_rng(5)
    failed = rng.random(20_000) < 0.3
    share = np.where(failed, 0.6, 0.1)
    again = (rng.random(len(failed)) < share).astype(np.float64)
    offsets = after_which(failed.astype(np.float64)[:, None], again)
    wanted = np.log(share / (1 - share)) - np.log(again.mean() / (1 - again.mean()))
    assert np.abs(offsets - wanted).max() < 0.08
    assert np.abs(after_which(np.zeros((50, 2)), np.full(50, 0.2))).max() < 1e-9


def test_half_alike_words_are_a_rephrase_after_what_fails_in_this_log() -> None:
    excerpts, _ = log_of(600, again=0.9)
    half = (Said("open the garage door", failed=True), Said("open the window", after=8.0))
    other = (replace(half[0], failed=False), half[1])
    *_, after_failure, after_success = said_first([*excerpts, half, other])
    assert after_failure[0] > after_success[0]


def test_the_first_that_says_it_again_is_the_likeliest_and_thanks_say_nothing() -> None:
    asked = Said("cheap food")
    excerpts: list[Excerpt] = [
        (asked, Said("cheap food", after=5), Said("cheap food", after=9)),
        (Said("thank you"), Said("thank you", after=5), Said("post code", after=9)),
        (asked,),
    ]
    twice, thanks, alone = said_first(excerpts)
    assert twice[0] > 0.5 > twice[1]
    assert thanks.max() < 0.1
    assert alone.shape == (0,)


def test_what_is_rare_in_the_log_makes_requests_alike() -> None:
    many = [f"what is the {what}" for what in ("address", "price", "area", "food", "name", "street", "number")]
    likeness = LogLikeness([*many, "number please", ""])
    common, rare = likeness(["what is the number"] * 2, ["what is the area", "number please"])
    assert rare > common
    assert likeness(["what is the area", ""], ["what is the area", ""]) == pytest.approx([1, 0])
    assert LogLikeness([])([], []).shape == (0,)


shares = st.lists(st.floats(0, 0.24), min_size=4, max_size=4).map(np.array)


@given(one=shares, other=shares, believed=st.floats(0, 1))
def test_a_pool_lies_between_what_it_pools(one: np.ndarray, other: np.ndarray, believed: float) -> None:
    (found,) = pooled([Found(one.astype(np.float32), [(0, 1)] * 4, 0.5)], [other], believed)
    assert np.all(found.probability >= 0)
    assert found.probability.sum() <= 1 + 1e-6
    for weight, side in ((1.0, one), (0.0, other)):
        (alone,) = pooled([Found(one.astype(np.float32), [(0, 1)] * 4, 0.5)], [other], weight)
        assert alone.probability == pytest.approx(side, abs=1e-5)
