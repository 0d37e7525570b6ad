"""What keeps the service up and its callers apart: limits, bounds, headers, sameness of every no."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any

import pytest
from api.service import NOBODYS, Service, bearer
from sqlalchemy import event

from recovery.api.guard import find_address
from recovery.api.limits import name_address
from recovery.api.secrets import TOKEN_LASTS
from recovery.clock import now


def test_every_token_that_opens_nothing_is_answered_the_same(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = service.claim(NOBODYS).json()["token"]
    foreign = service.key("walt")["authorization"].removeprefix("Bearer ")
    later = (now() + TOKEN_LASTS).isoformat().replace("+00:00", "Z")
    monkeypatch.setenv("RECOVERY_NOW", later)
    mine = service.claim(NOBODYS).json()
    other = service.claim(NOBODYS).json()["cases"][0]["id"]
    answers, asked = [], []
    assert service.get("/v1/case", bearer(mine["token"])).status_code == 200
    for secret in (old, foreign, "rc_" + "A" * 32, "x", mine["token"][:-1], mine["token"] + "x"):
        with counted(service) as statements:
            answers.append(service.get("/v1/case", bearer(secret)))
        asked.append(statements)
    with counted(service):
        stranger = service.post(f"/v1/case/withdraw?case={other}", bearer(mine["token"]))
    for answer in (*answers, stranger):
        assert answer.status_code == 404
        assert answer.json() == answers[0].json()
        lengths = {k: v for k, v in answer.headers.items() if k != "date"}
        assert lengths == {k: v for k, v in answers[0].headers.items() if k != "date"}
    assert len(asked[0]) == 1
    assert all(statements == asked[0] for statements in asked), "and asks the database the same"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_read_sees_every_change_at_once_and_outlives_its_own_connection(
    serve: Any, database: str, request: pytest.FixtureRequest
) -> None:
    service = serve(database_url=request.getfixturevalue(f"{database}_url"))
    token = bearer(service.claim(NOBODYS).json()["token"])
    before = service.get("/v1/case", token).json()["cases"][0]
    assert before["state"] != "withdrawn"
    assert service.get("/v1/case", token).json()["cases"] == [before], "from what was printed"
    lookup = service.statuses._lookup
    if lookup._file is not None:
        assert lookup._file._connection is not None
        lookup._file._connection.close()  # as a damaged handle would be
    else:
        connection = lookup._server._connection
        with service.desk.store.look() as other:
            other.exec_driver_sql("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
    assert service.get("/v1/case", token).json()["cases"] == [before], "by the store's own way"
    assert service.post("/v1/case/withdraw", token).status_code == 200
    assert service.get("/v1/case", token).json()["cases"][0]["state"] == "withdrawn"
    assert service.get("/v1/case", bearer("rc_" + "A" * 32)).status_code == 404


@contextmanager
def counted(service: Service) -> Iterator[list[str]]:
    """The statements of the engine, and those of the reads' own connection."""
    statements: list[str] = []
    lookup = service.statuses._lookup
    if lookup._file is not None and lookup._file._connection is not None:
        lookup._file._connection.set_trace_callback(lambda text: statements.append(text[:60]))

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    engine = service.desk.store.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_key_opens_nothing_once_it_is_revoked_and_is_of_one_kind(service: Service) -> None:
    from recovery.api.secrets import list_keys, revoke_key

    walt = service.key("walt")
    assert service.get("/v1/desk/queues", walt).status_code == 200
    assert service.get("/v1/desk/queues", service.key("site", channel=True)).status_code == 401
    assert service.claim(NOBODYS, headers=walt, user="nils").status_code == 401
    assert service.get("/v1/desk/queues", {}).status_code == 401
    key = next(key for key in list_keys(service.desk.store) if key.actor == "walt")
    assert key.last_used_on is not None
    revoke_key(service.desk.store, key.id, at=now())
    no = service.get("/v1/desk/queues", walt)
    assert no.status_code == 401
    assert no.json() == service.get("/v1/desk/queues", bearer("rk_wrong")).json()


