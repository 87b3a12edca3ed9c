"""Whatever the description of the service allows, and much that it does not: an answer as described, and no failure."""

from __future__ import annotations

from pathlib import Path

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from served import Home

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
EXAMPLES = 40
"""Requests for each address; benchmarks/malformed.py sends 100,000."""


def test_answers_are_as_described(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.served() as service:
        described = schemathesis.openapi.from_dict(service.get("/openapi.json").json())
        for found in described.get_all_operations():
            operation = found.ok()
            cases = st.one_of(
                *(
                    operation.as_strategy(generation_mode=mode)
                    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
                )
            )

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=cases)
            def sent(case: schemathesis.Case) -> None:
                made = requests.Request(**case.as_transport_kwargs(base_url="http://localhost:8377")).prepare()
                url, headers = str(made.url), dict(made.headers)
                answer = service.request(str(made.method), url, content=made.body, headers=headers)
                case.validate_response(answer, checks=CHECKS)

            sent()
