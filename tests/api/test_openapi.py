"""The whole document, thrown at the service by schemathesis: nothing breaks, nothing answers otherwise
than documented. A few examples always, from fixed seeds; many with RECOVERY_SOAK=1."""

from __future__ import annotations

import os
import warnings
from typing import Any

import httpx
import pytest
from api.service import AMIRS, NOBODYS, Service, bearer
from hypothesis import HealthCheck, Phase, given, seed, settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import checks as _checks  # noqa: F401  # registers them
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 400 if os.environ.get("RECOVERY_SOAK") else 6

LIMITS = {
    "requests_per_minute": 10**9,
    "requests_per_minute_of_token": 10**9,
    "requests_per_minute_of_key": 10**9,
    "requests_per_minute_of_all": 10**9,
    "refused_per_minute": 10**9,
    "claims_per_hour_of_address": 10**9,
    "claims_per_day_of_address": 10**9,
    "answer_seconds": 0.2,
}


class Callers:
    """A claimant's token, an operator's key and a front end's, each with something behind it."""

    def __init__(self, service: Service) -> None:
        site = service.key("site", channel=True)
        made = service.claim(AMIRS, headers=site, user="amir").json()
        self.number = made["cases"][0]["id"]
        self.token = bearer(made["token"])
        self.asked = bearer(service.claim(NOBODYS).json()["token"])
        self.operator = service.key("wanda")
        self.site = site

    def headers(self, path: str, turn: int) -> dict[str, str]:
        if path.startswith("/v1/desk"):
            return self.operator
        if path.startswith("/v1/case"):
            return (self.token, self.asked)[turn % 2]
        return (self.site, {})[turn % 2]


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, serve: Any) -> Service:
    """On both databases: what one of them takes as text the other may refuse."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None
    started: Service = serve(database_url=url, **LIMITS)
    return started


def _attack(
    service: Service, callers: Callers, operation: Any, statuses: set[tuple[str, int]]
) -> None:
    turns = iter(range(10**9))

    @seed(20261122)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def attack(case: Any) -> None:
        turn = next(turns)
        if "number" in (case.path_parameters or {}) and turn % 3:
            case.path_parameters["number"] = callers.number
        headers = callers.headers(operation.path, turn)
        answer = case.call(base_url=service.url, headers=headers, timeout=30)
        case.validate_response(answer, checks=CHECKS)
        statuses.add((operation.label, answer.status_code))

    attack()


def test_no_request_breaks_the_service_or_is_answered_otherwise_than_documented(
    service: Service,
) -> None:
    callers = Callers(service)
    schema = schemathesis.openapi.from_dict(service.client.get("/openapi.json").json())
    operations: list[Any] = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]  # a broken one raises
    assert len(operations) > 25
    statuses: set[tuple[str, int]] = set()
    for operation in operations:
        _attack(service, callers, operation, statuses)
    told = {status for _, status in statuses}
    assert {200, 404, 409, 422} <= told, sorted(statuses)
    assert not {status for status in told if status >= 500 and status != 503}


def test_the_checks_notice_an_answer_that_is_not_documented(service: Service) -> None:
    schema = schemathesis.openapi.from_dict(service.client.get("/openapi.json").json())
    case = schema["/v1/case"]["GET"].Case()
    answer = httpx.get(f"{service.url}/v1/case")
    case.validate_response(answer, checks=CHECKS)
    del schema.raw_schema["paths"]["/v1/case"]["get"]["responses"]["401"]
    undocumented = schemathesis.openapi.from_dict(schema.raw_schema)
    with pytest.raises(BaseExceptionGroup):
        undocumented["/v1/case"]["GET"].Case().validate_response(answer, checks=CHECKS)