def test_neither_tokens_nor_keys_are_kept_or_logged(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    walt = service.key("walt")
    made = service.claim(NOBODYS, memo="a memo of mine", headers={"x-forwarded-for": "9.9.9.9"})
    token = made.json()["token"]
    service.get("/v1/case?lang=x", bearer(token))
    service.get("/v1/desk/queues", walt)
    own = [r.getMessage() for r in caplog.records if r.name.startswith("recovery")]
    assert any("GET /v1/case 200" in line for line in own)
    kept = "\n".join(own)
    with service.desk.store.engine.connect() as connection:
        for table in ("claim_tokens", "api_keys", "answered_requests", "claim_counts"):
            found = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            kept += f"\n{found}"
    secret = walt["authorization"].removeprefix("Bearer ")
    for text in (
        token,
        secret,
        "a memo of mine",
        "127.0.0.1",
        "9.9.9.9",
        made.json()["cases"][0]["id"] + " ",
    ):
        assert text not in kept, text


def test_strict_headers_stand_on_every_answer(serve: Any) -> None:
    service = serve(https=True)
    for path in ("/healthz", "/nowhere", "/openapi.json", "/v1/case"):
        headers = service.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["strict-transport-security"].startswith("max-age=")
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers


def test_a_body_is_bounded_in_size_depth_and_kind(service: Service) -> None:
    post = service.client.post
    json = {"content-type": "application/json"}
    big = post("/v1/claims", content=b'"' + b"a" * 70_000 + b'"', headers=json)
    assert (big.status_code, big.json()["reference"]) == (413, "body-too-large")

    def parts() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    chunked = post("/v1/claims", content=parts(), headers=json)
    assert chunked.status_code == 413
    deep = post("/v1/claims", content=b"[" * 30_000 + b"]" * 30_000, headers=json)
    assert deep.status_code in (400, 422)  # as deep as the process can read, whoever set that
    for no_json in (b"{", b"\xff", b"not json"):
        refused = post("/v1/claims", content=no_json, headers={**json, "accept-language": "de"})
        assert (refused.status_code, refused.json()["reference"]) == (400, "bad-json"), no_json
        assert refused.headers["content-language"] == "en"
    for wrong in (b'{"tx_hash": 1e999}', b'{"tx_hash": "\\ud800"}', b"", b"[]"):
        assert post("/v1/claims", content=wrong, headers=json).status_code == 422, wrong
    extra = post("/v1/claims", json={"tx_hash": NOBODYS, "case_id": "x"})
    assert (extra.status_code, extra.json()["errors"][0]["field"]) == (422, "case_id")
    nul = post("/v1/claims", json={"tx_hash": NOBODYS, "return_to": "a\0b"})
    assert nul.status_code == 422


@pytest.mark.parametrize("sent", [{}, {"content-type": "application/x-www-form-urlencoded"}])
def test_a_body_that_is_not_sent_as_json_is_told_how_to_be(
    service: Service, sent: dict[str, str]
) -> None:
    content = f'{{"tx_hash": "{NOBODYS}"}}'.encode()
    for path, headers in (
        ("/v1/claims", {}),
        ("/v1/desk/cases/RC-1/sign", service.key("wanda")),
    ):
        refused = service.client.post(path, content=content, headers={**sent, **headers})
        assert refused.status_code == 415, refused.text
        assert "Content-Type: application/json" in refused.json()["detail"]
        assert refused.json()["errors"] == []
        assert NOBODYS not in refused.text


def test_a_body_that_drips_is_ended(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recovery.api.guard.BODY_SECONDS", 0.3)
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as slow:
        slow.sendall(
            b"POST /v1/claims HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b"content-length: 100\r\n\r\n{"
        )
        assert slow.recv(4096).startswith(b"HTTP/1.1 408")


def test_requests_of_one_address_are_limited_and_of_another_are_not(serve: Any) -> None:
    service = serve(requests_per_minute=5, trusted_proxies=(ip_network("127.0.0.1/32"),))

    def from_(address: str) -> Any:
        return service.client.get("/healthz", headers={"x-forwarded-for": address})

    answers = [from_("192.0.2.1") for _ in range(6)]
    assert [a.status_code for a in answers] == [200] * 5 + [429]
    assert answers[-1].json()["reference"] == "too-many-requests"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert from_("192.0.2.2").status_code == 200
    assert from_("6.6.6.6, 192.0.2.1").status_code == 429, "what stands before it is not believed"


def test_who_guesses_is_stopped(serve: Any) -> None:
    service = serve(refused_per_minute=5)
    answers = [service.get("/v1/case", bearer(f"rc_{n}")).status_code for n in range(7)]
    assert answers == [404] * 5 + [429] * 2


def test_a_token_has_a_limit_of_its_own(serve: Any) -> None:
    service = serve(requests_per_minute_of_token=3)
    token = bearer(service.claim(NOBODYS).json()["token"])
    answers = [service.get("/v1/case", token).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


def test_claims_of_an_address_are_counted_for_all_processes(serve: Any) -> None:
    one = serve(claims_per_hour_of_address=3)
    other = serve(claims_per_hour_of_address=3)
    answers = [s.claim(NOBODYS).status_code for s in (one, other, one, other)]
    assert answers == [201, 201, 201, 429]
    refused = one.claim(NOBODYS)
    assert refused.json()["reference"] == "too-many-claims"
    site = one.key("site", channel=True)
    assert one.claim(NOBODYS, headers=site, user="nils").status_code == 201


@pytest.mark.parametrize(
    ("peer", "told", "found"),
    [
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "6.6.6.6, nonsense", "10.0.0.1"),
        ("203.0.113.5", "6.6.6.6", "203.0.113.5"),
        ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_a_forwarded_address_is_believed_from_trusted_proxies_alone(
    peer: str, told: str, found: str
) -> None:
    scope = {"client": (peer, 1), "headers": [(b"x-forwarded-for", told.encode())] if told else []}
    assert find_address(scope, (ip_network("10.0.0.0/8"),)) == found


def test_an_ipv6_network_counts_as_one_address() -> None:
    assert name_address("2001:db8::1") == name_address("2001:db8::ffff:1") == "2001:db8::/64"
    assert name_address("2001:db8:0:1::1") != name_address("2001:db8::1")
    assert name_address("::ffff:192.0.2.1") == "192.0.2.1"
    assert name_address("junk") == "unknown"


def test_metrics_count_routes_and_no_people(serve: Any) -> None:
    service = serve()
    made = service.claim(NOBODYS)
    for number in range(3):
        service.client.get(f"/somewhere/{number}")
        service.get("/v1/case", bearer(made.json()["token"]))
    told = service.client.get("/metrics").text
    assert 'recovery_http_requests_total{method="GET",route="/v1/case",status="2xx"} 3.0' in told
    assert 'route="unmatched",status="4xx"} 3.0' in told
    assert 'recovery_claims_total{answer="answered"} 1.0' in told
    assert made.json()["cases"][0]["id"] not in told
    assert "somewhere" not in told
    far = serve(metrics_from=(ip_network("192.0.2.0/24"),))
    assert far.client.get("/metrics").status_code == 404


def test_readiness_says_what_is_wrong_with_the_database(service: Service) -> None:
    assert service.client.get("/readyz").json() == {"status": "ready"}
    with service.desk.store.begin() as session:
        session.connection().exec_driver_sql("UPDATE recovery_version SET version_num = '0001'")
    no = service.client.get("/readyz")
    assert (no.status_code, no.json()["reference"]) == (503, "database-not-migrated")
    assert service.client.get("/healthz").status_code == 200


def test_the_document_of_the_service_is_openapi_31(service: Service) -> None:
    document = service.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            assert about["summary"], (method, path)
            assert {"429", "500", "503"} <= about["responses"].keys(), (method, path)
