"""A file opened as bytes of UTF-8 text, however it is packed and whatever its encoding is."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from sayagain.errors import FormatError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SAMPLE = 1 << 16
"""Bytes from which the encoding is told."""
MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""What a file begins with that names its encoding itself."""
WESTERN = "cp1252"
"""What a file is taken to be written in that is no Unicode: Excel in western Europe and America writes it."""
UNDEFINED = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])
"""Bytes that stand for nothing in it."""
WORKBOOK = "[Content_Types].xml"
"""File inside that tells an .xlsx from other archives."""
OTHERS = {
    b"%PDF": "a PDF document",
    b"{\\rtf": "a document of a word processor",
    b"\xd0\xcf\x11\xe0": "a document of an old office program",
    b"SQLite format 3\0": "a database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"RIFF": "a recording",
    b"OggS": "a recording",
    b"ID3": "a recording",
    b"fLaC": "a recording",
}
"""What files begin with that people take for a log, or export by mistake."""
CONTROLS = bytes([*range(9), *range(14, 27), *range(28, 32)])
"""Bytes that few lines of a text have: a recorder that lost its power leaves some."""
LEAST_TOLD = 512
"""Bytes of a file from which it is told that it is no text."""
PARQUET = b"PAR1"
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"


@contextmanager
def opened(path: Path, encoding: str | None = None) -> Iterator[IO[bytes]]:
    """Open a file, plain, ``.gz`` or ``.zip``; its bytes are UTF-8 without a mark, whatever they were in the file.

    Args:
        path: the file.
        encoding: its encoding; by default it is told from its first bytes.

    Raises:
        FormatError: the file is missing, cannot be read, or is not whole.
    """
    with _readable(path), _unpacked(path) as packed:
        file = io.BufferedReader(cast("io.RawIOBase", packed), SAMPLE)
        sample = file.peek(SAMPLE)[:SAMPLE]
        told = encoding or encoding_of(sample)
        if not encoding and (what := _other(sample, told)) is not None:
            raise FormatError(f"{path} is {what}", "Export what was said as CSV or JSON, and name that file")
        if file.peek(len(codecs.BOM_UTF8)).startswith(codecs.BOM_UTF8):
            file.read(len(codecs.BOM_UTF8))
            told = "utf-8"
        yield cast("IO[bytes]", file if told == "utf-8" else io.BufferedReader(_Recoded(file, told), SAMPLE))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Say what is wrong with a file that cannot be read in the block.

    Raises:
        FormatError: it is missing, cannot be read, or is not whole.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise FormatError(f"There is no file {path}", "Check the path") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        kind = "zip" if _begins(path, ZIP) else "gzip"
        raise FormatError(f"{path} is not a whole {kind} file", "Copy or compress it again") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:  # the last: encrypted
        raise FormatError(
            f"{path} is not a zip file that can be read", "Unpack it, and name the file inside"
        ) from error
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror})", "Check that it is a readable file") from error


def beginning(path: Path, size: int) -> bytes:
    """Return the first bytes of a file, unpacked, in whatever encoding they are.

    Raises:
        FormatError: the file is missing, cannot be read, or is not whole.
    """
    with _readable(path), _unpacked(path) as file:
        return io.BufferedReader(cast("io.RawIOBase", file), size).read(size)


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    if path.suffix == ".gz" or _begins(path, GZIP):
        with gzip.open(path) as file:
            yield cast("IO[bytes]", file)
    elif _begins(path, ZIP):
        with zipfile.ZipFile(path) as archive, archive.open(_only(path, archive)) as file:
            yield file
    else:
        with path.open("rb", buffering=0) as file:
            yield cast("IO[bytes]", file)


def _begins(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(mark)) == mark


def _only(path: Path, archive: zipfile.ZipFile) -> str:
    """Return the file in an archive; of several that are there, none is better than another."""
    hidden = ("__MACOSX/", ".")
    names = [each for each in archive.namelist() if not each.endswith("/") and not each.startswith(hidden)]
    if WORKBOOK in names:
        raise FormatError(f"{path} is a workbook of a spreadsheet", "Save the sheet as CSV, and name that file")
    if len(names) != 1:
        raise FormatError(f"{path} holds {len(names)} files", "Unpack it, and name the one to read")
    return names[0]


def encoding_of(sample: bytes) -> str:
    """Return the encoding of a text by its first bytes.

    >>> [encoding_of("Gerät;Küche".encode(each)) for each in ("utf-8", "utf-16", "latin1")]
    ['utf-8', 'utf-16', 'cp1252']
    """
    for mark, name in MARKS.items():
        if sample.startswith(mark):
            return name
    zeros = [sample[at::2].count(0) * 2 > len(sample) // 2 for at in (0, 1)]
    if any(zeros) and not all(zeros):  # every other byte is nothing: Latin letters in two bytes each
        return "utf-16-be" if zeros[0] else "utf-16-le"
    whole = sample.rpartition(b"\n")[0] or sample
    strange = [line for line in whole.split(b"\n") if not line.isascii()]
    unicode = sum(map(_is_utf8, strange))
    western = unicode * 2 < len(strange) and not any(each in whole for each in UNDEFINED)
    return WESTERN if western else "utf-8"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _other(sample: bytes, encoding: str) -> str | None:
    """Return what a file is that is no text; None of a text, and of what other readers read."""
    known = next((what for mark, what in OTHERS.items() if sample.startswith(mark)), None)
    if known is not None or encoding.startswith("utf-16") or sample.startswith(PARQUET):
        return known
    lines = [line for line in sample.split(b"\n") if line.strip()]
    broken = sum(len(line) > len(line.translate(None, CONTROLS)) for line in lines)
    return "no text" if len(sample) >= LEAST_TOLD and broken > len(lines) / 2 else None


class _Recoded(io.RawIOBase):
    """Text of any encoding as bytes of UTF-8. What is broken in it becomes a replacement character."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._file = file
        try:
            self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        except LookupError as error:
            raise FormatError(f"There is no encoding {encoding}", "For example: --encoding utf-16") from error
        self._left = b""

    def readable(self) -> bool:
        """Return that it is for reading."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer as far as there is text."""
        into = memoryview(buffer).cast("B")
        at_end = False
        while not self._left and not at_end:
            read = self._file.read(SAMPLE)
            at_end = not read
            self._left = self._decoder.decode(read, at_end).encode("utf8", "replace")
        count = min(len(into), len(self._left))
        into[:count], self._left = self._left[:count], self._left[count:]
        return count
