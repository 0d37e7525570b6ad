"""From a server's answers to evidence: status, ledger, fee and transfers of one transaction.

Knows: validation, result codes. Must not know: HTTP, clocks, other chains. The transfers are
made in `recovery.chains.xrpl.transfers`.
"""

from __future__ import annotations

import dataclasses
import re

from recovery.chains.family import RawTx
from recovery.chains.shape import Json, garbled, read_object, read_text
from recovery.chains.xrpl.amounts import read_drops, read_hex, read_party, read_uint32
from recovery.chains.xrpl.answer import TxAnswer, describe_request, read_notes, read_tx
from recovery.chains.xrpl.transfers import NO_ACCOUNT, Deal
from recovery.model import Block, Evidence, TxFee, TxStatus
from recovery.networks import Network

_RESULT = re.compile(r"t(?:es|ec|ef|el|em|er)[A-Z][A-Za-z_]*")


def decode(network: Network, raw: RawTx) -> Evidence:
    """The evidence of one transaction; raises `Garbled` where the answers contradict themselves."""
    answer = read_tx(raw.answers["tx"])
    if answer.tx_hash != raw.tx_hash:
        raise garbled("the answer is about another transaction")
    pending = Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=answer.tx_hash,
        status=TxStatus.PENDING,
        block=None,
        confirmations=0,
        required_confirmations=None,
        final=False,
        fee=None,
        transfers=(),
        notes=tuple(read_notes(answer.tx)),
    )
    # Without validation even tesSUCCESS may still become a failure.
    if not answer.validated:
        return dataclasses.replace(
            pending, notes=pending.notes + tuple(describe_request(network, answer.tx))
        )
    return _decode_validated(network, raw, answer, pending)


def _decode_validated(
    network: Network, raw: RawTx, answer: TxAnswer, pending: Evidence
) -> Evidence:
    meta = read_object(answer.meta, "meta")
    result = read_text(meta.get("TransactionResult"), "meta.TransactionResult")
    if not _RESULT.fullmatch(result):
        raise garbled(f"{result[:40]!r} is no result code")
    block = _block(raw, answer)
    fee = _fee(network, answer.tx)
    settled = dataclasses.replace(
        pending, block=block, confirmations=_depth(raw, block), final=True, fee=fee
    )
    if result != "tesSUCCESS":
        asked = tuple(describe_request(network, answer.tx))
        return dataclasses.replace(
            settled, status=TxStatus.FAILED, failure=result, notes=settled.notes + asked
        )
    deal = Deal(network, answer.tx, meta, 0 if fee is None else fee.amount)
    transfers = tuple(deal.transfers())
    return dataclasses.replace(
        settled,
        status=TxStatus.CONFIRMED,
        transfers=transfers,
        notes=settled.notes + tuple(deal.notes),
        gaps=frozenset(deal.gaps),
    )


def _block(raw: RawTx, answer: TxAnswer) -> Block:
    ledger_hash = answer.ledger_hash
    if ledger_hash is None and "ledger" in raw.answers:  # API v1 does not name it
        ledger = read_object(raw.answers["ledger"], "the ledger answer")
        header = read_object(ledger.get("ledger", {}), "ledger")
        named = ledger.get("ledger_hash", header.get("ledger_hash"))
        ledger_hash = read_hex(named, "ledger_hash", digits=64)
    if ledger_hash is None or answer.ledger_index is None:
        raise garbled("a validated transaction without its ledger")
    if answer.time is None:
        raise garbled("a validated transaction without a time")
    return Block(height=answer.ledger_index, hash=ledger_hash, time=answer.time)


def _depth(raw: RawTx, block: Block) -> int:
    """Validated ledgers since, the transaction's own included; one is final."""
    server = read_object(raw.answers["server"], "server_info")
    head = read_object(server.get("validated_ledger"), "validated_ledger")
    sequence = read_uint32(head.get("seq"), "validated_ledger.seq")
    return max(1, sequence - block.height + 1)


def _fee(network: Network, tx: Json) -> TxFee | None:
    """The fee is burnt from the account, or from the one that acts for it by delegation."""
    account = tx.get("Account")
    if account in ("", NO_ACCOUNT):
        return None
    payer = read_party(network, tx.get("Delegate", account), "Account")
    return TxFee(network.native_asset, read_drops(tx.get("Fee"), "Fee"), payer.address)
