"""Simulated homes: what every home has, whatever the seed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.assistant.catalogues import SEVERAL_ROOMS, areas, devices
from sayagain.assistant.homes import FEWEST_DEVICES, MOST_DEVICES, make_home

seeds = st.integers(0, 10_000)


@settings(deadline=None, max_examples=60)
@given(seeds)
def test_a_home_is_whole(seed: int) -> None:
    home = make_home(seed)
    things = [*home.areas, *home.devices, *home.speakers, *(one for each in home.catalogue.values() for one in each)]
    assert len({thing.id for thing in things}) == len(things)
    assert FEWEST_DEVICES <= len(home.devices) <= MOST_DEVICES
    rooms = {room.id for room in home.areas}
    assert {device.area for device in home.devices} <= rooms
    assert home.speakers
    assert {speaker.area for speaker in home.speakers} <= rooms
    assert all(home.catalogue[kind] for kind in ("song", "film", "audiobook", "contact", "city", "list"))


@settings(deadline=None, max_examples=60)
@given(seeds)
def test_names_come_from_the_pools_and_equal_ones_stand_apart(seed: int) -> None:
    home = make_home(seed)
    assert {room.name for room in home.areas} <= {area.name for area in areas()}
    assert {device.name for device in home.devices} <= {device.name for device in devices()}
    for device in home.devices:
        equal = home.called(device.name)
        assert len({one.area for one in equal}) == len(equal)
        assert len(equal) == 1 or device.name in SEVERAL_ROOMS


def test_the_same_seed_gives_the_same_home_and_another_another() -> None:
    assert make_home(7) == make_home(7)
    assert make_home(7).devices != make_home(8).devices


def test_homes_differ_in_size_and_some_have_equal_names_and_screens() -> None:
    homes = [make_home(seed) for seed in range(50)]
    sizes = [len(home.devices) for home in homes]
    assert min(sizes) < 35
    assert max(sizes) > 60
    assert sum(len({one.name for one in home.devices}) < len(home.devices) for home in homes) > 5
    assert sum(speaker.has_screen for home in homes for speaker in home.speakers) > 0
