"""Is the service up, can it work, what does it count: for whoever runs it.

Knows: the three routes of operations. Must not know: cases, people.
"""

from __future__ import annotations

from ipaddress import ip_address

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recovery.api.answers import answer, problems, refuse
from recovery.api.callers import desk_of
from recovery.api.guard import ADDRESS
from recovery.api.metrics import MEDIA_TYPE, Metrics
from recovery.errors import BadInput, RecoveryError

router = APIRouter(tags=["operations"])


@router.get("/healthz", response_class=Response, responses=problems())
def healthz() -> Response:
    """The process answers."""
    return answer({"status": "ok"})


@router.get("/readyz", response_class=Response, responses=problems())
def readyz(request: Request) -> Response:
    """The database answers and is at the revision of this version."""
    try:
        desk_of(request).store.require_ready()
    except RecoveryError as wrong:
        return refuse(request, wrong)
    return answer({"status": "ready"})


@router.get("/metrics", response_class=Response, responses=problems(404))
def metrics(request: Request) -> Response:
    """Counts and times for Prometheus, for the networks that the configuration names."""
    networks = request.app.state.config.api.metrics_from
    address = request.scope.get(ADDRESS, "")
    if not address or not any(ip_address(address) in network for network in networks):
        return refuse(request, BadInput("not-found", "there is no such page"))
    told: Metrics = request.app.state.metrics
    return Response(told.print(), media_type=MEDIA_TYPE)
