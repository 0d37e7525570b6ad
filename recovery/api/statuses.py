"""`GET /v1/case`: what a claimant asks a hundred times for every change, straight behind the guard.

Knows: that a printed view is true as long as the heads of its cases' trails are the same; ASGI. Must not know: what
a view says. A plain ASGI route: the parameters that FastAPI would look for there are none, and looking for them
costs more than the answer. `recovery.api.claimants` documents it among the others.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from recovery.api.answers import answer_bytes, find_language
from recovery.api.callers import gather_claimant
from recovery.api.desk import Desk
from recovery.api.limits import Limits
from recovery.api.lookup import TokenLookup
from recovery.api.reading import Printed, read_for_claimant
from recovery.api.status import print_claim_status
from recovery.jsontext import print_json
from recovery.messages import speak


class Statuses:
    """Answers with the views of one process. Belongs to one event loop; close it when done."""

    path = "/v1/case"

    def __init__(self, desk: Desk, limits: Limits) -> None:
        self._desk = desk
        self._limits = limits
        self._lookup = TokenLookup(desk.store)
        self._printed: Printed[Response] = Printed()

    def route(self) -> Route:
        route = Route(self.path, self, methods=["GET"])
        route.methods = {"GET"}  # the document has no HEAD
        return route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self  # by whose path it is counted
        response = await self.answer(Request(scope))
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """Every case of the claim; raises as `recovery.api.callers.require_claimant`."""
        claimant = await gather_claimant(request, self._lookup, self._limits)
        language = find_language(request)
        made_of = (language, *claimant.heads.values())
        known = self._printed.find(made_of)
        if known is None:
            printed = await run_in_threadpool(print_claim, self._desk, claimant.case_ids, language)
            known = answer_bytes(printed, language=language)
            self._printed.keep(made_of, known)
        return known

    async def close(self) -> None:
        await self._lookup.close()


def print_claim(desk: Desk, case_ids: tuple[str, ...], language: str) -> bytes:
    """``recovery.claim/1`` of these cases as they stand now."""
    document = print_claim_status(
        read_for_claimant(desk.store, case_ids),
        speaker=speak(language),
        row_of=desk.config.network,
        secret=desk.secret,
    )
    return print_json(document)
