"""Fixtures: what a node was asked, what it answered, and the evidence expected of it.

Knows: the files' format, where they lie, their origins. Must not know: what any answer means, how
it is served (`recovery.demo.server`).

One JSON file per story, ``fixtures/<CODE>/<story>.json``, with the fields of `Fixture`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recovery.errors import BadInput, ManyProblems, Problem

Origin = Literal["recorded", "mainnet", "documented", "synthetic"]
ORIGINS: tuple[Origin, ...] = ("recorded", "mainnet", "documented", "synthetic")


class Written(Decimal):
    """A number with a fraction that remembers how the file wrote it (``0.00001000``, ``1e-8``)."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Written:
        number = super().__new__(cls, text)
        number.text = text
        return number


def parse_json(data: str | bytes) -> Any:
    """Parse JSON without losing how a number was written."""
    return json.loads(data, parse_float=Written)


def print_json(value: Any) -> str:
    """Write JSON back; a `Written` number appears digit for digit as it was read."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{print_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(print_json, value)) + "]"
    if isinstance(value, Written):
        return value.text
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class RpcError(_Part):
    """The standard's fields, and the two that NEAR's nodes put beside them."""

    code: int
    message: str
    data: Any = None
    name: str | None = None
    cause: Any = None


class RpcExchange(_Part):
    """One JSON-RPC call. Without ``params`` it answers the method's every call."""

    rpc: str
    params: list[Any] | dict[str, Any] | None = None
    result: Any = None
    error: RpcError | None = None
    status: int = 200

    @property
    def request(self) -> str:
        return f"rpc {self.rpc} " + ("*" if self.params is None else _sorted(self.params))

    @model_validator(mode="after")
    def _one_answer(self) -> RpcExchange:
        if ("result" in self.model_fields_set) == (self.error is not None):
            raise ValueError("needs exactly one of result and error")
        return self


class _HttpAnswer(_Part):
    status: int = Field(default=200, ge=100, le=599)
    document: Any = Field(default=None, alias="json")
    text: str | None = None

    @model_validator(mode="after")
    def _one_answer(self) -> _HttpAnswer:
        if ("document" in self.model_fields_set) == (self.text is not None):
            raise ValueError("needs exactly one of json and text")
        return self


class GetExchange(_HttpAnswer):
    """One HTTP GET, by path and query (the order of the query's parts does not matter)."""

    get: str = Field(pattern="^/")

    @property
    def request(self) -> str:
        return http_request("GET", self.get)


class PostExchange(_HttpAnswer):
    """One HTTP POST, by path and JSON body; without ``body`` it answers every one to the path."""

    post: str = Field(pattern="^/")
    body: Any = None

    @property
    def request(self) -> str:
        any_body = "body" not in self.model_fields_set
        return http_request("POST", self.post) + " " + ("*" if any_body else _sorted(self.body))


Exchange = RpcExchange | GetExchange | PostExchange


def _sorted(value: Any) -> str:
    """One spelling of equal JSON values, whatever the order of their keys."""
    return print_json(_ordered(value))


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _ordered(value[k]) for k in sorted(value)}
    return [_ordered(v) for v in value] if isinstance(value, list) else value


def http_request(method: str, target: str, body: Any = ...) -> str:
    parts = urlsplit(target)
    query = "&".join(f"{k}={v}" for k, v in sorted(parse_qsl(parts.query, keep_blank_values=True)))
    asked = f"{method} {unquote(parts.path) or '/'}" + (f"?{query}" if query else "")
    return asked if body is ... else f"{asked} {_sorted(body)}"


def rpc_request(method: str, params: Any) -> str:
    return f"rpc {method} {_sorted(params)}"


class Fixture(_Part):
    """One story of one transaction. ``file`` says where it was read from.

    ``now`` is the moment at which the story is told, for answers whose age matters; ``profile``
    is the development network it was recorded on; ``history`` what the endpoint is said to keep.
    Exactly one of ``evidence``, ``absent`` and ``error`` is the expected outcome.
    """

    file: str
    story: str = Field(min_length=10)
    origin: Origin
    source: str = Field(min_length=10)
    network: str
    api: str
    tx_hash: str
    exchanges: tuple[Exchange, ...]
    evidence: dict[str, Any] | None = None
    absent: bool | None = None
    error: Literal["unhealthy", "garbled", "unreachable"] | None = None
    profile: str | None = None
    history: Literal["full", "recent"] | None = None
    now: str | None = None
    notes: str | None = None

    @property
    def name(self) -> str:
        return f"{self.network}/{Path(self.file).stem}"

    @model_validator(mode="after")
    def _one_outcome(self) -> Fixture:
        if sum((self.evidence is not None, self.absent is True, self.error is not None)) != 1:
            raise ValueError("needs exactly one of evidence, absent (true) and error")
        return self


def find_fixture_folder() -> Path:
    """The fixtures of this installation: in the wheel, or beside the package in a checkout."""
    package = Path(str(resources.files("recovery")))
    for folder in (package / "fixtures", package.parent / "fixtures"):
        if folder.is_dir():
            return folder
    raise BadInput(
        "no-fixtures",
        "this installation has no fixtures",
        hint="reinstall the package, or run from a checkout",
        where=str(package / "fixtures"),
    )


def load_fixtures(folder: Path | None = None, *, network: str | None = None) -> list[Fixture]:
    """Every fixture below ``folder`` (default: this installation's), by network and name.

    Raises `ManyProblems` that lists everything wrong with every file.
    """
    root = folder or find_fixture_folder()
    problems: list[Problem] = []
    fixtures: list[Fixture] = []
    for path in sorted(root.glob(f"{network or '*'}/*.json")):
        file = path.relative_to(root).as_posix()
        try:
            document = parse_json(path.read_bytes())
            if not isinstance(document, dict):
                raise TypeError("the file is not one JSON object")
            fixture = Fixture.model_validate({**document, "file": file})
        except ValidationError as wrong:
            problems += [Problem(_place(file, e["loc"]), e["msg"]) for e in wrong.errors()]
        except (ValueError, TypeError) as wrong:
            problems.append(Problem(file, str(wrong)))
        else:
            fixtures.append(fixture)
            if fixture.network != path.parent.name:
                text = f"network {fixture.network} in the folder of {path.parent.name}"
                problems.append(Problem(file, text))
    if problems:
        raise ManyProblems("bad-fixtures", f"{root} has errors", tuple(problems))
    return fixtures


def _place(file: str, loc: Sequence[int | str]) -> str:
    return ".".join([file, *map(str, loc)])


def count_stories(folder: Path | None = None) -> dict[str, dict[str, int]]:
    """How many stories each network has, by origin: ``{"XRP": {"mainnet": 9, …}, …}``."""
    return count_origins(load_fixtures(folder))


def count_origins(fixtures: Iterable[Fixture]) -> dict[str, dict[str, int]]:
    counted: dict[str, Counter[str]] = {}
    for fixture in fixtures:
        counted.setdefault(fixture.network, Counter())[fixture.origin] += 1
    return {
        code: {origin: counts[origin] for origin in ORIGINS} for code, counts in counted.items()
    }
