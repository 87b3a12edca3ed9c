"""What is personal in a text, by its kind: where it stands. Redaction puts the name of the kind in its place.

Each kind is found by what makes it one (check digits, a numbering plan), never by a length alone, so that the numbers
people say to an assistant all day (times, channels, years, amounts) stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlsplit

from sayagain.log.spoken import read_out, spelled_address

Span = tuple[int, int]
Finder = Callable[[str], Iterator[Span]]
"""Yields where in a text something of one kind stands, in order, without overlaps."""

AROUND: Final = 80
"""Characters before and after a postal code in which the rest of its address is looked for."""
LEAST_DIGITS, LEAST_UNGROUPED = 7, 8
"""Digits of a telephone number, and of one that nothing divides: seven in a row are as often an amount."""
LEAST_REST = 3
"""Digits beside a telephone number that may be the rest of it."""
LEAST_ACCOUNT, LEAST_OF_ACCOUNT = 15, 8
"""Characters of an account number (Norway), and digits in it: of words after a flight's number one in 97 is right."""
KEPT: Final = 1 << 16
"""Candidates for a telephone number whose answers are remembered: a log has few distinct ones, and each costs 10 ms."""

_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s<>\"]+", re.IGNORECASE)
_SECRET = re.compile(r"token|key|secret|passw|pwd|auth|sig|session|credential", re.IGNORECASE)
"""What the name of a parameter has in it whose value lets somebody in."""
_EMAIL = re.compile(r"[\w+][\w.!#$%&'*+/=?^`{|}~-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_IP4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)", re.ASCII)
_IP6 = re.compile(r"(?<![\w:.])(?=[0-9a-f:]*\d)[0-9a-f]{1,4}:[0-9a-f:]{2,35}(?![\w:])", re.IGNORECASE)
_ACCOUNT = re.compile(r"(?<!\w)[a-z]{2}\d{2}(?:[ -]?[a-z0-9]){11,30}", re.IGNORECASE | re.ASCII)
_CARD = re.compile(r"(?<![\d+＋-])[2-6](?:[ -]?\d){13,18}(?![ -]?\d)", re.ASCII)
_ZIP = re.compile(r"\b(?:\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d)\b", re.IGNORECASE)
"""Postal codes of the United States, of Great Britain and of Canada."""
_HOUSE = re.compile(r"(?<!\w)\d{1,5}[A-Z]?\W+[^\W\d]", re.IGNORECASE)
"""The number of a house, and a word after it: without one a postal code is a number like others, and most are none."""
_COUNTRIES: tuple[Literal["US", "GB", "CA"], ...] = ("US", "GB", "CA")

_BETWEEN = r"[\s().\-/\u2010-\u2015－（）]"
_PHONE = re.compile(rf"(?<![\da-zA-Z_.])[+＋]?[(（]?\d(?:{_BETWEEN}{{0,3}}\d){{6,79}}(?![\da-zA-Z_])")
_GROUP = re.compile(r"[+＋]?\d+")
_PLAIN = re.compile(
    r"""(?<![\d./-])(?:
        \d{4}(?P<iso>[-./])(?:0?[1-9]|1[0-2])(?P=iso)(?:0?[1-9]|[12]\d|3[01])(?!\d|[-./]\d)
      | (?:0?[1-9]|[12]\d|3[01])(?P<dmy>[-./])(?:0?[1-9]|1[0-2])(?P=dmy)(?:(?:1\d|20|21)\d\d|\d\d)(?!\d|[-./]\d)
      | (?:0?[1-9]|1[0-2])(?P<mdy>[-/])(?:0?[1-9]|[12]\d|3[01])(?P=mdy)(?:(?:1\d|20|21)\d\d|\d\d)(?!\d|[-./]\d)
      | (?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)
      | (?:19|20)\d\d(?:[ /-](?:19|20)\d\d)+(?!\d)
      | \d{1,2}:\d\d(?::\d\d)?(?!\d)
      | [1-9]\d?(?:\.\d{3})+(?:,\d+)?(?![\d.]) | [1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?(?![\d,])
      | (?!0\d)\d{1,3}[.,]\d{4,}(?![\d.-])
      | 97[89][- ]?\d{1,5}[- ]?\d{1,7}[- ]?\d{1,6}[- ]?[\dX](?!\d)
    )""",
    re.VERBOSE,
)
"""Dates, times, years in a row, amounts, decimals, ISBN: no telephone numbers, though some country may have them."""


