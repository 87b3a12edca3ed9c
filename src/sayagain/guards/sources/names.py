"""Names: first names and cities from ``Faker``, cities from GeoNames, countries, languages and currencies from CLDR."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import chain
from pkgutil import iter_modules
from typing import Any

from sayagain.guards.forms import plain
from sayagain.guards.sources.calendar import CURRENCIES, locale
from sayagain.guards.sources.cities import cities, states
from sayagain.guards.sources.declension import declined

TONGUES = """
af ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja jv ka kk km kn ko
ku ky la lb lo lt lv mi mk ml mn mr ms mt my nb ne nl no pa pl ps pt ro ru si sk sl so sq sr sv sw ta te tg th tk tr tt
uk ur uz vi xh yi yo zh zu
"""
"""Languages whose names are taken."""
CITIES = ("cities", "city_names", "city", "towns")
"""Attributes of Faker's address providers in which real places stand."""


Forms = tuple[str, ...]
"""What one name is called, the name itself first: forms of one name may become one another."""


def all_names(languages: Iterable[str]) -> dict[str, set[Forms]]:
    """Return kind → names, each with its forms."""
    found: dict[str, set[Forms]] = {kind: {(name,) for name in said} for kind, said in of_languages(languages).items()}
    found["person"] = people()
    found["place"] |= {(name,) for name in (*places(), *states())} | set(cities())
    return found


def people() -> set[Forms]:
    """Return the first names of all of Faker's locales, of one word each; Slavic ones with their cases."""
    import faker.providers.person as found  # noqa: PLC0415

    names: set[Forms] = set()
    for provider in _providers(found):
        language = provider.__module__.rsplit(".", 1)[-1][:2]
        attributes = [getattr(provider, each, ()) for each in dir(provider) if each.startswith("first_names")]
        said = {plain(name) for name in chain.from_iterable(map(_values, attributes))}
        alone = (name for name in said if len(name.split()) == 1)
        names |= {(name, *sorted(declined(language, name) - {name})) for name in alone}
    return names


def places() -> set[str]:
    """Return real cities of Faker's locales."""
    import faker.providers.address as found  # noqa: PLC0415

    names = chain.from_iterable(
        _values(vars(provider).get(attribute, ())) for provider in _providers(found) for attribute in CITIES
    )
    return {plain(name) for name in names if "{" not in name}


def of_languages(languages: Iterable[str]) -> dict[str, set[str]]:
    """Return countries, cities, languages and currencies as they are called in some languages."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for language in languages:
        known = locale(language)
        found["country"].update(plain(name) for code, name in known.territories.items() if code.isalpha())
        found["place"].update(plain(zone["city"]) for zone in known.time_zones.values() if "city" in zone)
        found["place"].update(plain(name) for code, name in known.territories.items() if code.isdigit())
        found["language"].update(plain(known.languages[code]) for code in TONGUES.split() if code in known.languages)
        found["currency"].update(plain(known.currencies[code]) for code in CURRENCIES if code in known.currencies)
    return dict(found)


def _providers(package: Any) -> Iterator[type[Any]]:
    for module in sorted(m.name for m in iter_modules(package.__path__)):
        yield import_module(f"{package.__name__}.{module}").Provider


def _values(names: Any) -> Iterator[str]:
    if isinstance(names, (list, tuple, set, dict)):
        yield from (name for name in names if isinstance(name, str))
