"""The state of a training, kept from part to part, so that one that was stopped goes on. Needs the extra ``train``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from sayagain.errors import SayAgainError


def keep(kept: Path, step: int, model: nn.Module, optimiser: Any, schedule: Any, training: dict[str, Any]) -> None:
    """Write the state after ``step`` batches to ``kept``; ``training`` tells one training from another."""
    state = {
        "step": step,
        "training": training,
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "rate": schedule.state_dict(),
        "random": torch.get_rng_state(),
    }
    kept.parent.mkdir(parents=True, exist_ok=True)
    draft = kept.with_suffix(".new")
    torch.save(state, draft)
    draft.replace(kept)


def resume(kept: Path, model: nn.Module, optimiser: Any, schedule: Any, training: dict[str, Any]) -> int:
    """Load what :func:`keep` wrote, if anything; return how many batches are done.

    Raises:
        SayAgainError: ``kept`` is of another training.
    """
    if not kept.exists():
        return 0
    state = torch.load(kept, weights_only=True)
    if state["training"] != training:
        raise SayAgainError(f"{kept} is of another training", "Remove it, or train with the same data and seed")
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["rate"])
    torch.set_rng_state(state["random"])
    return int(state["step"])
