"""Statuses in words that say that something did not work: "didn't work", "nicht geklappt", "no funcionó"."""

from __future__ import annotations

import re
from collections.abc import Callable

from sayagain.schema.bare import bare


def _words(text: str) -> frozenset[str]:
    return frozenset(bare(text).split())


WORKED = _words(
    "work working succeed understand understood "
    "funktioniert funktionieren funktionierte klappt geht ging gegangen verstanden möglich erfolg "
    "marche marché fonctionne fonctionné compris possible funciona funcionó funcionado funcionou entendido entendeu "
    "posible possível funziona funzionato capito possibile werkt werkte gewerkt lukt begrepen mogelijk "
    "działa działało zadziałało zrobione zrobiono zrozumiano udało sukcesu "
    "fungerar fungerade fungerer fungerede virker virkede funket förstått forstået forstått möjligt muligt framgång "
    "toimi toiminut onnistunut ymmärretty работает сработало получилось понято успеха"
)
"""Words that tell something only with a *not* beside them: alone, a column of them may be about anything."""

_NOT = _words("not never nicht nie pas niet não inte ej ikke ei не")
"""What denies wherever it stands: "nicht geklappt", "klappt nicht"."""

_NO = _words("no non none kein keine ne geen without ohne sans sin senza zonder sem bez utan uden uten без нет")
"""What denies only what comes after it: "no funcionó", but not "yes or no"."""

_BESIDE = _words(
    "did do does was were is are has have had could can it this that be been hat es ist wurde wird war konnte werden "
    "a ai ont est été ça cela ce se lo ha fue sido è stato stata foi het werd heeft zostało się har är blev er det "
    "oli ole bylo была было был"
)
"""Words that change nothing in such a sentence."""

_SHORT = re.compile(r"\b(did|do|does|was|were|is|has|have|had|could|ca|wo)n['’ʼ]?t\b")
_ELIDED = re.compile(r"\b([nc])['’ʼ]")
_WORD = re.compile(r"[^\W_]+")


def denies(status: str, worked: Callable[[str], bool]) -> bool:
    """Return whether a status says *not* of a word for done, and nothing else.

    Args:
        status: the status, as it stands in a file.
        worked: whether a word, without accents, says by itself that something worked.
    """
    spelled = _ELIDED.sub(r"\1e ", _SHORT.sub("did not", bare(status)))
    words = [word for word in _WORD.findall(spelled) if word not in _BESIDE]
    told = [word for word in words if word not in _NOT | _NO]
    denied = bool(_NOT.intersection(words)) or words[:1] != told[:1]
    return denied and bool(told) and all(word in WORKED or worked(word) for word in told)
