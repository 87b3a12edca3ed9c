"""How the receipt of an erasure looks in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from sayagain.online.erasure.receipt import Receipt


def receipt_table(receipt: Receipt) -> Table:
    """Return how much was erased in each place."""
    from sayagain.online.erasure.places import PLACES

    table = Table(box=None, pad_edge=False)
    table.add_column("place")
    table.add_column("erased", justify="right")
    table.add_column("")
    for place in PLACES:
        if place.name in receipt.erased:
            table.add_row(place.name, f"{receipt.erased[place.name]:,}", place.counts)
    return table
