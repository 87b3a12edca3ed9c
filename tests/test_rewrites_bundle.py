"""The bundle on disk: versions, what is put in use, and what a damaged one says."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proposed import proposed

from sayagain.bundle import bundle as bundles
from sayagain.bundle.bundle import Bundle, publish
from sayagain.bundle.manifest import Figures, LearnedFrom, RecordedSettings
from sayagain.errors import BundleError
from sayagain.schema.rewrite import Rewrite

WHEN = datetime(2026, 1, 5, tzinfo=UTC)


PINK = proposed("play pinc", "Play Pink", path=["play pinc", "play pink"])
OFF = proposed("light on", "Light off", refused="reverses the meaning")


def published(folder: Path, *rewrites: Rewrite) -> Path:
    return publish(
        folder,
        rewrites,
        {"prevalence": 0.25},
        created=WHEN,
        learned_from=LearnedFrom(turns=432),
        settings=RecordedSettings(min_people=3),
        figures=Figures(rewrites=1),
    )


def test_what_is_published_is_opened_again(tmp_path: Path) -> None:
    version = published(tmp_path / "bundle", PINK, OFF)
    opened = Bundle.open(tmp_path / "bundle")
    assert opened.path == version
    assert opened.rewrites == [PINK]
    assert opened.refused() == [OFF]
    assert opened.signals() == {"prevalence": 0.25}
    assert (opened.manifest.created, opened.manifest.learned_from) == (WHEN, LearnedFrom(turns=432))


text = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
share = st.floats(0, 1)


@settings(deadline=None, max_examples=20)
@given(
    st.lists(
        st.builds(
            proposed,
            text,
            text,
            target_state=text,
            path=st.lists(text, min_size=2, max_size=2),
            own=share,
            success=share,
            lift=share,
        ),
        max_size=5,
    )
)
def test_rewrites_survive_the_file_whatever_people_say(
    tmp_path_factory: pytest.TempPathFactory, rewrites: list[Rewrite]
) -> None:
    folder = tmp_path_factory.mktemp("bundle")
    published(folder, *rewrites)
    assert Bundle.open(folder).rewrites == rewrites


def test_publishing_again_adds_a_version_and_puts_it_in_use(tmp_path: Path) -> None:
    first, second = published(tmp_path, PINK), published(tmp_path)
    assert [first.name, second.name] == ["000001", "000002"]
    assert Bundle.open(tmp_path).path == second
    assert Bundle.open(tmp_path).rewrites == []
    assert bundles.read_rewrites(first / bundles.REWRITES) == [PINK]


def test_one_can_go_back_to_the_version_before(tmp_path: Path) -> None:
    first, _ = published(tmp_path, PINK), published(tmp_path)
    (tmp_path / bundles.CURRENT).write_text(first.name + "\n")
    assert Bundle.open(tmp_path).rewrites == [PINK]


def test_a_run_that_dies_while_publishing_leaves_the_version_before_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = published(tmp_path, PINK)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(os, "replace", die)
        with pytest.raises(KeyboardInterrupt):
            published(tmp_path)
    assert Bundle.open(tmp_path).path == first
    third = published(tmp_path)
    assert Bundle.open(tmp_path).path == third
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["000001", "000002", "000003"]


def test_a_run_that_died_over_its_draft_does_not_hinder_the_next(tmp_path: Path) -> None:
    (tmp_path / ".draft").mkdir(parents=True)
    (tmp_path / ".draft" / "rest").write_text("half")
    version = published(tmp_path, PINK)
    assert sorted(path.name for path in version.iterdir()) == sorted(
        [bundles.MANIFEST, bundles.REWRITES, bundles.REFUSED, bundles.SIGNALS]
    )


def test_no_bundle_is_one_clear_message(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"no bundle at .*sayagain learn LOG --out BUNDLE"):
        Bundle.open(tmp_path / "nowhere")


def garble(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("harm", [garble, cut_short, Path.unlink])
@pytest.mark.parametrize("name", [bundles.REWRITES, bundles.REFUSED, bundles.SIGNALS])
def test_a_damaged_or_missing_file_is_named_with_the_remedy(
    tmp_path: Path, name: str, harm: Callable[[Path], None]
) -> None:
    harm(published(tmp_path, PINK) / name)
    with pytest.raises(BundleError, match=rf"{name} is (missing or )?damaged.*sayagain learn"):
        Bundle.open(tmp_path)


@pytest.mark.parametrize(
    "manifest",
    ["", "{", "[]", "null", '{"format": 1}', '{"created": "x"}', '"text"', "\x00", '{"format": 1, "created": 0}'],
)
def test_a_damaged_manifest_is_named_with_the_remedy(tmp_path: Path, manifest: str) -> None:
    (published(tmp_path, PINK) / bundles.MANIFEST).write_text(manifest)
    with pytest.raises(BundleError, match=r"manifest.json is (missing or )?damaged.*sayagain learn"):
        Bundle.open(tmp_path)


def test_a_missing_manifest_is_named_with_the_remedy(tmp_path: Path) -> None:
    (published(tmp_path, PINK) / bundles.MANIFEST).unlink()
    with pytest.raises(BundleError, match=r"manifest.json is missing or damaged.*sayagain learn"):
        Bundle.open(tmp_path)


def test_a_version_that_is_gone_is_one_clear_message(tmp_path: Path) -> None:
    published(tmp_path, PINK).rename(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match="sayagain learn"):
        Bundle.open(tmp_path)


def test_a_manifest_that_is_not_text_is_named_with_the_remedy(tmp_path: Path) -> None:
    (published(tmp_path, PINK) / bundles.MANIFEST).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BundleError, match=r"is missing or damaged.*sayagain learn"):
        Bundle.open(tmp_path)


def test_a_pointer_that_points_nowhere_is_a_clear_message(tmp_path: Path) -> None:
    published(tmp_path, PINK)
    for pointer in (b"", b"000009", b"\xff\xfe"):
        (tmp_path / bundles.CURRENT).write_bytes(pointer)
        with pytest.raises(BundleError, match="sayagain learn"):
            Bundle.open(tmp_path)


@pytest.mark.parametrize("format", [bundles.FORMAT + 1, 0, "2"])
def test_a_format_of_another_release_is_refused_with_the_remedy(tmp_path: Path, format: object) -> None:
    path = published(tmp_path, PINK) / bundles.MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": format, "files": "elsewhere"}))
    with pytest.raises(BundleError, match=r"has format .* this release reads formats .*Upgrade SayAgain"):
        Bundle.open(tmp_path)


def test_a_manifest_that_vouches_for_no_file_is_damaged(tmp_path: Path) -> None:
    """A manifest without checksums would let any file pass."""
    version = published(tmp_path, PINK)
    path = version / bundles.MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), "checksums": {}}))
    (version / bundles.REWRITES).unlink()
    with pytest.raises(BundleError, match="damaged"):
        Bundle.open(tmp_path)
