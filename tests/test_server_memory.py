"""What a service's work took goes back to the system when it is over."""

from __future__ import annotations

import gc
import sys
import threading
import weakref

import psutil
import pytest

from sayagain.server.memory import give_back, settle


@pytest.mark.skipif(sys.platform != "linux", reason="only GNU's C library can be asked to give memory back")
def test_what_another_thread_took_and_freed_goes_back():
    def work():
        held = [bytes(2_000) for _ in range(100_000)]  # too small to be mapped apart
        kept.append(bytes(2_000))  # what lies behind all that, and stays
        del held

    kept: list[bytes] = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    before = psutil.Process().memory_info().rss

    give_back()

    assert kept
    assert before - psutil.Process().memory_info().rss > 50_000_000


def test_where_the_system_offers_nothing_of_the_kind_nothing_happens(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    give_back()


class Ring:
    """An object that only the collector finds to be garbage."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_settled_is_not_looked_at_again_but_for_anew():
    ring = Ring()
    gone = weakref.ref(ring)
    settle()
    try:
        assert gc.get_freeze_count() > 0
        del ring
        settle()
        assert gone() is not None
        settle(anew=True)
        assert gone() is None
    finally:
        gc.unfreeze()
