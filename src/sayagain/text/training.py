"""The loop in which a network learns: it can be stopped and run again, and goes on after the last batches it kept.

Needs the extra ``train``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from sayagain.errors import SayAgainError

Batch = TypeVar("Batch")

Told = Callable[[int, int, float], None]
"""Hears of batches done, of how many, and the loss."""


@dataclass(frozen=True)
class Training:
    """One training: how long it is, where its state is kept meanwhile, and who hears of it."""

    facts: dict[str, Any]
    """What tells it from others: its recipe, and how much it learns from."""
    steps: int
    """Batches, all told."""
    kept: Path
    every: int
    """Batches after which the state is kept."""
    told: Told

    def run(
        self,
        model: nn.Module,
        optimiser: torch.optim.Optimizer,
        rate: Callable[[int], float],
        batches: Iterable[Batch],
        loss_of: Callable[[int, Batch], Tensor],
    ) -> None:
        """Train ``model``, gradients cut at length 1.

        Args:
            model: in the state that it learns in.
            optimiser: of its parameters, with the highest rate of each.
            rate: the share of that rate at a step.
            batches: the same ones in every run; those that are done are passed over.
            loss_of: the loss of a step and its batch.

        Raises:
            SayAgainError: ``kept`` is of another training.
        """
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
        begun = self._resume(model, optimiser, schedule)
        for step, batch in enumerate(batches):
            if step < begun:
                continue
            loss = loss_of(step, batch)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            if (step + 1) % self.every == 0:
                self.told(step + 1, self.steps, float(loss.detach()))
                self._keep(step + 1, model, optimiser, schedule)
        self.kept.unlink(missing_ok=True)

    def _keep(self, step: int, model: nn.Module, optimiser: Any, schedule: Any) -> None:
        """Write the state after ``step`` batches."""
        state = {
            "step": step,
            "training": self.facts,
            "model": model.state_dict(),
            "optimiser": optimiser.state_dict(),
            "rate": schedule.state_dict(),
            "random": torch.get_rng_state(),
        }
        self.kept.parent.mkdir(parents=True, exist_ok=True)
        draft = self.kept.with_suffix(".new")
        torch.save(state, draft)
        draft.replace(self.kept)

    def _resume(self, model: nn.Module, optimiser: Any, schedule: Any) -> int:
        """Load the state that is kept, if any; return how many batches are done."""
        if not self.kept.exists():
            return 0
        state = torch.load(self.kept, weights_only=True)
        if state["training"] != self.facts:
            raise SayAgainError(
                f"{self.kept} is of another training", "Remove it, or train with the same data and seed"
            )
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["rate"])
        torch.set_rng_state(state["random"])
        return int(state["step"])


def rise_and_fall(step: int, steps: int) -> float:
    """Return the share of the highest rate: a linear rise over the first tenth, then a linear fall to nothing."""
    return min((step + 1) / (0.1 * steps), (steps - step) / (0.9 * steps))
