"""The EVM decoder on recorded transactions of real chains, against the facts of their index.

Every recorded file of the eleven networks is used here, or stands in `PASSED_OVER` with a reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from chaindata.index import Entry, load_index

from recovery.chains.evm.family import FAMILY
from recovery.chains.evm.rehash import encode_signed
from recovery.chains.evm.traces import find_moves, parse_trace, tells_everything
from recovery.chains.family import RawTx
from recovery.model import Evidence, Transfer, TxStatus
from recovery.networks import Network, load_registry

NETWORKS = ["ETH", "BSC", "POL", "ARB", "OP", "AVAXC", "BASE", "ETC", "ZKSYNC", "LINEA", "CELO"]

PASSED_OVER: dict[str, str] = {
    r"\.bs_v2\.json$": "an explorer's own form, not a node's",
    r"\.internal\.json$": "an explorer's list of inner calls, without the frames around them",
    r"/scan_": "an explorer's history pages",
    r"/page_": "an indexer's history page",
    r"ETH/0xd0735ead97.*\.trace\.json$": "trace_replayTransaction with a state difference",
    r"ETH/0xdd5ceff157.*\.trace\.json$": "trace_replayTransaction with a state difference",
    r"CELO/0xbd9aa0d6fe_failed\.receipt\.json$": "its transaction was not recorded",
    r"ARB/0xd6878ac036.*\.json$": "rewritten for a wallet's test: no block, and another hash",
    r"BSC/block_26803\.json$": "a header alone",
    r"BSC/block_28306935\.json$": "a header with hashes alone",
    r"AVAXC/block_13274596\.json$": "a header with hashes alone",
    r"ZKSYNC/block_30496030\.json$": "a header with hashes alone",
    r"ZKSYNC/block_35533_full\.json$": "its one transaction comes from Ethereum, hashed otherwise",
    r"LINEA/block_1635519\.json$": "a header alone",
}

ABRIDGED = {
    "ZKSYNC/0xb2adc4d2b3_native-value_value_data_token_multi-transfer": "call data cut by its source"
}
"""Decoded, but not hashed again."""


def plain(document: Any) -> Any:
    """The answer without its JSON-RPC envelope."""
    if isinstance(document, dict) and "result" in document and "hash" not in document:
        return plain(document["result"])
    return document


def stem(entry: Entry) -> str:
    return re.sub(r"\.(tx|receipt)\.json$", "", entry.file)


def raw_of(network: Network, tx: Any, receipt: Any) -> RawTx:
    head = {"number": hex(10**10), "hash": "0x" + "0" * 64}
    answers = {"tx": tx, "receipt": receipt, "latest": head, "final": head}
    return RawTx(network.code, tx["hash"], "jsonrpc", "recorded", datetime.now(UTC), answers)


def described(transfers: Iterable[Transfer]) -> Counter[tuple[Any, ...]]:
    return Counter(
        (
            t.standard or "native",
            t.position,
            t.amount if t.succeeded else t.requested_amount,
            str(t.senders[0].address).lower(),
            str(t.recipient.address).lower(),
        )
        for t in transfers
        if t.type not in {"wrap", "unwrap"}  # the index counts Transfer events alone
    )


def expected_of(entry: Entry) -> Counter[tuple[Any, ...]]:
    facts = entry.expected
    wanted: Counter[tuple[Any, ...]] = Counter()
    for t in facts.get("transfers") or ():
        amount = 1 if t["std"] == "erc721" else int(t["amount"])
        wanted[(t["std"], f"log:{t['log_index']}", amount, t["from"], t["to"])] += 1
    if facts.get("asset") == "native":
        amount = int(facts["amount_base_units"])
        wanted[("native", "native", amount, facts["from"], facts["to"])] += 1
    return wanted


FEE_ADDRESS = "0x0000000000000000000000000000000000008001"


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Network:
    return load_registry()[request.param]


def pairs_of(network: Network) -> dict[str, dict[str, Entry]]:
    pairs: dict[str, dict[str, Entry]] = {}
    for entry in load_index(network.code):
        if is_passed_over(entry):
            continue
        for kind in ("tx", "receipt"):
            if entry.file.endswith(f".{kind}.json"):
                pairs.setdefault(stem(entry), {})[kind] = entry
    return pairs


def is_passed_over(entry: Entry) -> bool:
    return any(re.search(pattern, entry.file) for pattern in PASSED_OVER)


def check_hash(network: Network, name: str, raw: RawTx, evidence: Evidence) -> None:
    if name not in ABRIDGED:
        assert FAMILY.verify is not None
        FAMILY.verify(network, raw, evidence)


def test_every_recorded_transaction_decodes_to_its_facts(network: Network) -> None:
    for name, pair in pairs_of(network).items():
        if "receipt" not in pair:
            continue
        tx, receipt = plain(pair["tx"].load()), plain(pair["receipt"].load())
        raw = raw_of(network, tx, receipt)
        evidence = FAMILY.decode(network, raw)
        facts = pair["tx"].expected
        assert (evidence.status is TxStatus.FAILED) == (facts["status"] == "failed"), name
        wanted = expected_of(pair["tx"])
        if facts.get("asset") not in (None, "native") and not facts.get("transfers"):
            wanted = described(evidence.transfers)  # the index read call data: no event, no claim
            assert all(t.standard is None for t in evidence.transfers), name
        for key in [k for k in wanted if FEE_ADDRESS in k]:  # zkSync's fee, not a payment
            del wanted[key]
        assert described(evidence.transfers) == wanted, name
        assert evidence.block is not None
        assert evidence.block.height == facts["block_height"], name
        check_hash(network, name, raw, evidence)


def test_every_recorded_transaction_hashes_to_its_name(network: Network) -> None:
    from eth_utils.crypto import keccak

    for name, pair in pairs_of(network).items():
        tx = plain(pair["tx"].load())
        signed = None if name in ABRIDGED else encode_signed(tx, stack="ethereum")
        if signed is not None:
            assert "0x" + keccak(signed).hex() == tx["hash"], name


def blocks_of(network: Network) -> list[tuple[Entry, Entry | None]]:
    entries = {e.file: e for e in load_index(network.code) if not is_passed_over(e)}
    blocks = []
    for file, entry in entries.items():
        if re.search(r"/block_(full_)?\d+(_full|_block|_derived)?\.json$", file):
            receipts = re.sub(r"(_full|_block)?\.json$", "_receipts.json", file)
            blocks.append((entry, entries.get(receipts)))
    return blocks


def test_whole_blocks_decode_and_every_hash_is_right(network: Network) -> None:
    for block_entry, receipts_entry in blocks_of(network):
        block = plain(block_entry.load())
        block = block.get("block", block)
        receipts = plain(receipts_entry.load()) if receipts_entry else []
        by_hash = {r["transactionHash"]: r for r in receipts}
        failed = 0
        for tx in block["transactions"]:
            raw = raw_of(network, tx, by_hash.get(tx["hash"]))
            evidence = FAMILY.decode(network, raw)
            failed += evidence.status is TxStatus.FAILED
            assert FAMILY.verify is not None
            FAMILY.verify(network, raw, evidence)
        facts = block_entry.expected
        assert len(block["transactions"]) == facts.get("tx_count", len(block["transactions"]))
        if receipts_entry and facts.get("failed") is not None:
            assert failed == facts["failed"], block_entry.file


def test_both_forms_of_a_trace_move_the_same_coin() -> None:
    entries = {e.file: e for e in load_index("ETH") if "/trace_block_" in e.file}
    compared = 0
    for file, entry in entries.items():
        if not file.endswith("_parity.json"):
            continue
        flat: dict[str, list[Any]] = {}
        for item in plain(entry.load()):
            if item.get("transactionHash"):
                flat.setdefault(item["transactionHash"], []).append(item)
        moves = {h: list(find_moves(parse_trace(items))) for h, items in flat.items()}
        nested = entries.get(file.replace("_parity", "_callTracer"))
        if nested is None:
            continue
        roots = [parse_trace(t.get("result", t)) for t in plain(nested.load())]
        if not all(map(tells_everything, roots)):
            assert file.startswith("ETH/trace_block_1011973"), "an old node's destroyed contract"
            continue
        assert [list(find_moves(root)) for root in roots] == list(moves.values()), file
        compared += 1
    assert compared


def test_no_recorded_file_is_forgotten(network: Network) -> None:
    used = {e.file for pair in pairs_of(network).values() for e in pair.values()}
    for block, receipts in blocks_of(network):
        used |= {block.file} | ({receipts.file} if receipts else set())
    used |= {e.file for e in load_index(network.code) if "/trace_block_" in e.file}
    forgotten = [
        e.file for e in load_index(network.code) if e.file not in used and not is_passed_over(e)
    ]
    assert forgotten == []


def test_every_reason_to_pass_over_is_needed() -> None:
    files = [e.file for code in NETWORKS for e in load_index(code)]
    unused = [p for p in PASSED_OVER if not any(re.search(p, f) for f in files)]
    assert unused == []
