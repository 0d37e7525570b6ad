"""A room's policy file: the numbers that a desk may change, shipped as `policy.toml` or the desk's own.

Knows: TOML to a checked model, and how to say all that is wrong with it. Must not know: any policy.
"""

from __future__ import annotations

import functools
import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from recovery.errors import BadInput, ManyProblems, Problem
from recovery.tomltext import parse_toml

Policy = TypeVar("Policy", bound=BaseModel)


def _find_nothing_more(document: dict[str, Any]) -> list[Problem]:
    return []


@dataclass(frozen=True)
class PolicyFile(Generic[Policy]):
    """One kind of policy: ``name`` ("fee") is in its errors and in the configuration's key `fee_policy`.

    ``room`` is the package that ships it and ``docs`` the page that explains it; ``find_more`` sees what the
    model can't.
    """

    name: str
    room: str
    docs: str
    model: type[Policy]
    find_more: Callable[[dict[str, Any]], list[Problem]] = _find_nothing_more

    def parse(self, text: str, *, where: str) -> Policy:
        """Parse a policy file; raises `BadInput` that lists everything wrong with it.

        Numbers with a point stay what was written: 0.1 is one tenth.
        """
        document = parse_toml(text, where=where, parse_float=Decimal)
        problems = self.find_more(document)
        try:
            policy = self.model.model_validate(document)
        except ValidationError as wrong:
            problems += [
                Problem(".".join(str(p) for p in e["loc"]) or where, _explain(e))
                for e in wrong.errors()
            ]
        if problems:
            raise ManyProblems(
                f"bad-{self.name}-policy",
                f"{where} has errors",
                tuple(problems),
                hint=f"{self.docs} explains every number",
            )
        return policy

    def load(self, path: str | None = None) -> Policy:
        """The policy that ships with the package, or the file at ``path``."""
        if path is None:
            shipped: Policy = _load_shipped(self)
            return shipped
        try:
            text = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as wrong:
            raise BadInput(
                f"unreadable-{self.name}-policy",
                f"can't read {path}: {wrong}",
                hint=f"`{self.name}_policy` in the configuration names the file",
                where=path,
            ) from None
        return self.parse(text, where=path)


@functools.cache
def _load_shipped(file: PolicyFile[Any]) -> Any:
    text = resources.files(file.room).joinpath("policy.toml").read_text("utf-8")
    return file.parse(text, where=f"{file.room.replace('.', '/')}/policy.toml")


def _explain(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such key"
    if error["type"] == "missing":
        return "is missing"
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"{text} (got {reprlib.repr(error['input'])})" if error["loc"] else text
