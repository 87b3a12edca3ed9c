"""A bundle that was damaged on purpose, with right checksums: one message, and the one before goes on."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import earlier
import mutated
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.bundle import ubjson
from sayagain.bundle.bundle import Bundle
from sayagain.bundle.layout import (
    CONFUSIONS_FILE,
    MANIFEST,
    MEANT_FILE,
    NAMES_FILE,
    ONLINE,
    PLACES_FILE,
    REQUESTS_FILE,
    REWRITES,
    SIGNALS,
    SPELLINGS_FILE,
    THRESHOLDS_FILE,
    VECTORS_FILE,
    WAYS_FILE,
    WORDS_FOLDER,
    WORKS_FILE,
)
from sayagain.bundle.version import Version
from sayagain.cli import app as cli
from sayagain.errors import BundleError
from sayagain.online import bundle_trial
from sayagain.online.layer import Layer
from sayagain.retrieval.learned_names import write_confusions
from sayagain.schema import Turn
from sayagain.text.confusions import Confusions

AGAIN = "Learn it again with: sayagain learn LOG --out BUNDLE"


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mutated.learned(tmp_path_factory.mktemp("learned"))


@pytest.fixture
def bundle(learned: Path, tmp_path: Path) -> Path:
    """A bundle of its own, with every file that there may be."""
    return Path(shutil.copytree(learned, tmp_path / "bundle"))


def opened(bundle: Path, **more: Any) -> Layer:
    return Layer.open(bundle, "sqlite://", **more)


def damaged(bundle: Path, name: str, change: Callable[[bytes], bytes]) -> str:
    """Change a file of the bundle, with right checksums; return what opening says of it."""
    version = bundle / "000001"
    path = version / name
    path.write_bytes(change(path.read_bytes()))
    mutated.summed(version)
    with pytest.raises(BundleError, match="is damaged: ") as told:
        opened(bundle)
    message = str(told.value)
    assert message.startswith(str(version))
    assert message.endswith(AGAIN)
    assert "\n" not in message
    return message


def test_the_whole_bundle_opens_and_has_every_file(bundle: Path) -> None:
    layer = opened(bundle)
    assert layer.version == "000001"
    assert Bundle.open(bundle).rewrites
    online = bundle / "000001" / ONLINE
    assert {each.name for each in online.iterdir()} == {
        *(REQUESTS_FILE, WAYS_FILE, SPELLINGS_FILE, PLACES_FILE, NAMES_FILE, WORDS_FOLDER),
        *(VECTORS_FILE, WORKS_FILE, MEANT_FILE, THRESHOLDS_FILE),
    }
    assert not list(online.rglob("*.lock")), "nothing is left of who wrote it or reads it"


# Tables


def column(name: str, of: Callable[[pa.ChunkedArray], pa.Array]) -> Callable[[bytes], bytes]:
    """Return what changes one column of a Parquet file."""

    def change(data: bytes) -> bytes:
        table = pq.read_table(pa.BufferReader(data))
        table = table.set_column(table.column_names.index(name), name, of(table[name]))
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink)
        return bytes(sink.getvalue())

    return change


def every(value: object) -> Callable[[pa.ChunkedArray], pa.Array]:
    """Return a column of one value."""
    return lambda column: pa.array([value] * len(column), column.type)


def as_type(kind: pa.DataType) -> Callable[[pa.ChunkedArray], pa.Array]:
    return lambda column: column.cast(kind).combine_chunks()


@pytest.mark.parametrize(
    ("name", "of", "change", "why"),
    [
        (REQUESTS_FILE, "success", every(float("nan")), "success is no number"),
        (REQUESTS_FILE, "success", every(1.5), "success is out of range"),
        (REQUESTS_FILE, "lost", every(-0.5), "lost is out of range"),
        (REQUESTS_FILE, "visits", every(-1), "visits is out of range"),
        (REQUESTS_FILE, "visits", as_type(pa.int64()), "visits is of another type"),
        (REQUESTS_FILE, "people", every(None), "people is missing in a row"),
        (REQUESTS_FILE, "form", every(None), "form is missing in a row"),
        (REQUESTS_FILE, "form", as_type(pa.binary()), "form is of another type"),
        (WAYS_FILE, "oftener", every(float("inf")), "oftener is no number"),
        (WAYS_FILE, "days", every(-7), "days is out of range"),
        (SPELLINGS_FILE, "works", as_type(pa.int8()), "works is of another type"),
        (SPELLINGS_FILE, "text", every(None), "text is missing in a row"),
        (NAMES_FILE, "people", every(-1), "people is out of range"),
        (NAMES_FILE, "heard", every(None), "heard is missing in a row"),
    ],
)
def test_a_column_of_another_type_or_out_of_range_is_told(
    bundle: Path, name: str, of: str, change: Callable[[pa.ChunkedArray], pa.Array], why: str
) -> None:
    assert f"{ONLINE}/{name} is damaged: {why}." in damaged(bundle, f"{ONLINE}/{name}", column(of, change))


def test_text_that_is_no_utf8_is_told(bundle: Path) -> None:
    def spoilt(column: pa.ChunkedArray) -> pa.Array:
        lengths = np.arange(len(column) + 1, dtype="i4")
        return pa.StringArray.from_buffers(len(column), pa.py_buffer(lengths), pa.py_buffer(b"\xff" * len(column)))

    assert "ArrowInvalid" in damaged(bundle, f"{ONLINE}/{REQUESTS_FILE}", column("text", spoilt))


@pytest.mark.parametrize(
    ("of", "value"), [("lift", float("nan")), ("people", None), ("mined", "dreams"), ("extra", "[")]
)
def test_a_rewrite_that_is_none_is_told(bundle: Path, of: str, value: object) -> None:
    damaged(bundle, REWRITES, column(of, every(value)))


def test_a_table_that_swells_when_it_is_read_is_told(bundle: Path) -> None:
    """A million equal rows take no room in the file, and a lot in memory."""

    def swollen(data: bytes) -> bytes:
        table = pq.read_table(pa.BufferReader(data)).slice(0, 1)
        sink = pa.BufferOutputStream()
        pq.write_table(table.take(pa.array(np.zeros(1_000_000, dtype="i8"))), sink)
        return bytes(sink.getvalue())

    assert "it has more rows than bytes" in damaged(bundle, f"{ONLINE}/{REQUESTS_FILE}", swollen)


# Keys, thresholds, weights


def npy(keys: Any) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        sink = io.BytesIO()
        np.save(sink, keys, allow_pickle=True)
        return sink.getvalue()

    return change


def header(shape: int) -> Callable[[bytes], bytes]:
    text = b"{'descr': '<u8', 'fortran_order': False, 'shape': (%d,), }\n" % shape
    return lambda data: b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data[-64:]


@pytest.mark.parametrize(
    "change",
    [
        npy(np.array([print], object)), npy(np.arange(9.0)), npy(np.arange(8, dtype="u8").reshape(2, 4)),
        npy(np.arange(9, dtype="u8")[::-1]), npy(np.zeros(2, "u8")), npy(np.arange(9, dtype=">u8")), header(1 << 40),
        header(10**30), lambda data: data[:-1], lambda data: b"", lambda data: b"PK\x03\x04",
    ],
)  # fmt: skip
def test_keys_of_another_kind_are_told(bundle: Path, change: Callable[[bytes], bytes]) -> None:
    damaged(bundle, f"{ONLINE}/{PLACES_FILE}", change)


def channel(change: Callable[[np.ndarray], Any]) -> Callable[[bytes], bytes]:
    """Return what writes a channel of letters that was changed."""

    def changed(data: bytes) -> bytes:
        sink = io.BytesIO()
        written = np.load(io.BytesIO(data))
        np.save(sink, change(written), allow_pickle=True)
        return sink.getvalue()

    return changed


@pytest.mark.parametrize(
    "change",
    [
        channel(lambda found: found[:-1]), channel(lambda found: found * 2), channel(lambda found: -found),
        channel(lambda found: found.astype("f4")), channel(lambda found: found * np.nan), channel(lambda found: print),
        channel(lambda found: np.vstack([found[:-1], np.ones_like(found[-1:])])), header(1 << 40), lambda data: b"",
    ],
)  # fmt: skip
def test_a_channel_of_letters_that_is_none_is_told(bundle: Path, change: Callable[[bytes], bytes]) -> None:
    online = bundle / "000001" / ONLINE
    write_confusions(Confusions.unlearned(), online)  # so few pairs of requests teach none
    path = bundle / "000001" / MANIFEST
    manifest = json.loads(path.read_text())
    manifest["checksums"][f"{ONLINE}/{CONFUSIONS_FILE}"] = ""
    path.write_text(json.dumps(manifest))
    mutated.summed(bundle / "000001")
    opened(bundle)
    damaged(bundle, f"{ONLINE}/{CONFUSIONS_FILE}", change)


def put(**values: Any) -> Callable[[bytes], bytes]:
    """Return what puts values into a JSON object."""
    return lambda data: json.dumps(json.loads(data) | values).encode()


@pytest.mark.parametrize(
    "values",
    [
        {"rewrite": float("nan")}, {"rewrite": "0.2"}, {"rewrite": -1}, {"offer": 1e300}, {"cautious": 1},
        {"judged": 2.5}, {"cuts": [None]}, {"cuts": [float("inf")]}, {"cuts": "no"}, {"features": 7},
    ],
)  # fmt: skip
def test_thresholds_out_of_range_are_told(bundle: Path, values: dict[str, Any]) -> None:
    damaged(bundle, f"{ONLINE}/{THRESHOLDS_FILE}", put(**values))


@pytest.mark.parametrize(
    "values",
    [
        {"prevalence": 0}, {"prevalence": 1}, {"prevalence": float("nan")}, {"families": []}, {"families": {"a": [1]}},
        {"families": {"outcome": [{"signals": ["error"], "weight": 1e300}]}},
        {"families": {"outcome": [{"signals": "error", "weight": 1}]}},
    ],
)  # fmt: skip
def test_weights_of_signals_out_of_range_are_told(bundle: Path, values: dict[str, Any]) -> None:
    damaged(bundle, SIGNALS, put(**values))


@pytest.mark.parametrize("name", [SIGNALS, f"{ONLINE}/{THRESHOLDS_FILE}", f"{ONLINE}/{WORDS_FOLDER}/meta.json"])
@pytest.mark.parametrize(
    "text", [b"", b"[" * 200_000, b"\xff\xfe", b"null", b"[]", b'{"segments": 1, "cuts": 1}', b"9" * 9000]
)
def test_json_of_another_shape_is_told(bundle: Path, name: str, text: bytes) -> None:
    damaged(bundle, name, lambda data: text)


def test_a_file_that_is_far_too_large_is_not_even_summed(bundle: Path) -> None:
    path = bundle / "000001" / SIGNALS
    with path.open("r+b") as file:
        file.truncate(17 << 20)
    mutated.summed(bundle / "000001")
    with pytest.raises(BundleError, match=r"signals\.json is missing or damaged"):
        opened(bundle)


@pytest.mark.parametrize("name", ["/etc/hostname", "../000001/manifest.json", "online/../../current"])
def test_a_manifest_speaks_of_its_own_version_only(bundle: Path, name: str) -> None:
    path = bundle / "000001" / MANIFEST
    manifest = json.loads(path.read_text())
    manifest["checksums"][name] = "0"
    path.write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="is missing or damaged"):
        opened(bundle)


@pytest.mark.parametrize("name", [SPELLINGS_FILE, PLACES_FILE, NAMES_FILE, WAYS_FILE, f"{WORDS_FOLDER}/meta.json"])
def test_a_file_that_the_manifest_does_not_vouch_for_is_not_read(bundle: Path, name: str) -> None:
    path = bundle / "000001" / MANIFEST
    manifest = json.loads(path.read_text())
    del manifest["checksums"][f"{ONLINE}/{name}"]
    path.write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match=f"{name} is missing or damaged"):
        opened(bundle)


# Models and vectors


def number_at(name: bytes, at: int, number: bytes) -> Callable[[bytes], bytes]:
    """Return what puts a number into an array of the first tree, of four bytes a number."""

    def change(data: bytes) -> bytes:
        start = data.index(name, data.index(b"trees")) + len(name) + 5 + 8  # [$l#L, then the length
        return data[: start + 4 * at] + number + data[start + 4 * at + len(number) :]

    return change


@pytest.mark.parametrize("name", [WORKS_FILE, MEANT_FILE])
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (number_at(b"left_children", 0, struct.pack(">i", 1 << 20)), "a child is not there"),
        (number_at(b"left_children", 0, struct.pack(">i", -7)), "a child is not there"),
        (number_at(b"left_children", 0, struct.pack(">i", 2)), "a node has two parents"),
        (number_at(b"right_children", 0, struct.pack(">i", -1)), "a node has one child"),
        (number_at(b"parents", 1, struct.pack(">i", 1 << 30)), "a parent is not there"),
        (lambda data: data.replace(b"left_children[$l", b"left_children[$d", 1), "numbers of another type"),
        (number_at(b"split_indices", 0, struct.pack(">i", 9999)), "a feature is not there"),
        (number_at(b"split_conditions", 0, struct.pack(">f", float("nan"))), "it does not split by numbers"),
        (lambda data: data.replace(b"binary:logistic", b"binary:logitraw"), "it is a model of something else"),
        (
            lambda data: data.replace(b"num_nodesSL\0\0\0\0\0\0\0\x0231", b"num_nodesSL\0\0\0\0\0\0\0\x0299"),
            "of its size",
        ),
        (lambda data: data[:-40], "it is cut short"),
        (lambda data: data + b"N", "it goes on after its end"),
        (lambda data: b"[#L" + b"\x7f" * 8, "a length is none"),
        (lambda data: b"[#i\x01" * 100, "it is nested too deep"),
        (lambda data: b"{}", "it is no model of boosted trees"),
    ],
)
def test_a_model_that_points_out_of_itself_is_told(
    bundle: Path, name: str, change: Callable[[bytes], bytes], why: str
) -> None:
    assert why in damaged(bundle, f"{ONLINE}/{name}", change)


HEAD, GRAPH, LEVELS, NODES = "head", "graph", "levels", "nodes"


def at(part: str, further: int, number: bytes) -> Callable[[bytes], bytes]:
    """Return what puts a number into a part of a file of vectors."""

    def change(data: bytes) -> bytes:
        rows, width = struct.unpack_from("<II", data)
        head = 8 + rows * width
        starts = {"rows": 0, HEAD: head, GRAPH: head + 64, LEVELS: head + 104, NODES: head + 104 + 2 * rows}
        place = starts[part] + further
        return data[:place] + number + data[place + len(number) :]

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (at("rows", 0, struct.pack("<I", 1 << 30)), "it is cut short"),
        (at("rows", 4, struct.pack("<I", 1 << 30)), "it is cut short"),
        (at(HEAD, 0, b"another"), "it is of another kind"),
        (at(HEAD, 14, b"\x0b"), "it is of another kind"),
        (at(HEAD, 33, struct.pack("<Q", 64)), "it is of another kind"),
        (at(HEAD, 17, struct.pack("<Q", 1 << 40)), "its counts differ"),
        (at(GRAPH, 8, struct.pack("<Q", 1 << 62)), "its graph has no size"),
        (at(GRAPH, 16, struct.pack("<Q", 33)), "it has another length"),
        (at(GRAPH, 32, struct.pack("<Q", 1 << 20)), "its levels are wrong"),
        (at(LEVELS, 0, struct.pack("<h", 700)), "its levels are wrong"),
        (at(LEVELS, 0, struct.pack("<h", -1)), "its levels are wrong"),
        (at(NODES, 0, struct.pack("<Q", 1 << 50)), "it has a request that is not there"),
        (at(NODES, 8, struct.pack("<h", 9)), "its levels are wrong"),
        (at(NODES, 10, struct.pack("<I", 4_000)), "a node has too many neighbours"),
        (at(NODES, 14, struct.pack("<I", 4_000_000_000)), "a neighbour is not there"),
        (lambda data: data[:-1], "it has another length"),
        (lambda data: data + b"\0", "it has another length"),
        (lambda data: b"", "it is cut short"),
    ],
)
def test_vectors_whose_graph_points_out_of_the_file_are_told(
    bundle: Path, change: Callable[[bytes], bytes], why: str
) -> None:
    assert f"{VECTORS_FILE} is damaged: {why}" in damaged(bundle, f"{ONLINE}/{VECTORS_FILE}", change)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda meta: meta["segments"][0].update(segment_id="../../../../etc/passwd"), "it names other files"),
        (lambda meta: meta["segments"][0].update(segment_id="0" * 8 + "-0000" * 3 + "-" + "0" * 12), "are not there"),
        (lambda meta: meta["segments"][0].update(max_doc=10_000), "it has requests that are not there"),
        (lambda meta: meta["segments"][0].update(max_doc="9"), "its requests are not counted"),
        (lambda meta: meta["segments"][0].update(deletes={"num_deleted_docs": 1, "opstamp": 1}), "are not counted"),
        (lambda meta: meta["segments"].extend(meta["segments"] * 2000), "it names other files"),
        (lambda meta: meta["schema"].pop(), "it has other fields"),
    ],
)
def test_a_word_index_of_other_files_or_fields_is_told(
    bundle: Path, change: Callable[[dict[str, Any]], object], why: str
) -> None:
    def changed(data: bytes) -> bytes:
        meta = json.loads(data)
        change(meta)
        return json.dumps(meta).encode()

    assert why in damaged(bundle, f"{ONLINE}/{WORDS_FOLDER}/meta.json", changed)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 1 << 32))
@pytest.mark.parametrize("name", [VECTORS_FILE, WORKS_FILE, PLACES_FILE, THRESHOLDS_FILE])
def test_whatever_bytes_a_file_has_it_is_told_or_can_be_used(
    learned: Path, tmp_path_factory: pytest.TempPathFactory, name: str, seed: int
) -> None:
    draw = Random(seed)
    bundle = Path(shutil.copytree(learned, tmp_path_factory.mktemp("any") / "bundle"))
    path = bundle / "000001" / ONLINE / name
    path.write_bytes(draw.choice(mutated.OF_BYTES)(path.read_bytes(), draw))
    mutated.summed(bundle / "000001")
    with suppress(BundleError):
        opened(bundle).rewrite(Turn(user="ann", time=mutated.MONDAY, text=mutated.AGAIN[0][0]))
    shutil.rmtree(bundle)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


def encoded(value: Any) -> bytes:
    """Write Universal Binary JSON as XGBoost does."""
    if value is None or isinstance(value, bool):
        return {None: b"Z", True: b"T", False: b"F"}[value]
    if isinstance(value, int):
        return b"L" + struct.pack(">q", value)
    if isinstance(value, str):
        return b"S" + _text(value)
    if isinstance(value, list):
        return b"[#L" + struct.pack(">q", len(value)) + b"".join(map(encoded, value))
    return b"{" + b"".join(_text(name) + encoded(inner) for name, inner in value.items()) + b"}"


def _text(text: str) -> bytes:
    data = text.encode()
    return b"L" + struct.pack(">q", len(data)) + data


@given(value=plain)
def test_binary_json_is_read_back(value: Any) -> None:
    assert ubjson.parse(encoded(value)) == value


@given(value=plain, seed=st.integers(0, 1 << 32))
def test_whatever_binary_json_is_it_is_read_or_told(value: Any, seed: int) -> None:
    draw = Random(seed)
    with suppress(ValueError):
        ubjson.parse(draw.choice(mutated.OF_BYTES)(encoded(value), draw))


# The trial


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No version was tried before."""
    monkeypatch.setattr(bundle_trial, "_passed", set())


