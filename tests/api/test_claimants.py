"""A claim from the first request to the settlement, as customers and their exchange's site make it."""

from __future__ import annotations

from typing import Any

import pytest
from api.service import AMIRS, BEAS, CHENS, NOBODYS, OUTSIDE, PIAS, UNKNOWN, Service, bearer

from recovery.cases.audit import audit
from recovery.config import Config
from recovery.notices.tables import ContactRow


def status(answer: Any) -> dict[str, Any]:
    """The one case of a claim."""
    (case,) = answer.json()["cases"]
    assert isinstance(case, dict)
    return case


def test_a_claim_walks_from_the_hash_to_the_settlement(service: Service) -> None:
    site = service.key("site", channel=True)
    made = service.claim(AMIRS, headers=site, user="amir")
    assert made.status_code == 201, made.text
    token = bearer(made.json()["token"])
    case = status(made)
    assert (case["state"], case["cause"]) == ("quoted", "wrong_network_same_key")
    assert case["actions"] == ["accept", "decline", "withdraw"]
    assert case["explorer"] == f"https://bscscan.com/tx/{AMIRS}"
    total = sum(int(line["amount"]) for line in case["quote"]["lines"])
    assert int(case["quote"]["gross"]["amount"]) == total + int(case["quote"]["net"]["amount"])
    assert service.get("/v1/case", token).json()["cases"] == [case]

    accepted = service.post("/v1/case/accept", token, return_to=OUTSIDE)
    assert accepted.status_code == 200, accepted.text
    assert status(accepted)["state"] == "in_sign_off"
    assert service.post("/v1/case/accept", token, return_to=OUTSIDE).status_code == 409

    number = case["id"]
    wanda, claus = service.key("wanda"), service.key("claus")
    path = f"/v1/desk/cases/{number}"
    queue = service.get("/v1/desk/cases?queue=wallet", wanda).json()
    assert [one["id"] for one in queue["cases"]] == [number]
    signed = service.post(f"{path}/sign", wanda, role="wallet")
    assert signed.status_code == 200, signed.text
    twice = service.post(f"{path}/sign", wanda, role="clearing")
    assert (twice.status_code, twice.json()["reference"]) == (409, "same-person")
    assert service.post(f"{path}/sign", claus, role="clearing").json()["state"] == "approved"
    assert service.post("/v1/case/withdraw", token).status_code == 409
    assert service.post(f"{path}/settle", claus, reference="0xpaid").status_code == 200

    done = status(service.get("/v1/case", token))
    assert (done["state"], done["reference"], done["actions"]) == ("settled", "0xpaid", [])
    assert [step["state"] for step in done["timeline"]] == [
        "quoted",
        "in_sign_off",
        "approved",
        "settled",
    ]
    assert "wanda" not in str(done)
    assert audit(service.desk.store).problems == ()


@pytest.mark.parametrize("language", ["de", "ja"])
def test_a_status_speaks_the_readers_language(language: str, service: Service) -> None:
    site = service.key("site", channel=True)
    made = service.claim(AMIRS, headers=site | {"accept-language": language}, user="amir")
    english = service.get("/v1/case", bearer(made.json()["token"])).json()
    assert made.headers["content-language"] == made.json()["language"] == language
    assert english["language"] == "en"
    assert english["cases"][0]["words"] != status(made)["words"]
    no = service.claim("nonsense", headers=site | {"accept-language": language}, user="amir")
    assert (no.status_code, no.headers["content-language"]) == (422, language)


@pytest.mark.parametrize("tx_hash", [AMIRS, BEAS, CHENS, PIAS])
def test_a_visitor_learns_nothing_of_whose_deposit_it_is(tx_hash: str, service: Service) -> None:
    made = service.claim(tx_hash)
    case = status(made)
    assert (case["state"], case["cause"], case["actions"]) == ("held", "under_review", [])
    for name in ("evidence", "quote", "quote_reason", "destination", "explorer", "recoverability"):
        assert case[name] is None, name
    assert case["reasons"] == case["conditions"] == case["notes"] == case["needs"] == []
    shown = {**case, "id": "", "claim": {}, "timeline": [], "receipt": {}}
    other = status(service.claim(CHENS if tx_hash != CHENS else BEAS))
    assert shown == {**other, "id": "", "claim": {}, "timeline": [], "receipt": {}}
    token = bearer(made.json()["token"])
    for act, body in (("accept", {"return_to": OUTSIDE}), ("withdraw", {}), ("again", {})):
        no = service.post(f"/v1/case/{act}", token, **body)
        assert (no.status_code, no.json()["reference"]) == (409, "under-review")


def test_a_visitor_is_asked_for_a_proof_of_the_sender(service: Service) -> None:
    made = service.claim(NOBODYS)
    case = status(made)
    assert (case["state"], case["cause"]) == ("needs_input", "memo_missing")
    assert case["outcome"] == "return"
    assert case["actions"][0] == "proof"
    token = bearer(made.json()["token"])
    asked = service.post("/v1/case/proof", token, means="signature")
    assert asked.status_code == 200, asked.text
    (sender,) = asked.json()["senders"]
    assert case["id"] in sender["challenge"]["text"]
    assert "shared" not in sender
    assert service.get("/v1/case/proof", token).json() == asked.json()
    answer = {"address": sender["address"], "signature": "00" * 64, "public_key": "00" * 33}
    no = service.post("/v1/case/proof/signature", token, **answer)
    assert no.status_code in (409, 422), no.text


