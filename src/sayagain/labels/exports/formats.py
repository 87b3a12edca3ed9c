"""The formats of labels by name. A new one is one line here, and one file beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sayagain.labels.exports import bias, csv_table, datasets, home_assistant, label_studio, rasa

Write = Callable[[Path, Path], None]

FORMATS: Mapping[str, Write] = {
    "bias": bias.write,
    "csv": csv_table.write,
    "label-studio": label_studio.write,
    "rasa": rasa.write,
    "datasets": datasets.write,
    "home-assistant": home_assistant.write,
}
"""Each reads a file of the native format and writes into a directory."""

FILES: Mapping[str, tuple[str, ...]] = {
    "bias": ("bias.tsv",),
    "csv": ("labels.csv",),
    "label-studio": ("label_studio.json", "label_studio.xml"),
    "rasa": ("rasa.yml",),
    "datasets": ("dataset",),
    "home-assistant": ("home_assistant.yaml",),
}
"""What each of them writes, files and folders."""
