"""Metrics of the service for Prometheus. Labels come from fixed sets: never from what was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from sayagain.schema import LayerAction

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.5, 1, 5)
"""Upper bounds of the latency buckets; 40 ms is what a rewrite may take."""

DEEDS = ("rewrite", "offer", "withheld")
"""Fields of an action, of which one says what the layer did."""

LABELLED_SOURCES = ("precomputed", "personal", "everyone", "taught")
"""Sources of rewrites with a label of their own."""


class Metrics:
    """The figures of one service."""

    def __init__(
        self,
        version: Callable[[], str | None],
        on: Callable[[], bool],
        waiting: Callable[[], int],
        apart: Callable[[], int],
        redacted: Callable[[], Mapping[str, int]],
    ) -> None:
        """Count; the other figures are asked for when somebody looks.

        Args:
            version: the version of the bundle in use.
            on: whether the layer is switched on.
            waiting: turns that the layer has not taken in.
            apart: turns that are set apart.
            redacted: values that were redacted, by kind.
        """
        self._registry = CollectorRegistry()
        requests = Counter("sayagain_requests", "Requests by what they asked for.", ["route", "status"], registry=None)
        seconds = Histogram(
            "sayagain_request_seconds", "Seconds to the answer.", ["route"], buckets=SECONDS, registry=None
        )
        rewrites = Counter("sayagain_rewrites", "What became of requests.", ["did", "source"], registry=None)
        self._requests, self._seconds, self._rewrites = requests, seconds, rewrites
        for each in (requests, seconds, rewrites, _State(version, on, waiting, apart, redacted)):
            self._registry.register(each)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests.labels(route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def action(self, action: LayerAction | None, *, on: bool) -> None:
        """Count what the layer did (``DEEDS``; else alone, or off where it is not ``on``) by the kind of its source."""
        done = (name for name in DEEDS if action is not None and getattr(action, name) is not None)
        did = next(done, "alone" if on else "off")
        kind = ((action.source if action else None) or "none").partition(" ")[0]
        self._rewrites.labels(did, kind if kind in LABELLED_SOURCES or kind == "none" else "other").inc()

    def shown(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self._registry)


class _State(Collector):
    """Figures that are read when Prometheus asks: the switch, turns in the inbox, and the bundle in use."""

    def __init__(
        self,
        version: Callable[[], str | None],
        on: Callable[[], bool],
        waiting: Callable[[], int],
        apart: Callable[[], int],
        redacted: Callable[[], Mapping[str, int]],
    ) -> None:
        self._version, self._on, self._waiting, self._apart = version, on, waiting, apart
        self._redacted = redacted

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("sayagain_switched_on", "1, or 0: every request is left alone.", value=self._on())
        yield GaugeMetricFamily(
            "sayagain_inbox_waiting", "Turns that the layer has not taken in yet.", value=self._waiting()
        )
        yield GaugeMetricFamily(
            "sayagain_inbox_set_apart", "Turns that the layer or the log cannot take in.", value=self._apart()
        )
        found = CounterMetricFamily("sayagain_redacted", "Values that were redacted.", labels=["kind"])
        for kind, count in self._redacted().items():
            found.add_metric([kind], count)
        yield found
        yield InfoMetricFamily("sayagain_bundle", "The bundle in use.", value={"version": self._version() or "none"})

    def describe(self) -> Iterator[Metric]:
        return iter(())
