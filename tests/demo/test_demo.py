"""The demonstration: every claim ends as its title promises, and nothing is left unanswered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recovery.commands import run
from recovery.demo.play import load_stories
from recovery.networks import load_registry

EXPECTED = {
    "BSC/native-transfer": ("wrong_network_same_key", "settled"),
    "ETH/native-transfer": ("listed_deposit_missed", "approved"),
    "ETH/token-transfer": ("already_credited", "refused"),
    "ETH/token-transfer-legacy": ("unlisted_token", "quoted"),
    "ETH/token-transfer-from": ("account_closed", "needs_input"),
    "ETH/paid-by-contract": ("internal_transfer", "in_sign_off"),
    "ARB/several-recipients": ("batched_transfer", "in_sign_off"),
    "ETH/inner-call-reverted": ("address_not_ours", "refused"),
    "ETH/forged-transfer-event": ("counterfeit_token", "refused"),
    "ETH/zero-value-transfer-from": ("dust_or_poisoning", "refused"),
    "ETH/nft": ("nft", "needs_review"),
    "ETH/failed": ("transaction_failed", "refused"),
    "ETH/pending": ("pending_in_mempool", "waiting"),
    "ETH/not-final": ("awaiting_confirmations", "waiting"),
    "OP/native-transfer": ("network_suspended", "waiting"),
    "ARB/native-transfer": ("below_minimum", "quoted"),
    "POL/native-transfer": ("tainted_source", "held"),
    "POL/token-transfer": ("unlisted_token", "waiting"),
    "CELO/fee-in-token": ("delisted_token", "quoted"),
    "BCH/native": ("wrong_network_same_key", "approved"),
    "BTC/coinbase_immature": ("time_locked", "waiting"),
    "BTC/runes": ("needs_review", "needs_review"),
    "LTC/old_p2sh": ("listed_deposit_missed", "approved"),
    "XRP/account_delete": ("sent_to_hot_wallet", "needs_input"),
    "DOGE/two_recipients": ("wrong_network_same_key", "quoted"),
    "ZEC/shielded_origin": ("needs_review", "needs_review"),
    "XRP/native_funds_new_account": ("memo_missing", "needs_input"),
    "XRP/native_tag_in_memo": ("memo_malformed", "approved"),
    "XRP/partial_payment_attack": ("dust_or_poisoning", "refused"),
    "XRP/native_to_x_address": ("claimant_mismatch", "held"),
    "TRX/trc20-transfer": ("listed_deposit_missed", "in_sign_off"),
    "SOL/closed_account_pays_out": ("unusual_transaction_type", "in_sign_off"),
    "XLM/create-account": ("memo_unknown", "needs_input"),
    "ATOM/native-with-memo": ("listed_deposit_missed", "in_sign_off"),
    "TON/played_batch_one": ("batched_transfer", "in_sign_off"),
    "HBAR/by-evm-hash": ("memo_missing", "needs_input"),
    "ALGO/asset-close-to-us": ("unusual_transaction_type", "in_sign_off"),
    "NEAR/native-to-implicit": ("listed_deposit_missed", "in_sign_off"),
    "APT/by-version": ("listed_deposit_missed", "in_sign_off"),
    "SUI/native": ("listed_deposit_missed", "in_sign_off"),
    "ADA/franken-address": ("listed_deposit_missed", "in_sign_off"),
    "DOT/force-batch-with-failure": ("listed_deposit_missed", "in_sign_off"),
    "XTZ/native": ("listed_deposit_missed", "in_sign_off"),
    "EOS/fake-token-of-same-symbol": ("counterfeit_token", "refused"),
    "AVAXC/native-transfer": ("wrong_network_same_key", "quoted"),
    "BASE/token-transfer": ("wrong_network_same_key", "quoted"),
    "ETC/native-transfer": ("wrong_network_same_key", "quoted"),
    "ZKSYNC/paid-by-contract": ("wrong_network_same_key", "quoted"),
    "LINEA/native-transfer": ("wrong_network_same_key", "quoted"),
    "DASH/chainlock": ("wrong_network_same_key", "needs_input"),
    "SOL/absent": ("hash_not_found", "needs_input"),
}


def test_every_claim_ends_as_its_title_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECOVERY_DATABASE_URL", f"sqlite:///{tmp_path}/demo.db")
    monkeypatch.delenv("RECOVERY_NOW", raising=False)
    assert run(["demo", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    ended = {s["fixture"]: (s["cause"], s["state"]) for s in document["stories"]}
    assert ended == {story.fixture: EXPECTED[story.fixture] for story in load_stories()}
    assert {name.partition("/")[0] for name in ended} == {row.code for row in load_registry()}

    assert run(["audit", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clean"] is True

    delisted = next(s["case"] for s in document["stories"] if s["fixture"] == "CELO/fee-in-token")
    assert run(["case", delisted, "--json"]) == 0
    case = json.loads(capsys.readouterr().out)
    verdict = next(v for v in case["check"]["verdicts"] if v["transfer"] == case["transfer"])
    met = {c["code"]: c["met"] for c in verdict["conditions"]}
    assert met["gas_available"] is met["value_covers_cost"] is met["key_available"] is True
    assert met["token_transferable"] is False


def test_a_database_that_holds_cases_is_not_filled_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECOVERY_DATABASE_URL", f"sqlite:///{tmp_path}/demo.db")
    assert run(["demo", "--json"]) == 0
    capsys.readouterr()
    assert run(["demo", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["reference"] == "database-not-empty"
