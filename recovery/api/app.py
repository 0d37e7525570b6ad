"""The application: rooms of routes put together, errors as problems, one desk, one watcher.

Knows: the order of things at the start and the end, and what every answer has in common. Must not know:
what a route does. `create_app` is the factory; whoever adds pages adds their router to `ROUTERS`, or
includes it in the application that comes back.

A route finds its parts on the application: ``request.app.state`` has ``config``, ``desk``
(`recovery.api.desk.Desk`), ``limits`` and ``metrics``; `recovery.api.callers` finds out who calls.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from recovery.api import claimants, entrance, health, operators, pages
from recovery.api.answers import refuse as refuse_in_json
from recovery.api.callers import is_keyed
from recovery.api.desk import Desk
from recovery.api.guard import ADDRESS, Guard
from recovery.api.limits import Limits, name_address
from recovery.api.metrics import Metrics
from recovery.api.shapes import write_components
from recovery.api.statuses import Statuses
from recovery.api.taking import find_refusal
from recovery.api.watch import Watcher
from recovery.config import Config
from recovery.errors import BadInput, RecoveryError

ROUTERS = (claimants.router, entrance.router, operators.router, health.router, *pages.ROUTERS)

THREADS = 200
"""Requests at work at one time: most of them wait for a node."""

STAFF = "/v1/desk"
"""Below this path texts are the house's own, for staff."""

ABOUT = """\
Why was a deposit not credited, what does the way back cost, and where does the case stand?

**Claimants** make a claim and get a token; it travels as `Authorization: Bearer` and opens that claim alone.
**Operators** send an API key the same way. Errors are problem details (RFC 9457)."""


def create_app(config: Config, *, watch: bool = True) -> FastAPI:
    """The application over the configured database; its desk is closed when it shuts down."""
    metrics, limits = Metrics(), Limits(config.api)
    desk = Desk(config)
    statuses = Statuses(desk, limits)

    @asynccontextmanager
    async def live(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        await anyio.to_thread.run_sync(desk.warm_up)  # before the first request is taken
        watcher = Watcher(desk, metrics)
        if watch:
            watcher.start()
        yield
        await statuses.close()
        await anyio.to_thread.run_sync(watcher.stop)
        await anyio.to_thread.run_sync(desk.close)

    app = FastAPI(
        title="Deposit recovery",
        version="1",
        description=ABOUT,
        docs_url=None,  # these pages load from strangers
        redoc_url=None,
        lifespan=live,
        redirect_slashes=False,
    )
    app.state.config = config
    app.state.desk = desk
    app.state.limits = limits
    app.state.metrics = metrics
    app.state.statuses = statuses
    app.router.routes.append(statuses.route())  # before all others
    for router in ROUTERS:
        app.include_router(router)
    _answer_errors(app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's own way
    app.add_middleware(
        Guard,
        https=config.api.https,
        trusted_proxies=config.api.trusted_proxies,
        observe=metrics.observe,
        find_refusal=lambda scope: (
            limits.find_refusal(name_address(scope[ADDRESS]), keyed=is_keyed(scope["headers"]))
            or find_refusal(scope, desk.turns)
        ),
        refuse=_refuse_early,
    )
    return app


def refuse(request: Request, error: RecoveryError, **more: Any) -> Response:
    """A page for who reads one, a problem document for everybody else."""
    if pages.is_for_reader(request):
        return pages.show_error(request, error)
    return refuse_in_json(request, error, **more)


async def _refuse_early(scope: Scope, receive: Receive, send: Send, error: RecoveryError) -> None:
    await refuse(Request(scope, receive), error)(scope, receive, send)


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(RecoveryError)
    def known(request: Request, error: RecoveryError) -> Response:
        return refuse(request, error, for_staff=request.url.path.startswith(STAFF))

    @app.exception_handler(RequestValidationError)
    def unreadable(request: Request, error: RequestValidationError) -> Response:
        found = [_explain(one) for one in error.errors()]
        wrong = _name_unreadable(error, found[0]["field"] if found else None)
        # who wrote the program is told in the house's words, who filled in a field in their own
        ours = request.url.path.startswith(STAFF) or wrong.where == "body"
        told = [] if wrong.reference == "unsupported-media-type" else found
        return refuse(request, wrong, errors=told, for_staff=ours)

    @app.exception_handler(HTTPException)
    def unknown(request: Request, error: HTTPException) -> Response:
        if isinstance(error.__cause__, RecoveryError):  # the guard's word while a body was read
            return refuse(request, error.__cause__)
        references = {404: "not-found", 405: "method-not-allowed", 400: "bad-json"}
        reference = references.get(error.status_code, "bad-request")
        where = "body" if reference == "bad-json" else None
        wrong = BadInput(reference, str(error.detail), where=where)
        return refuse(request, wrong, headers=error.headers, for_staff=where == "body")

    @app.exception_handler(SQLAlchemyError)
    def unstored(request: Request, _error: SQLAlchemyError) -> Response:
        return refuse(request, RecoveryError("internal", "a bug of ours"))

    @app.exception_handler(Exception)
    def unexpected(request: Request, _error: Exception) -> Response:
        return refuse(request, RecoveryError("internal", "a bug of ours"))


def _name_unreadable(error: RequestValidationError, field: str | None) -> BadInput:
    """No JSON, not sent as JSON (then FastAPI leaves the bytes as they are), or a field that can't be used."""
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return BadInput("bad-json", "the body is not JSON", where="body")
    if isinstance(error.body, bytes):
        hint = "send the header Content-Type: application/json"
        return BadInput(
            "unsupported-media-type", "the body is not sent as JSON", where="body", hint=hint
        )
    return BadInput("bad-request", "the request can't be read", where=field)


def _explain(error: Any) -> dict[str, str]:
    """Where and what, never the value: a secret that was pasted must not come back."""
    if error["type"] == "json_invalid":  # its place is a position in the text
        why = f"{error['msg']} at character {error['loc'][-1]}: {error['ctx']['error']}"
        return {"field": "body", "text": why}
    place = [str(part) for part in error["loc"] if part != "body"]
    return {"field": ".".join(place) or "body", "text": error["msg"]}


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            openapi_version="3.1.0",
            routes=app.routes,
        )
        components = document.setdefault("components", {})
        known = components.setdefault("schemas", {})
        known |= write_components()
        for unused in ("HTTPValidationError", "ValidationError"):
            known.pop(unused, None)
        components["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer", "description": "A claimant's token."},
            "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
        }
        app.openapi_schema = document
    return app.openapi_schema