def test_two_visitors_never_share_a_case_and_nobody_takes_anothers_name(service: Service) -> None:
    one, other = service.claim(NOBODYS), service.claim(NOBODYS)
    assert status(one)["id"] != status(other)["id"]
    lie = service.claim(NOBODYS, user="nils")
    assert (lie.status_code, lie.json()["field"]) == (422, "user")
    site = service.key("site", channel=True)
    assert service.claim(NOBODYS, headers=site).status_code == 422
    assert service.claim(NOBODYS, headers=site, user="Visitor 1").status_code == 422
    mine = service.claim(NOBODYS, headers=site, user="nils")
    again = service.claim(NOBODYS, headers=site, user="nils")
    assert status(mine)["id"] == status(again)["id"]
    assert mine.json()["token"] != again.json()["token"]


def test_without_visitors_only_the_exchanges_own_site_claims(serve: Any) -> None:
    service = serve(anonymous_claims=False)
    assert service.claim(NOBODYS).status_code == 401
    site = service.key("site", channel=True)
    assert service.claim(NOBODYS, headers=site, user="nils").status_code == 201


def test_more_information_is_checked_at_once(config: Config, serve: Any) -> None:
    service = serve(networks={code: config.networks[code] for code in ("ETH", "XRP")})
    made = service.claim(UNKNOWN, network="ETH", memo="7")
    case = status(made)
    assert (case["state"], case["cause"]) == ("needs_input", "hash_not_found")
    token = bearer(made.json()["token"])
    told = service.post("/v1/case/information", token, tx_hash=NOBODYS, network="XRP")
    assert told.status_code == 200, told.text
    new, old = told.json()["cases"]
    assert (new["claim"]["memo"], new["cause"]) == ("7", "memo_missing")
    assert (old["id"], old["state"]) == (case["id"], "withdrawn")
    kept = service.get("/v1/case", token).json()["cases"]
    assert {one["id"] for one in kept} == {new["id"], old["id"]}
    unnamed = service.post("/v1/case/withdraw", token)
    assert (unnamed.status_code, unnamed.json()["field"]) == (422, "case")
    named = service.post(f"/v1/case/withdraw?case={new['id']}", token)
    assert named.status_code == 200


def test_a_declined_quote_can_be_asked_for_again(service: Service) -> None:
    site = service.key("site", channel=True)
    made = service.claim(AMIRS, headers=site, user="amir")
    token = bearer(made.json()["token"])
    assert status(service.post("/v1/case/decline", token))["state"] == "withdrawn"
    assert service.post("/v1/case/decline", token).status_code == 409
    again = service.post("/v1/case/again", token)
    assert again.status_code == 200, again.text
    new, old = again.json()["cases"]
    assert (new["state"], old["state"]) == ("quoted", "withdrawn")


def test_the_same_request_twice_is_one_claim_with_two_tokens(service: Service) -> None:
    key = {"idempotency-key": "9b2f3c7e-0000-4000-8000-1c2d3e4f5a6b"}
    one = service.claim(NOBODYS, headers=key, memo="1")
    two = service.claim(NOBODYS, headers=key, memo="1")
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json()["cases"] == two.json()["cases"]
    assert one.json()["token"] != two.json()["token"]
    for answer in (one, two):
        assert status(service.get("/v1/case", bearer(answer.json()["token"]))) == status(one)
    other = service.claim(NOBODYS, headers=key, memo="2")
    assert (other.status_code, other.json()["reference"]) == (409, "idempotency-conflict")
    short = service.claim(NOBODYS, headers={"idempotency-key": "1"}, memo="1")
    assert (short.status_code, short.json()["reference"]) == (422, "bad-idempotency-key")
    site = service.key("site", channel=True)
    theirs = service.claim(NOBODYS, headers=site | key, user="nils")
    assert status(theirs)["id"] != status(one)["id"], "keys belong to whoever sends them"


def test_a_repetition_after_a_crash_finds_the_claim_that_was_stored(service: Service) -> None:
    key = {"idempotency-key": "0d8a4a52-0000-4000-8000-6d0a4b1f2c3d"}
    one = service.claim(NOBODYS, headers=key)
    with service.desk.store.begin() as session:  # as if killed before the answer was kept
        for table in ("answered_requests", "claim_tokens"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    two = service.claim(NOBODYS, headers=key)
    assert status(two)["id"] == status(one)["id"]


def test_a_receipts_word_is_the_same_everywhere_and_needs_the_secret(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recovery.api.receipts import check_word, is_check_word

    made = status(service.claim(NOBODYS))
    number, word = made["receipt"]["number"], made["receipt"]["check_word"]
    secret = b"a secret of the tests"
    assert word == check_word(number, secret)
    assert is_check_word(number, f" {word.upper()} ", secret)
    assert not is_check_word(number, word, b"another")
    assert not is_check_word(number, "", secret)
    assert check_word(number, b"another") != word


def test_an_address_for_news_is_kept_with_the_claim_and_must_be_one(service: Service) -> None:
    site = service.key("site", channel=True)
    made = service.claim(AMIRS, headers=site, user="amir", email="amir@example.org", language="de")
    assert made.status_code == 201, made.text
    (case,) = made.json()["cases"]
    with service.desk.store.read() as session:
        row = session.get(ContactRow, case["id"])
    assert row is not None
    assert (row.email, row.language) == ("amir@example.org", "de")
    assert "amir@example.org" not in made.text
    wrong = service.claim(BEAS, headers=site, user="bea", email="bea@example.org\nBcc: x@y.zz")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "email")