def second(bundle: Path) -> Path:
    """Put a second version in use, a copy of the first; return its directory."""
    version = Path(shutil.copytree(bundle / "000001", bundle / "000002"))
    (bundle / "current").write_text("000002")
    return version


def voided(version: Path, part: str) -> None:
    """Put zeros into a part of the word index, but not into its footer, which tantivy reads first."""
    (path,) = (version / ONLINE / WORDS_FOLDER).glob(f"*.{part}")
    data = path.read_bytes()
    footer = struct.unpack("<I", data[-8:-4])[0] + 8
    path.write_bytes(bytes(len(data) - footer) + data[-footer:])
    mutated.summed(version)


@pytest.mark.usefixtures("untried")
def test_a_version_that_passes_is_not_tried_again(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = opened(bundle, tried=True)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was tried again")

    monkeypatch.setattr(subprocess, "run", never)
    assert layer.reload() == "000001"
    assert opened(bundle, tried=True).version == "000001"
    voided(second(bundle), "idx")
    with pytest.raises(AssertionError, match="tried again"):
        layer.reload()


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize("part", ["idx", "store", "term"])
def test_a_version_that_does_not_pass_is_refused_and_the_one_before_goes_on(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    bundle_trial._passed.add(Version.verified(bundle / "000001").digest)
    layer = opened(bundle, tried=True)
    voided(second(bundle), part)
    with pytest.raises(BundleError, match=r"000002 is damaged: \w+\. Learn it again with: sayagain learn"):
        layer.reload()
    assert layer.version == "000001"
    assert layer.rewrite(Turn(user="ann", time=mutated.MONDAY, text=mutated.AGAIN[0][0])) is not None


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize(
    ("script", "why"),
    [
        (
            "print('begun', flush=True); os.kill(os.getpid(), signal.SIGSEGV)",
            "it ends the process that reads it",
        ),
        ("print('begun', flush=True); os._exit(1)", "it ends the process that reads it"),
        ("print('begun', flush=True); signal.pause()", "it was not read within 2 seconds"),
        ("os._exit(1)", r"cannot be tried in a process of its own: it ended with 1\. Check that there is memory"),
    ],
)
def test_whatever_happens_to_the_other_process_is_told(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, why: str
) -> None:
    (tmp_path / "other.py").write_text(f"import os, signal\n{script}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(bundle_trial, "VISIT", "other")
    monkeypatch.setattr(bundle_trial, "PATIENCE", 1.0 if "pause" in script else bundle_trial.PATIENCE)
    version = Version.verified(bundle / "000001")
    with pytest.raises(BundleError, match=why):
        bundle_trial.run(version)
    assert not bundle_trial._passed


@pytest.mark.usefixtures("untried")
def test_a_version_that_changes_meanwhile_is_told(bundle: Path) -> None:
    version = Version.verified(bundle / "000001")
    path = bundle / "000001" / MANIFEST
    path.write_text(path.read_text() + "\n")
    with pytest.raises(BundleError, match="it changed while it was opened"):
        bundle_trial.run(version)


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize("format", [1, 2])
def test_bundles_of_before_pass(tmp_path: Path, format: int) -> None:
    layer = opened(earlier.bundle(tmp_path / "bundle", format, []), tried=True)
    assert layer.version == "000001"
    assert layer.held


def test_a_report_of_weights_that_are_none_is_one_message(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle / "000001" / SIGNALS).write_text("{}")
    mutated.summed(bundle / "000001")
    monkeypatch.setattr(sys, "argv", ["sayagain", "report", str(bundle), "--signals"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert "000001 is damaged: KeyError. Learn it again with" in capsys.readouterr().err.replace("\n", " ")


def test_the_libraries_load_in_any_order() -> None:
    """usearch before onnxruntime crashes."""
    for module in ("sayagain.retrieval.index", "sayagain.online.bundle_visit", "sayagain.online.layer"):
        assert subprocess.run([sys.executable, "-c", f"import {module}"], check=False).returncode == 0
