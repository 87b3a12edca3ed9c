"""Training of the learned reader: what is exported is what was trained, runs that die, what is learned from."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")

from sayagain.errors import FormatError, SayAgainError  # noqa: E402
from sayagain.evaluation.teaching import training as sources  # noqa: E402
from sayagain.preferences.learned import train as training  # noqa: E402
from sayagain.preferences.learned.augment import Augmenter, Example  # noqa: E402
from sayagain.preferences.learned.examples import Statement, classes_of, example_of  # noqa: E402
from sayagain.preferences.learned.export import export  # noqa: E402
from sayagain.preferences.learned.network import Size, TaggerNetwork  # noqa: E402
from sayagain.preferences.learned.packed import coarse  # noqa: E402
from sayagain.preferences.learned.scheme import NOTHING, SUBJECT, VALUE  # noqa: E402
from sayagain.preferences.learned.tagger import Tagger  # noqa: E402
from sayagain.preferences.learned.train import TaggerRecipe, loss_of, train  # noqa: E402
from sayagain.schema.preference import Lesson  # noqa: E402

THINGS = ["lamp", "fan", "heater", "door", "kettle", "screen", "radio", "oven"]
STATEMENTS = [
    *(Statement(f"by {each} I mean the old {each}", Lesson(kind="alias", subject=each, value=f"old {each}"))
      for each in THINGS),
    *(Statement(f"I love {each}s", Lesson(kind="like", subject="", value=f"{each}s")) for each in THINGS),
    *(Statement(f"turn on the {each}", None) for each in THINGS),
]  # fmt: skip
REQUESTS = ["what time is it", "play some music", "stop"]
SMALL = Size(layers=1, units=32, pieces=700)
RECIPE = TaggerRecipe(rounds=(1, 1), batch=8)


def trained(kept: Path, **more: object) -> TaggerNetwork:
    try:
        return train(STATEMENTS, REQUESTS, TaggerRecipe(**{"rounds": (1, 1), "batch": 8} | more), kept, size=SMALL)  # type: ignore[arg-type]
    except SayAgainError as error:
        pytest.skip(str(error))


def test_the_loss_falls_and_what_is_exported_is_what_was_trained(tmp_path: Path) -> None:
    network = trained(tmp_path / "kept", rounds=(6,))
    examples = [example_of(each, frozenset(classes_of(STATEMENTS))) for each in STATEMENTS]
    untrained = trained(tmp_path / "kept", rounds=(1,), rate=0.0)
    with torch.no_grad():
        assert float(loss_of(network, examples)) < float(loss_of(untrained, examples))
    path = tmp_path / "tagger.onnx"
    export(network, path)
    tagger = Tagger(path)
    assert tagger.subjects == network.subjects
    words = [each.words for each in examples]
    said = tagger.read(words, [[False] * len(each) for each in words])
    alone = tagger.read(words[:1], [[False] * len(words[0])])
    assert np.allclose(alone[0].tags, said[0].tags, atol=0.1)  # eight-bit activations share one scale in a batch
    assert all(np.isclose(each.tags.sum(axis=1), 1).all() for each in said)


def test_a_run_that_dies_goes_on_to_the_same_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "TAGGER_SAVE_EVERY", 1)
    whole = trained(tmp_path / "one")

    class DiedError(Exception):
        pass

    def die(done: int, of: int, loss: float) -> None:
        if done == 3:
            raise DiedError

    with pytest.raises(DiedError):
        train(STATEMENTS, REQUESTS, RECIPE, tmp_path / "two", die, SMALL)
    again = train(STATEMENTS, REQUESTS, RECIPE, tmp_path / "two", size=SMALL)
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-3)


def test_too_few_statements_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SayAgainError, match="too few"):
        train(STATEMENTS[:3], REQUESTS, RECIPE, tmp_path / "kept", size=SMALL)


def test_four_bits_of_a_number_are_near_it() -> None:
    table = torch.randn(50, 192, generator=torch.Generator().manual_seed(1))
    error = (coarse(table) - table).norm() / table.norm()
    assert 0 < float(error) < 0.15


def test_other_things_take_the_place_of_what_was_said_and_keep_its_tags() -> None:
    examples = [example_of(each, frozenset([""])) for each in STATEMENTS]
    augmenter, draw = Augmenter(examples), random.Random(1)
    seen = set()
    for _ in range(200):
        other = augmenter.other(examples[0], draw)
        assert len(other.words) == len(other.named) == len(other.marks.tags)
        if other.marks.kind != NOTHING:
            assert _of(other, SUBJECT)[-1] in THINGS
            assert _of(other, VALUE)[0] == "old"
        seen.add(other.words)
    assert len(seen) > 50


def _of(example: Example, tag: int) -> list[str]:
    return [word for word, each in zip(example.words, example.marks.tags, strict=True) if each == tag]


def test_what_others_say_teaches_nothing() -> None:
    examples = [example_of(each, frozenset([""])) for each in STATEMENTS]
    augmenter, draw = Augmenter(examples), random.Random(2)
    drawn = [augmenter.other(examples[0], draw) for _ in range(400)]
    untaught = [each for each in drawn if each.marks.kind == NOTHING]
    assert 0 < len(untaught) < 60


def test_subjects_that_several_statements_have_are_classes() -> None:
    twice = [Statement("x", Lesson(kind="default", subject="coffee", value=each)) for each in ("black", "white")]
    once = Statement("x", Lesson(kind="default", subject="tea", value="green"))
    found = classes_of([*twice, once])
    assert "coffee" in found
    assert "tea" not in found


def test_requests_are_read_out_of_public_data_without_those_that_are_measured(tmp_path: Path) -> None:
    for name in ("hwu64", "clinc150", "slurp", "snips_nlu/2017/PlayMusic"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "hwu64" / "hwu64_kfold1.csv").write_text("answer_from_user,intent\nWake me!,set\nI like it,likeness\n")
    clinc = {"train": [["call me sam", "change_user_name"], ["tell a joke", "tell_joke"]], "oos_train": []}
    (tmp_path / "clinc150" / "data_full.json").write_text(json.dumps(clinc))
    slurp = [("wake me", "alarm_set"), ("stop it", "iot"), ("i love it", "music_likeness")]
    lines = [json.dumps({"sentence": text, "intent": intent}) for text, intent in slurp]
    (tmp_path / "slurp" / "devel.jsonl").write_text("\n".join(lines))
    played = {"PlayMusic": [{"data": [{"text": "play "}, {"text": "jazz", "entity": "genre"}]}]}
    (tmp_path / "snips_nlu/2017/PlayMusic/train_PlayMusic_full.json").write_text(json.dumps(played))
    assert set(sources.requests(tmp_path)) == {"play jazz", "stop it", "tell a joke"}
    (tmp_path / "slurp" / "devel.jsonl").unlink()
    with pytest.raises(FormatError, match="is missing"):
        sources.requests(tmp_path)
