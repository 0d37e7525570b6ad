"""The examples of docs/api.md, run in their order against the service, on the played demonstration."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from api.conftest import Serve
from api.service import Service

from recovery.checker import Checker
from recovery.config import Config
from recovery.demo import play
from recovery.store import open_store

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def demonstration(config: Config, serve: Serve) -> Service:
    """What `recovery demo --serve` leaves: every claim of it has gone its way."""
    with open_store(config.database_url) as store:
        checker = Checker(config, store)
        stories = play.load_stories()
        assert len(list(play.play(checker, stories))) == len(stories)
        checker.nodes.close()
    return serve()


def test_every_example_is_answered_as_the_guide_says(demonstration: Service) -> None:
    service = demonstration

    def secret(headers: dict[str, str]) -> str:
        return headers["authorization"].removeprefix("Bearer ")

    known = {
        "CHANNEL": secret(service.key("site", channel=True)),
        "WANDA": secret(service.key("wanda")),
    }
    examples = re.findall(r"```http\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len(examples) >= 9
    for example in examples:
        filled = re.sub(r"\{([A-Z]+)\}", lambda name: known[name[1]], example)
        request, *body, expected = filled.strip().split("\n\n")
        first, *headers = request.splitlines()
        method, path = first.split(" ")
        sent = dict(line.split(": ", 1) for line in headers)
        answer = service.client.request(method, path, headers=sent, content="".join(body))
        status, _, told = expected.partition(" ")
        assert answer.status_code == int(status), (example, answer.text)
        for part in told.split(", "):
            if " → " in part:
                place, name = part.split(" → ")
                known[name] = _find(answer.json(), place)
            else:
                place, wanted = part.split(" = ")
                assert _find(answer.json(), place) == wanted, (example, part)


def test_every_route_stands_in_the_guide(service: Service) -> None:
    text = GUIDE.read_text("utf-8")
    for path in service.client.get("/openapi.json").json()["paths"]:
        told = path if path in text else "…/" + path.removeprefix("/v1/desk/cases/{number}/")
        assert told in text, path


def _find(document: Any, place: str) -> Any:
    for part in place.split("."):
        document = document[int(part)] if part.isdigit() else document[part]
    return document
