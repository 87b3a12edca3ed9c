"""Times as people's files have them: how they are written is found from a sample, or told.

What ISO 8601 or a Unix time is, the turn itself reads. Everything else (spreadsheets, telephones) is put into one
spelling first: no weekday, no "at", months by their English names. Then one format is looked for that reads them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sayagain.errors import FormatError

Clock = Callable[[Any], Any]
"""Turns a value of a file into a moment; what it cannot read it raises ValueError for."""

DATES = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d.%m.%y", "%b %d %Y", "%d %b %Y", "%d-%b-%Y"),
    *("%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%m-%d-%Y"),
)
CLOCKS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%H.%M", "%H.%M.%S")
ZONES = ("", " %z", " %Z")

UNZONED = "times without a zone"
"""Where an import says what it took them for."""

ENOUGH = 0.5
"""Share of a sample that a format must read: the others are broken rows."""

EXCEL_DAYS = (20_000, 80_000)
"""Numbers that are days of a spreadsheet (1954 to 2119): as seconds they would all be the first of January 1970."""
_EXCEL_ZERO = datetime(1899, 12, 30)

_MONTHS = (
    "january janvier enero januar gennaio januari janeiro jänner jan janv ene",
    "february février febrero februar febbraio februari fevereiro feber feb févr fev",
    "march mars marzo märz maart março mar mär mrt mrz",
    "april avril abril aprile apr abr avr",
    "may mai mayo maggio mei maio mag",
    "june juin junio juni giugno junho jun giu",
    "july juillet julio juli luglio julho jul juil lug",
    "august août agosto augustus aug ago",
    "september septembre septiembre settembre setembro sept sep set",
    "october octobre octubre oktober ottobre outubro oct okt ott out",
    "november novembre noviembre novembro nov",
    "december décembre diciembre dezember dicembre dezembro dec déc dic dez",
)
"""Names of the months in English, French, Spanish, German, Italian, Dutch and Portuguese."""
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = {name: english for english, names in zip(_ENGLISH, _MONTHS, strict=True) for name in names.split()}
_WEEKDAY = re.compile(rf"^(?!(?:{'|'.join(_ENGLISH)})\b)[^\W\d]+\.?,?\s+(?=\w)")
_BETWEEN = re.compile(r"\b(?:at|um|à|a las|alle|om|às|uhr|de|of|kl)\b|,|(?<=\d)\.(?=\s)|(?<=[^\W\d])\.")
_WORD = re.compile(r"[^\W\d]+")
_DAY_HALF = re.compile(r"\b([ap])\.?\s?m\.?(?!\w)")

_ISO: TypeAdapter[datetime] = TypeAdapter(datetime)


def clock_of(path: Path, sample: Sequence[Any], told: str | None, zone: tzinfo | None) -> tuple[Clock | None, str]:
    """Return what reads the times of a file, and how they are written; no clock where a turn reads them as they are.

    Args:
        path: the file, for messages.
        sample: times of the file.
        told: the format, where a person told it.
        zone: the zone of times that name none; by default UTC.

    Raises:
        FormatError: they can be read in two ways.
    """
    if told is not None:
        return _formatted(told, zone), told
    texts = [each for each in sample if isinstance(each, str) and each.strip()]
    if _are_days(sample):
        return _excel(zone), "days of a spreadsheet"
    if not texts or sum(map(_is_iso, texts)) >= ENOUGH * len(texts):
        return (None if zone is None else _iso(zone)), ""
    formats = _formats(texts)
    if not formats:
        return (None if zone is None else _iso(zone)), ""
    chosen = formats[0] if len(formats) == 1 else _likeliest(formats, texts)
    if chosen is None:
        raise FormatError(
            f"The times of {path} may begin with the day or with the month",
            f'Say which: --time-format "{formats[0]}" or --time-format "{formats[1]}"',
        )
    return _formatted(chosen, zone), chosen


def zone_missing(sample: Sequence[Any], written: str, zone: tzinfo | None) -> dict[str, str]:
    """Return what to say of times that name no zone, where nobody told one; nothing where all name theirs.

    Args:
        sample: times of the file.
        written: how they are written, as ``clock_of`` found; empty where a turn reads them as they are.
        zone: the zone that a person told.
    """
    local = "%z" not in written.casefold() if written else any(map(_is_local, sample))
    return {UNZONED: "taken for UTC; if they are local: --timezone Europe/Berlin"} if local and zone is None else {}


def _formats(texts: Sequence[str]) -> list[str]:
    """Return the formats that read the most of a sample."""
    spelled = [_spelled(each) for each in texts]
    fitting = [each for each in _all_formats() if any(_reads(each, text) for text in spelled[:3])]
    read = {each: sum(_reads(each, text) for text in spelled) for each in fitting}
    most = max(read.values(), default=0)
    return [each for each, count in read.items() if count == most] if most >= max(1, ENOUGH * len(texts)) else []


def _likeliest(formats: Sequence[str], texts: Sequence[str]) -> str | None:
    """Return the one format in which a file is most in order, or else runs over the least time; None where both are."""
    judged = sorted((*_disorder(each, texts), each) for each in formats)
    return judged[0][2] if judged[0][:2] < judged[1][:2] else None


def _disorder(format: str, texts: Sequence[str]) -> tuple[int, timedelta]:
    """Return how often times go against the way in which they mostly go, and how far apart the first and last are."""
    times = [datetime.strptime(text, format) for text in map(_spelled, texts) if _reads(format, text)]
    times = [each.replace(tzinfo=None) for each in times]
    signs = [(after > before) - (after < before) for before, after in pairwise(times)]
    return min(signs.count(1), signs.count(-1)), max(times) - min(times)


@cache
def _all_formats() -> tuple[str, ...]:
    both = [f"{date} {clock}{zone}" for date, clock, zone in product(DATES, CLOCKS, ZONES)]
    turned = [f"{clock} {date}" for clock, date in product(CLOCKS, DATES)]
    return (*both, *turned, *DATES)


def _spelled(text: str) -> str:
    """Return a time in the one spelling that formats are looked for in.

    >>> _spelled("Monday, May 4, 2026 at 6:05\\u202fAM"), _spelled("4. Mai 2026 um 06:05 Uhr")
    ('may 4 2026 6:05 am', '4 may 2026 06:05')
    """
    plain = _DAY_HALF.sub(r" \1m", " ".join(text.casefold().split()))
    named = _WORD.sub(lambda word: _MONTH.get(word[0], word[0]), plain)
    return " ".join(_BETWEEN.sub(" ", _WEEKDAY.sub("", named)).split())


def _reads(format: str, text: str) -> bool:
    try:
        datetime.strptime(text, format)
    except ValueError:
        return False
    return True


def _formatted(format: str, zone: tzinfo | None) -> Clock:
    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            found = datetime.strptime(_spelled(value), format)
        except ValueError:  # a format that was told may be about the time as it stands
            found = datetime.strptime(value.strip(), format)
        return _placed(found, zone)

    return read


def _iso(zone: tzinfo) -> Clock:
    return lambda value: _placed(_ISO.validate_python(value), zone)


def _excel(zone: tzinfo | None) -> Clock:
    def read(value: Any) -> Any:
        seconds = round(float(str(value).replace(",", ".")) * 86_400)
        return _placed(_EXCEL_ZERO + timedelta(seconds=seconds), zone)

    return read


def _placed(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone or UTC)


def _is_local(value: Any) -> bool:
    """Return whether a time that a turn reads as it is names no zone."""
    try:
        moment = _ISO.validate_python(value) if isinstance(value, str) else value
    except ValidationError:
        return False
    return isinstance(moment, datetime) and moment.tzinfo is None


def _is_iso(text: str) -> bool:
    try:
        _ISO.validate_python(text)
    except ValidationError:
        return False
    return True


def _are_days(sample: Sequence[Any]) -> bool:
    """Return whether times are numbers of days, as a spreadsheet counts them."""
    numbers = [_number(each) for each in sample if each not in (None, "")]
    return bool(numbers) and all(each is not None and EXCEL_DAYS[0] <= each <= EXCEL_DAYS[1] for each in numbers)


def _number(value: Any) -> float | None:
    try:
        return float(value.replace(",", ".") if isinstance(value, str) else value)
    except (TypeError, ValueError, OverflowError):
        return None