def _urls(text: str) -> Iterator[Span]:
    """Yield addresses on the web that let in whoever has them: with a user and password, or with a token."""
    for found in _URL.finditer(text) if "://" in text else ():
        try:
            parts = urlsplit(found[0])
            lets_in = "@" in parts.netloc or any(_SECRET.search(name) for name, _ in parse_qsl(parts.query))
        except ValueError:
            lets_in = "@" in found[0]
        if lets_in:
            yield found.span()


def _emails(text: str) -> Iterator[Span]:
    if "@" in text:
        yield from (found.span() for found in _EMAIL.finditer(text))


def _ips(text: str) -> Iterator[Span]:
    for pattern in (_IP4, _IP6) if "." in text or "::" in text or text.count(":") > 6 else ():
        for found in pattern.finditer(text):
            try:
                ip_address(found[0])
            except ValueError:
                continue
            yield found.span()


def _accounts(text: str) -> Iterator[Span]:
    """Yield account numbers whose check digits are right (IBAN, ISO 13616)."""
    for found in _ACCOUNT.finditer(text):
        ends = [at for at in range(LEAST_ACCOUNT, len(found[0]) + 1) if not text[found.start() + at :][:1].isalnum()]
        right = (at for at in reversed(ends) if _is_account(found[0][:at]))
        if (length := next(right, None)) is not None:
            yield found.start(), found.start() + length


def _is_account(written: str) -> bool:
    plain = re.sub(r"[ -]", "", written)
    if len(plain) < LEAST_ACCOUNT or sum(map(str.isdecimal, plain)) < LEAST_OF_ACCOUNT:
        return False
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1


def _cards(text: str) -> Iterator[Span]:
    """Yield card numbers whose check digit is right."""
    yield from (found.span() for found in _CARD.finditer(text) if is_card(re.sub(r"\D", "", found[0])))


