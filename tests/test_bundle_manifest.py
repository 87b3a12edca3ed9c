"""The manifest of a bundle: what is on the disk, what earlier and later releases write, and what is no manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.bundle.bundle import Bundle, publish
from sayagain.bundle.layout import FORMAT, MANIFEST
from sayagain.bundle.manifest import Figures, LearnedFrom, Manifest, RecordedSettings
from sayagain.cli.report import says_nothing
from sayagain.cli.rewrites_tables import why_none
from sayagain.errors import BundleError
from sayagain.guards.owner import OwnerPolicy

WRITTEN: dict[str, Any] = {
    "format": FORMAT,
    "created": "2026-01-05T00:00:00Z",
    "learned_from": {
        "log": "home/log", "turns": 432, "users": 3, "first": "2026-01-01T08:00:00+00:00",
        "last": "2026-01-04T20:15:01.250000+00:00", "organic": 430, "expected_defects": 107.5,
        "expected_rephrases": 12.25,
    },
    "settings": {
        "min_people": 3, "review": False, "release": "0.1.0", "sensitive": ["unlock"], "stakes": {"costly": ["kiln"]},
    },
    "figures": {
        "states": 40, "moves": 61, "rewrites": 2, "respelled": 1, "held": {"stakes: people": 1},
        "refused": {"sensitive": 1}, "seconds": 1.25,
    },
}  # fmt: skip
"""What a manifest holds besides its checksums."""


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(
        tmp_path_factory.mktemp("written") / "bundle",
        [],
        {},
        created=datetime(2026, 1, 5, tzinfo=UTC),
        learned_from=LearnedFrom.model_validate(WRITTEN["learned_from"]),
        settings=RecordedSettings(
            min_people=3, review=False, release="0.1.0", sensitive=("unlock",), stakes={"costly": ("kiln",)}
        ),
        figures=Figures.model_validate(WRITTEN["figures"]),
    )


def manifest(version: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((version / MANIFEST).read_text(encoding="utf8"))
    return found


def test_names_values_and_order_on_the_disk_are_those_of_every_release(version: Path) -> None:
    written = manifest(version)
    checksums = written.pop("checksums")
    assert json.dumps(written) == json.dumps(WRITTEN)
    assert set(checksums) == {"rewrites.parquet", "refused.parquet", "signals.json"}


def test_what_is_shown_is_what_is_on_the_disk(version: Path) -> None:
    assert json.dumps(Bundle.open(version.parent).manifest.to_json()) == json.dumps(manifest(version))


@pytest.mark.parametrize("place", [(), ("learned_from",), ("settings",), ("figures",)])
def test_what_a_later_release_of_the_same_format_adds_is_kept(
    version: Path, tmp_path: Path, place: tuple[str, ...]
) -> None:
    later = manifest(version)
    part = later
    for name in place:
        part = part[name]
    part["news"] = {"of": ["a", "later", "release"]}
    (tmp_path / MANIFEST).write_text(json.dumps(later))
    assert Manifest.read(tmp_path / MANIFEST).to_json() == later


@pytest.mark.parametrize(
    ("part", "name"),
    [(part, name) for part in ("learned_from", "settings", "figures") for name in WRITTEN[part]],
)
def test_what_an_earlier_release_did_not_write_is_not_missed(
    version: Path, tmp_path: Path, part: str, name: str
) -> None:
    earlier = manifest(version)
    del earlier[part][name]
    (tmp_path / MANIFEST).write_text(json.dumps(earlier))
    assert Manifest.read(tmp_path / MANIFEST).to_json() == earlier


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("learned_from", "turns", "432"),
        ("learned_from", "users", -1),
        ("learned_from", "organic", 10**400),
        ("learned_from", "expected_defects", float("nan")),
        ("settings", "min_people", True),
        ("settings", "min_people", 0),
        ("settings", "min_people", None),
        ("settings", "review", "no"),
        ("settings", "sensitive", "unlock"),
        ("settings", "stakes", {"dear": ["kiln"]}),
        ("settings", "stakes", {"costly": "kiln"}),
        ("figures", "refused", {"sensitive": 1.5}),
        ("figures", "seconds", [1.25]),
    ],
)
def test_a_value_of_another_type_is_one_message_with_the_remedy(
    version: Path, tmp_path: Path, part: str, name: str, value: object
) -> None:
    wrong = manifest(version)
    wrong[part][name] = value
    (tmp_path / MANIFEST).write_text(json.dumps(wrong))
    with pytest.raises(BundleError, match=r"manifest\.json is damaged\. Learn it again with: sayagain learn") as told:
        Manifest.read(tmp_path / MANIFEST)
    assert str(tmp_path) in str(told.value)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[]), max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=300), inner, max_size=3),
    max_leaves=4,
)
"""Any JSON, NaN and halves of characters among it."""


def containers(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a JSON value, outermost first."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from containers(each)


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_whatever_a_manifest_says_it_opens_or_is_told(version: Path, data: st.DataObject) -> None:
    """What opens is then good for all that is read of it."""
    whole = (version / MANIFEST).read_text(encoding="utf8")
    mutated = deepcopy(manifest(version))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(list(containers(mutated))))
        name = data.draw(st.sampled_from(sorted(place)) | st.text(max_size=300) if place else st.text(max_size=300))
        if name in place and data.draw(st.booleans()):
            del place[name]
        else:
            place[name] = data.draw(plain)
    try:
        (version / MANIFEST).write_text(json.dumps(mutated))
        try:
            opened = Bundle.open(version.parent).manifest
        except BundleError:
            return
        assert json.dumps(opened.to_json())
        assert why_none(opened)
        assert says_nothing(opened.learned_from, 0.25) in (True, False)
        assert OwnerPolicy.of_settings(opened.settings).forbids
    finally:
        (version / MANIFEST).write_text(whole, encoding="utf8")
