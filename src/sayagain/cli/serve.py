"""The command that runs the service: ``sayagain serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sayagain.cli import arguments
from sayagain.cli import import_options as option
from sayagain.cli.console import err, warn
from sayagain.cli.options import CataloguePath, PolicyPath, SignedBy, State


def serve(
    bundle: Annotated[Path, typer.Argument(help="The bundle that learn published.", metavar="BUNDLE")],
    log: Annotated[Path, typer.Option(help="The log to add observed turns to; created if missing.", metavar="LOG")],
    state: State = None,
    policy: PolicyPath = None,
    catalogue: CataloguePath = None,
    host: Annotated[str, typer.Option(help="Address to listen on; any but loopback needs API keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8377,
    keys: Annotated[
        Path | None,
        typer.Option(
            help="File of API keys, one a line, with their scopes and tenant; SAYAGAIN_KEYS adds more.", dir_okay=False
        ),
    ] = None,
    audit: Annotated[
        Path | None,
        typer.Option(
            help="File to append a line to when people are forgotten or looked at, or keys refused.", dir_okay=False
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for headers, then a body, then the answer.")] = 5.0,
    in_flight: Annotated[int, typer.Option(min=1, help="Requests handled at a time; more are refused.")] = 64,
    most_waiting: Annotated[int, typer.Option(min=1, help="Most turns that may wait for the layer.")] = 100_000,
    body_limit: Annotated[int, typer.Option(min=1024, help="Most bytes of a request's body.")] = 1 << 20,
    feedback_window: Annotated[float, typer.Option(min=0, help="Seconds in which feedback is accepted.")] = 600.0,
    redact: option.Redact = False,
    redact_pattern: option.RedactPattern = None,
    require_signature: SignedBy = None,
) -> None:
    """Serve an assistant over HTTP: rewrite its requests, observe what happened, add it to the log."""
    import os

    from sayagain.guards.owner import OwnerPolicy
    from sayagain.online.layer import Layer
    from sayagain.retrieval.catalogue_file import read_catalogue
    from sayagain.server.keys import VARIABLE, Keys
    from sayagain.server.run import serve as run
    from sayagain.server.settings import Settings
    from sayagain.state import beside

    settings = Settings(
        host=host,
        port=port,
        keys=Keys.read(keys, os.environ.get(VARIABLE)),
        patience=timeout,
        in_flight=in_flight,
        most_waiting=most_waiting,
        most_bytes=body_limit,
        feedback_window=feedback_window,
        audit=audit,
        bundle=bundle,
        redaction=arguments.redaction(redact, redact_pattern),
    )
    url, owner = state or beside(bundle), OwnerPolicy.read(policy) if policy else None
    names = read_catalogue(catalogue) if catalogue else ()
    signed_by = arguments.public_key(require_signature)

    def opened() -> Layer:
        layer = Layer.open(bundle, url, policy=owner, catalogue=names, tried=True, signed_by=signed_by)
        warn(layer.held or layer.lacking)
        warn(layer.switch.told)
        return layer

    run(opened, url, log, settings, lambda at: err.print(f"sayagain: serving on {at}"))
