"""Cases of first names in Slavic languages, made by rule: approximate, and without most changes of the stem.

Forms that nobody says do no harm: they are only looked up. Names that the rules do not know stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

ENDINGS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "ru": (
        ("ия", ("ии", "ию", "ией")),
        ("га", ("ги", "ге", "гу", "гой")),
        ("ка", ("ки", "ке", "ку", "кой")),
        ("ша", ("ши", "ше", "шу", "шей")),
        ("а", ("ы", "и", "е", "у", "ой", "ей")),
        ("я", ("и", "е", "ю", "ей")),
        ("ей", ("ея", "ею", "еем", "ее")),
        ("ий", ("ия", "ию", "ием", "ии")),
        ("й", ("я", "ю", "ем", "е")),
        ("вь", ("ви", "вью")),
        ("ь", ("я", "ю", "ем", "е")),
        ("", ("а", "у", "ом", "е")),
    ),
    "uk": (
        ("ія", ("ії", "ію", "ією")),
        ("ка", ("ки", "ці", "ку", "кою", "ко")),
        ("га", ("ги", "зі", "гу", "гою", "го")),
        ("а", ("и", "і", "у", "ою", "ею", "о")),
        ("я", ("і", "ю", "ею", "є")),
        ("ій", ("ія", "ію", "ієві", "ієм", "ії")),
        ("й", ("я", "ю", "єві", "єм", "ї")),
        ("о", ("а", "ові", "у", "ом")),
        ("ь", ("я", "ю", "еві", "ем")),
        ("", ("а", "у", "ові", "ом", "і")),
    ),
    "pl": (
        ("ia", ("ii", "i", "ię", "ią", "iu")),
        ("ja", ("i", "ji", "ję", "ją")),
        ("la", ("li", "lę", "lą", "lu")),
        ("ka", ("ki", "ce", "kę", "ką")),
        ("ga", ("gi", "dze", "gę", "gą")),
        ("ra", ("ry", "rze", "rę", "rą")),
        ("ta", ("ty", "cie", "tę", "tą")),
        ("da", ("dy", "dzie", "dę", "dą")),
        ("ła", ("ły", "le", "łę", "łą")),
        ("sza", ("szy", "szę", "szą")),
        ("a", ("y", "ie", "ę", "ą")),
        ("ek", ("ka", "kowi", "kiem")),
        ("eł", ("ła", "łowi", "łem")),
        ("y", ("ego", "emu", "ym")),
        ("i", ("iego", "iemu", "im")),
        ("ń", ("nia", "niowi", "niem")),
        ("ś", ("sia", "siowi", "siem")),
        ("o", ("a", "owi", "em")),
        ("k", ("ka", "kowi", "kiem")),
        ("g", ("ga", "gowi", "giem")),
        ("", ("a", "owi", "em")),
    ),
    "cs": (
        ("ie", ("ii", "ií")),
        ("ka", ("ky", "ce", "ku", "kou")),
        ("ga", ("gy", "ze", "gu", "gou")),
        ("ra", ("ry", "ře", "ru", "rou")),
        ("a", ("y", "ě", "e", "u", "ou", "ovi", "i")),
        ("ek", ("ka", "kovi", "kem", "ku")),
        ("el", ("la", "lovi", "lem")),
        ("e", ("i", "í")),
        ("í", ("ího", "ímu", "ím")),
        ("š", ("še", "šovi", "šem", "ši")),
        ("j", ("je", "jovi", "jem", "ji")),
        ("", ("a", "ovi", "em", "u", "e", "i")),
    ),
}
"""Language → ending → the endings of the other cases that stand for it; the first that fits is taken."""


def declined(language: str, name: str) -> set[str]:
    """Return a name and its cases; in languages without rules, the name.

    >>> sorted(declined("ru", "маша"))
    ['маша', 'маше', 'машей', 'маши', 'машу']
    """
    return {name, *_cases(language, name)}


def located(name: str) -> tuple[str, ...]:
    """Return where one is, in a city with a Russian name: "в москве"; nothing where no plain rule tells it.

    >>> located("москва"), located("казань"), located("сочи")
    (('москве',), ('казани',), ())
    """
    if " " in name:
        return ()
    for ending, case in (("ия", "ии"), ("а", "е"), ("я", "е"), ("ль", "ле"), ("ь", "и"), ("ий", "ом"), ("й", "е")):
        if name.endswith(ending):
            return (name[: -len(ending)] + case,)
    return (f"{name}е",) if name[-1:] in "бвгджзклмнпрстфхцчшщ" else ()


def _cases(language: str, name: str) -> Iterator[str]:
    if len(name) < 3 or " " in name:
        return
    for ending, others in ENDINGS.get(language, ()):
        if name.endswith(ending):
            yield from (name[: len(name) - len(ending)] + other for other in others)
            return
