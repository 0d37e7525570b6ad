"""One suite over every fixture of every network: what all adapters promise, with no off switch.

Exceptions stand in `EXCEPTIONS`, each with its reason, and one that is not needed fails.
"""

from __future__ import annotations

import copy
import json
from decimal import Decimal

import pytest

from recovery.assets import parse_asset
from recovery.chains import load_family
from recovery.chains.codecs import parse_address
from recovery.chains.family import Absent
from recovery.checks import Found
from recovery.demo.fixtures import Fixture, print_json
from recovery.documents import print_evidence
from recovery.errors import Garbled, SourceError, Unhealthy, Unreachable
from recovery.model import TransferKind, TxStatus
from recovery.networks import Network
from recovery.triage import decode

ERRORS = {"garbled": Garbled, "unhealthy": Unhealthy, "unreachable": Unreachable}

EXCEPTIONS: dict[tuple[str, str], str] = {
    (
        "test_what_failed_or_waits_pays_nobody_for_good",
        f"{code}/failed-deposit-keeps-its-mint",
    ): "an OP-stack deposit's mint stays with its sender even where its call failed"
    for code in ("OP", "BASE")
} | {
    (
        "test_what_failed_or_waits_pays_nobody_for_good",
        f"ADA/{story}hostile-invalid-script",
    ): "an invalid transaction's collateral return is an output like any other, and its owner's"
    for story in ("", "koios-")
}
"""(test, fixture) that may fail, with the chain's reason. The fewer the better."""


@pytest.fixture(autouse=True)
def _exceptions(request: pytest.FixtureRequest, fixture: Fixture) -> None:
    reason = EXCEPTIONS.get((request.function.__name__, fixture.name))
    if reason is not None:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))


def test_the_answer_over_http_is_exactly_what_the_fixture_expects(
    answer: Found | Absent | SourceError, fixture: Fixture
) -> None:
    if fixture.error is not None:
        assert isinstance(answer, ERRORS[fixture.error]), answer
    elif fixture.absent:
        assert isinstance(answer, Absent), answer
    else:
        assert isinstance(answer, Found), answer
        printed = json.loads(json.dumps(print_evidence(answer.evidence)))
        expected = json.loads(print_json(fixture.evidence))
        assert printed == expected, f"the evidence was\n{json.dumps(printed, indent=1)}"


def test_indexes_count_up_and_positions_are_unique(found: Found) -> None:
    transfers = found.evidence.transfers
    assert [t.index for t in transfers] == list(range(len(transfers)))
    assert len({t.position for t in transfers}) == len(transfers)


def test_assets_and_addresses_are_in_the_networks_canonical_form(
    found: Found, row: Network
) -> None:
    evidence = found.evidence
    for transfer in evidence.transfers:
        assert transfer.asset.startswith(f"{row.chain}/")
        assert parse_asset(row, transfer.asset) == transfer.asset
        for party in (transfer.recipient, *transfer.senders):
            if party.address is None:
                continue
            address = parse_address(row, party.address)
            assert address.text == party.address
            assert party.key in (address.key, None)


def test_amounts_are_exact_and_never_negative(found: Found, row: Network) -> None:
    evidence = found.evidence
    for transfer in evidence.transfers:
        issued = row.family == "xrpl" and transfer.kind is TransferKind.TOKEN
        allowed = (int, Decimal) if issued and transfer.decimals is None else (int,)
        for amount in (transfer.amount, transfer.requested_amount or 0):
            assert type(amount) in allowed
            assert amount >= 0
    assert evidence.fee is None or (type(evidence.fee.amount) is int and evidence.fee.amount >= 0)


def test_what_failed_or_waits_pays_nobody_for_good(found: Found) -> None:
    evidence = found.evidence
    if evidence.status is TxStatus.FAILED:
        assert not any(t.succeeded for t in evidence.transfers)
    if evidence.status in {TxStatus.PENDING, TxStatus.ORPHANED}:
        assert not evidence.final
        assert evidence.confirmations == 0
    if evidence.final:
        assert evidence.block is not None
    assert evidence.confirmations >= 0


def test_a_transaction_is_final_at_its_last_confirmation_and_not_one_before(
    found: Found, row: Network
) -> None:
    """Where depth decides: the row's number is met, or missed by one."""
    evidence = found.evidence
    wanted = evidence.required_confirmations
    if wanted is None or evidence.confirmations < 1:
        return
    if evidence.final is not (evidence.confirmations >= wanted):
        return  # another rule of the chain was met: a lock, a checkpoint
    family = load_family(row.family)
    for number, final in ((evidence.confirmations, True), (evidence.confirmations + 1, False)):
        finality = row.finality.model_copy(update={"confirmations": number})
        told = decode(family, row.model_copy(update={"finality": finality}), found.raw)
        assert row.finality.rule == "tag" or told.required_confirmations == number
        if told.required_confirmations == number:
            assert told.final is final, number


def test_decoding_is_pure_and_gives_the_same_evidence_again(found: Found, row: Network) -> None:
    before = copy.deepcopy(dict(found.raw.answers))
    family = load_family(row.family)
    assert decode(family, row, found.raw) == found.evidence
    assert decode(family, row, found.raw) == found.evidence
    assert dict(found.raw.answers) == before


def test_verification_accepts_an_honest_answer(found: Found, row: Network) -> None:
    verify = load_family(row.family).verify
    if verify is not None:
        verify(row, found.raw, found.evidence)