def is_card(digits: str) -> bool:
    """Return whether digits are those of a card: their number, the first, and the check digit (ISO/IEC 7812, Luhn).

    >>> is_card("4111111111111111"), is_card("4111111111111112")
    (True, False)
    """
    doubled = [sum(divmod(2 * int(each), 10)) for each in digits[-2::-2]]
    return len(digits) >= 14 and digits[0] in "23456" and (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def _addresses(text: str) -> Iterator[Span]:
    """Yield postal addresses with their postal codes, as far as pyap knows countries."""
    import pyap  # noqa: PLC0415 - of the extra redact

    looked = end = 0
    for code in _ZIP.finditer(text):
        begin = max(end, code.start() - AROUND)
        if code.end() <= looked or _HOUSE.search(text, begin, code.start()) is None:
            continue
        looked = code.end() + AROUND
        near = text[begin:looked]
        found = [each for country in _COUNTRIES for each in pyap.parse(near, country=country)]
        for each in sorted(found, key=lambda each: int(each.match_start)):
            written = near[each.match_start : each.match_end]
            start = begin + each.match_start + len(written) - len(written.lstrip())
            if start >= end and _ZIP.search(written):
                end = start + len(written.strip())
                yield start, end


def _phones(text: str) -> Iterator[Span]:
    """Yield telephone numbers: those that the numbering plan of some country has, written as it writes them."""
    if _PHONE.search(text) is None:
        return
    plain = _PLAIN.sub(lambda found: "x" * len(found[0]), text)
    for found in _PHONE.finditer(plain):
        yield from ((found.start() + begin, found.start() + end) for begin, end in _phones_in(found[0]))


@lru_cache(maxsize=KEPT)
def _phones_in(candidate: str) -> tuple[Span, ...]:
    """Return where telephone numbers are in digits and what may divide them: the longest runs of groups that are one.

    Within a longer row of numbers only runs with a group of three digits count: pairs are as well a list of numbers.
    Where as many are left beside one, all goes: it may be a part of a number that is divided in an unusual way.
    """
    groups = [found.span() for found in _GROUP.finditer(candidate)]
    found = list[Span]()
    first = 0
    while first < len(groups):
        for last in range(len(groups) - 1, first - 1, -1):
            begin, end = (0 if first == 0 else groups[first][0]), groups[last][1]
            whole = first == 0 and last == len(groups) - 1
            grouped = any(end - begin >= 3 for begin, end in groups[first : last + 1])
            if (whole or grouped) and _is_phone(candidate[begin:end]):
                found.append((begin, end))
                first = last
                break
        first += 1
    rest = [each for each in groups if not any(begin <= each[0] < end for begin, end in found)]
    if found and any(end - begin >= LEAST_REST for begin, end in rest):
        return ((0, len(candidate)),)
    return tuple(found)


def _is_phone(written: str) -> bool:
    """Return whether a number is a telephone number of some country, written in one of the ways it has there.

    What begins with the zero that is dialled first, and has no pairs in it, may be divided anyhow: it is nothing else.
    """
    import phonenumbers as plans  # noqa: PLC0415 - of the extra redact

    written = "".join(str(int(each)) if each.isdecimal() else each for each in written)
    digits = "".join(filter(str.isdecimal, written))
    if not LEAST_DIGITS <= len(digits) <= 15:
        return False
    if written[0] in "+＋":
        return len(digits) >= LEAST_UNGROUPED
    if written.isdecimal() and (len(digits) < LEAST_UNGROUPED or (len(digits) < 9 and digits.endswith("000"))):
        return False
    if digits.startswith("00") or (written.isdecimal() and len(digits) > 10):  # as messengers know people
        try:
            if plans.is_valid_number(plans.parse(f"+{digits.removeprefix('00')}", None)):
                return True
        except plans.NumberParseException:
            pass
    dialled = digits.startswith("0") and all(len(group) >= 3 for group in _GROUP.findall(written))
    lenient = plans.Leniency.VALID if dialled else plans.Leniency.STRICT_GROUPING
    regions = (region for region, plan in _plans() if plan is None or plan.fullmatch(digits))
    return any(
        sum(map(str.isdecimal, found.raw_string)) == len(digits)
        for region in regions
        for found in plans.PhoneNumberMatcher(written, region, lenient)
    )


@cache
def _plans() -> tuple[tuple[str, re.Pattern[str] | None], ...]:
    """Return what national numbers look like in each country, with the prefix that is dialled first.

    None of those whose prefix changes the digits after it. Asking the library about each country takes a hundred times
    as long, and most are not it.
    """
    from phonenumbers import SUPPORTED_REGIONS, PhoneMetadata  # noqa: PLC0415 - of the extra redact

    found = list[tuple[str, re.Pattern[str] | None]]()
    for region in sorted(SUPPORTED_REGIONS):
        plan: Any = PhoneMetadata.metadata_for_region(region)
        prefix, numbers = plan.national_prefix_for_parsing or "", plan.general_desc.national_number_pattern
        changes = plan.national_prefix_transform_rule is not None
        found.append((region, None if changes else re.compile(f"(?:{prefix})?(?:{numbers})")))
    return tuple(found)


FINDERS: tuple[tuple[str, Finder], ...] = (
    ("url", _urls),
    ("email", _emails),
    ("email", spelled_address),
    ("number", read_out),
    ("ip", _ips),
    ("account", _accounts),
    ("card", _cards),
    ("address", _addresses),
    ("phone", _phones),
)
"""How each kind (``normalise.KINDS``) is found, in this order: an address on the web may hold all the others."""
WITH_DIGITS = frozenset({"ip", "account", "card", "address", "phone"})
"""Kinds of which there is none in a text without a digit, as most are."""
