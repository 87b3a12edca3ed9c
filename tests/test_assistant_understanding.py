"""How well the assistant serves its own people when it hears them right: well in ordinary words, badly in odd ones."""

from __future__ import annotations

from collections import Counter

import pytest

pytest.importorskip("home_assistant_intents", reason="needs the extra assistant: pip install 'sayagain[assistant]'")

from sayagain.assistant.cases import wanted
from sayagain.assistant.chain import Chain
from sayagain.assistant.corpus import by_goal
from sayagain.assistant.entities import Nearest
from sayagain.assistant.failure import met
from sayagain.assistant.goals import Circumstances
from sayagain.assistant.homes import make_home
from sayagain.assistant.nlu import Templates
from sayagain.assistant.pursuit import GoldParses
from sayagain.assistant.stages import Heard, Situation
from sayagain.assistant.world import NO_MISHAPS, World


@pytest.fixture(scope="module")
def shares():
    """Share of (text, goal) pairs that are met in three homes at noon, by style, with perfect hearing."""
    nlu, tried, served = Templates(), Counter(), Counter()
    gold = GoldParses(nlu)
    for seed in range(3):
        home = make_home(seed)
        speaker, world = home.speakers[0], World(home, mishaps=NO_MISHAPS)
        chain = Chain(nlu, Nearest(), world)
        for key, ways in by_goal().items():
            action = wanted(key, Circumstances(home, speaker))
            if action is None or key.kind == "list_remove":  # nothing is on the lists
                continue
            for one in ways:
                world.state = {}
                result = chain.run([Heard(one.text, 0.0)], Situation(speaker.id, speaker.area, speaker.has_screen))
                tried[one.style] += 1
                served[one.style] += met(result, gold.gold(one.text, key, action))
    return {style: served[style] / tried[style] for style in tried}


@pytest.mark.parametrize(("style", "least"), [("plain", 0.95), ("short", 0.88), ("long", 0.9)])
def test_ordinary_wording_is_served(shares, style, least):
    assert shares[style] >= least


@pytest.mark.parametrize(("style", "most"), [("plain", 0.995), ("other_words", 0.65), ("entity_only", 0.4)])
def test_odd_wording_and_missing_context_leave_it_at_a_loss(shares, style, most):
    assert shares[style] <= most
