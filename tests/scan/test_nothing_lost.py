"""A transfer whose recipient could not be read stops the pass, and one that nobody can read whole is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scan.ledgers import Stage, find_stories, play_story

from recovery.demo.ledgers import Asked, Ledger, Told, build_ledger
from recovery.errors import SourceError
from recovery.model import AddressKey, NetworkCode
from recovery.records.importer import import_csv
from recovery.scan.document import print_scan
from recovery.scan.engine import Range, scan_network
from recovery.scan.findings import load_cursors, load_findings, store_look
from recovery.scan.values import Cursor, ScanReport
from recovery.store import Store

HBAR = next(f for f in find_stories("hedera") if f.name == "HBAR/native")
TRX = {f.name: f for f in find_stories("tron")}
CODE = NetworkCode("HBAR")
ALIAS = "0x" + "a1" * 20
"""The recipient's EVM address, under which alone the address book knows it."""
KEY = AddressKey("evm", bytes.fromhex(ALIAS[2:]))


def with_alias(*, names: bool) -> Ledger:
    """A mirror that knows the account by its alias; without ``names`` it can't say an account's other names."""
    honest = build_ledger("hedera", [HBAR])

    def answer(asked: Asked) -> Told | None:
        if asked.path.startswith("/api/v1/accounts/"):
            account = asked.path.rpartition("/")[2]
            if account.startswith("0.0.") and not names:
                return 503, {"_status": {"messages": [{"message": "busy"}]}}
            return 200, {"account": stage_account, "alias": None, "evm_address": ALIAS}
        return honest(asked)

    stage_account = _recipient()
    return answer


def _recipient() -> str:
    evidence: Any = HBAR.evidence
    return str(evidence["transfers"][0]["recipient"])


def scan(stage: Stage, store: Store) -> ScanReport:
    eyes = stage.eyes([KEY])
    try:
        return scan_network(eyes, store, stage.network)
    finally:
        eyes.nodes.close()


def test_a_recipient_whose_other_names_nobody_can_tell_stops_the_pass_and_the_cursor(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "addresses.csv"
    path.write_text(f"network,address,role,memo,user\nHBAR,{ALIAS},shared,,\n", "utf-8")
    import_csv(sqlite_store, "addresses", path, actor="olga")
    with play_story(HBAR, sqlite_store, monkeypatch, ledger=with_alias(names=True)) as stage:
        track, before = "accounts:" + str(KEY), Cursor(stage.height - 1)
        store_look(
            sqlite_store, CODE, track, findings=(), cursor=before, at=stage.node.now()
        )  # the night before
        stage.server.ledger = with_alias(names=False)
        report = scan(stage, sqlite_store)
        (walk,) = report.walks
        assert "other names" in str(walk.error)
        assert not report.is_whole
        assert load_cursors(sqlite_store, CODE)[CODE, track] == before
        assert load_findings(sqlite_store, stage.network.code) == ()

        stage.server.ledger = with_alias(names=True)
        report = scan(stage, sqlite_store)
        assert report.is_whole
        (finding,) = load_findings(sqlite_store, stage.network.code)
        assert finding.tx_hash == stage.evidence.tx_hash
        assert load_cursors(sqlite_store, CODE)[CODE, track].height > stage.height


def test_a_transaction_that_names_us_and_can_not_be_read_whole_is_told(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contract type that nobody reads here, signed over an address of ours."""
    with play_story(TRX["TRX/unread-contract-type"], sqlite_store, monkeypatch) as stage:
        assert not stage.evidence.transfers
        assert stage.evidence.fee is not None
        owner = stage.fixture.exchanges[3]
        document: Any = getattr(owner, "document")  # noqa: B009  an HTTP exchange has one
        value = document["raw_data"]["contract"][0]["parameter"]["value"]
        key = AddressKey("evm", bytes.fromhex(value["owner_address"][2:]))
        eyes = stage.eyes([key])
        asked = Range(stage.height, stage.height)
        report = scan_network(eyes, sqlite_store, stage.network, asked=asked)
        eyes.nodes.close()
        (walk,) = print_scan(report, chain=stage.network.chain, actor="olga")["passes"]
        (gap,) = walk["gaps"]
        assert gap["code"] == "unread_transactions"
        assert stage.evidence.tx_hash in gap["text"]


def test_what_names_us_and_is_read_whole_is_not_told(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with play_story(TRX["TRX/native-transfer"], sqlite_store, monkeypatch) as stage:
        sender = stage.evidence.transfers[0].senders[0].key
        assert sender is not None
        (look,) = stage.look([sender])
        assert look.unread == ()
        assert look.seen == ()


def test_a_node_that_names_a_transaction_and_does_not_know_it_is_an_error(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = TRX["TRX/native-transfer"]
    with play_story(story, sqlite_store, monkeypatch) as stage:
        honest = stage.server.ledger

        def forgetful(asked: Asked) -> Told | None:
            if asked.path.endswith(("gettransactionbyid", "gettransactioninfobyid")):
                return 200, {}
            return None if honest is None else honest(asked)

        stage.server.ledger = forgetful
        with pytest.raises(SourceError):
            stage.look(stage.recipients)
