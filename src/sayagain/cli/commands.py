"""Commands that people look for under another name."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

ELSEWHERE = {
    "explain": "try",
    "ask": "try",
    "rewrite": "try",
    "why": "try",
    "stats": "log stats",
    "show": "log show",
    "erase": "log erase-user",
    "erase-user": "log erase-user",
    "forget": "log erase-user",
    "retain": "log retain",
    "train": "learn",
    "check": "doctor",
    "rollback": "bundle rollback",
    "approve": "rewrites approve",
    "block": "rewrites block",
    "simulate": "assistant simulate",
}
"""What somebody may type for a command → the command."""


class Commands(TyperGroup):
    """The commands; one that is looked for under another name is named, before any that is merely spelled alike."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is meant.

        Raises:
            UsageError: there is none.
        """
        if args and args[0] not in self.commands and (meant := ELSEWHERE.get(args[0])) is not None:
            ctx.fail(f"No such command '{args[0]}'. It is: sayagain {meant}")
        return super().resolve_command(ctx, args)
