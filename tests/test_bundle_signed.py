"""Signed bundles: what was signed with another key, or not at all, is refused."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import layered
import pytest
from layered import LEARNED, NOTHING

from sayagain.bundle.bundle import Bundle, publish
from sayagain.bundle.layout import MANIFEST, REWRITES, SIGNATURE
from sayagain.bundle.signature import PrivateKey, PublicKey, make_keys
from sayagain.cli import app as cli
from sayagain.errors import BundleError
from sayagain.online.layer import Layer
from sayagain.schema import Turn


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two pairs of keys."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("mine", "other"):
        make_keys(folder / name)
    return folder


def public(keys: Path, name: str = "mine") -> PublicKey:
    return PublicKey.read(keys / f"{name}.pub")


def published(folder: Path, keys: Path) -> Path:
    return publish(folder, [], NOTHING, sign=PrivateKey.read(keys / "mine"), **LEARNED)


def test_a_signed_version_opens_with_its_key_and_without(keys: Path, tmp_path: Path) -> None:
    version = published(tmp_path, keys)
    assert SIGNATURE not in Bundle.open(tmp_path).manifest.checksums
    assert Bundle.open(tmp_path, signed_by=public(keys)).path == version
    assert Layer.open(tmp_path, "sqlite://", signed_by=public(keys)).version == "000001"


def resigned(version: Path, keys: Path) -> None:
    PrivateKey.read(keys / "other").sign(version, (version / MANIFEST).read_bytes())


def changed(version: Path, keys: Path) -> None:
    manifest = version / MANIFEST
    manifest.write_text(manifest.read_text().replace('"min_people": 3', '"min_people": 1').replace("{}", "{ }", 1))


def removed(version: Path, keys: Path) -> None:
    (version / SIGNATURE).unlink()


def lengthened(version: Path, keys: Path) -> None:
    with (version / SIGNATURE).open("ab") as file:
        file.write(b"\n")


def emptied(version: Path, keys: Path) -> None:
    (version / SIGNATURE).write_bytes(b"")


@pytest.mark.parametrize("harm", [resigned, changed, removed, lengthened, emptied])
def test_what_is_not_signed_with_the_key_is_refused_and_the_version_before_goes_on(
    keys: Path, tmp_path: Path, harm: Callable[[Path, Path], None]
) -> None:
    published(tmp_path, keys)
    layer = Layer.open(tmp_path, "sqlite://", signed_by=public(keys))
    harm(published(tmp_path, keys), keys)
    with pytest.raises(BundleError, match=r"000002 is not signed with the key that belongs to .*mine\.pub\. Learn it"):
        layer.reload()
    assert layer.version == "000001"


def test_a_signature_vouches_for_every_file(keys: Path, tmp_path: Path) -> None:
    version = published(tmp_path, keys)
    shutil.copy(version / MANIFEST, version / REWRITES)
    with pytest.raises(BundleError, match=r"rewrites\.parquet is missing or damaged"):
        Bundle.open(tmp_path, signed_by=public(keys))


def test_explaining_reads_no_version_that_was_changed_since(keys: Path, tmp_path: Path) -> None:
    layer = Layer.open(layered.bundle(tmp_path / "bundle"), "sqlite://")
    PrivateKey.read(keys / "mine").sign(tmp_path / "bundle" / "000001", b"something else")
    layer._signed_by = public(keys)
    with pytest.raises(BundleError, match="is not signed"):
        layer.explain(Turn(user="ann", time=layered.MONDAY, text="turn on the kitchen flights"))


def test_a_private_key_is_its_owners_alone_and_is_never_written_over(tmp_path: Path) -> None:
    make_keys(tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(BundleError, match=r"key cannot be written: File exists\. Name a file that is not there"):
        make_keys(tmp_path / "key")
    assert (tmp_path / "key").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"secret words", b"\xff" * 100, None])
def test_what_is_no_key_is_told_without_what_it_holds(keys: Path, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    for read in (PrivateKey.read, PublicKey.read):
        with pytest.raises(BundleError, match="Make a pair of keys with: sayagain bundle keygen FILE") as told:
            read(path)
        assert "secret" not in str(told.value)
    with pytest.raises(BundleError, match=r"is no public key in PEM"):
        PublicKey.read(keys / "mine")


def test_a_service_does_not_start_with_what_is_not_signed(
    keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    published(tmp_path / "bundle", keys)
    command = ["serve", str(tmp_path / "bundle"), "--log", str(tmp_path / "log"), "--port", "0"]
    monkeypatch.setattr("sys.argv", ["sayagain", *command, "--require-signature", str(keys / "other.pub")])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert "is not signed with the key that belongs to" in capsys.readouterr().err


def test_the_commands_make_keys_and_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    example = Path(__file__).parents[1] / "examples" / "household.jsonl"
    for command in (
        ["bundle", "keygen", "key"],
        ["import", str(example), "--into", "log"],
        ["learn", "log", "--out", "bundle", "--sign", "key"],
    ):
        monkeypatch.setattr("sys.argv", ["sayagain", *command])
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert end.value.code == 0, capsys.readouterr().err
    assert Bundle.open(Path("bundle"), signed_by=PublicKey.read(Path("key.pub"))).path.name == "000001"


@pytest.mark.parametrize("command", [["bundle", "keygen", "key"], ["learn", "log", "--out", "b", "--sign", "key"]])
def test_without_the_library_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sayagain.extras.find_spec", lambda name: None)
    monkeypatch.setattr("sys.argv", ["sayagain", *command])
    with pytest.raises(SystemExit):
        cli.main()
    assert "pip install 'sayagain[sign]'" in capsys.readouterr().err
