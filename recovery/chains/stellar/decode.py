"""From Horizon's answers to evidence: status, ledger, fee and transfers of one transaction.

Knows: fee bumps, result codes, what Horizon says twice. Must not know: HTTP, clocks. The transfers
are made in `recovery.chains.stellar.transfers`.

Failed transactions stand in the ledger with their operations and full amounts: only ``successful``,
borne out by the result's own code, says that anything moved. A closed ledger is final.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recovery.assets import token_asset
from recovery.chains.family import RawTx
from recovery.chains.shape import Json, garbled, read_bool, read_list, read_object, read_text
from recovery.chains.stellar.answer import (
    read_bytes,
    read_count,
    read_hash,
    read_memo,
    read_party,
    read_time,
)
from recovery.chains.stellar.codec import format_address
from recovery.chains.stellar.signed import Signed, SignedPayment, read_envelope
from recovery.chains.stellar.transfers import Deal
from recovery.errors import Garbled
from recovery.model import AddressKey, Block, Evidence, MemoKind, Transfer, TxFee, TxStatus
from recovery.networks import Network

_SUCCESS, _BUMP_SUCCESS = 0, 1
_FAILURES = {
    -1: "tx_failed",
    -2: "tx_too_early",
    -3: "tx_too_late",
    -4: "tx_missing_operation",
    -5: "tx_bad_seq",
    -6: "tx_bad_auth",
    -7: "tx_insufficient_balance",
    -8: "tx_no_source_account",
    -9: "tx_insufficient_fee",
    -10: "tx_bad_auth_extra",
    -11: "tx_internal_error",
    -12: "tx_not_supported",
    -13: "tx_fee_bump_inner_failed",
    -14: "tx_bad_sponsorship",
    -15: "tx_bad_minseq_age_or_gap",
    -16: "tx_malformed",
    -17: "tx_soroban_invalid",
    -18: "tx_frozen_key_accessed",
}


@dataclass(frozen=True, slots=True)
class TxAnswer:
    """The facts of one transaction resource; ``tx_hash`` is the outer one of a fee bump."""

    tx_hash: str
    inner_hash: str | None
    ledger: int
    paging_id: int
    successful: bool
    result_code: int
    operation_count: int

    @property
    def hashes(self) -> tuple[str, ...]:
        return tuple(h for h in (self.tx_hash, self.inner_hash) if h is not None)


def read_tx(value: object) -> TxAnswer:
    """Read a transaction; what it says twice must agree. Raises `Garbled`."""
    tx = read_object(value, "the transaction")
    shown, outer, inner = read_hash(tx.get("hash"), "hash"), None, None
    if "fee_bump_transaction" in tx or "inner_transaction" in tx:
        bump = read_object(tx.get("fee_bump_transaction"), "fee_bump_transaction")
        wrapped = read_object(tx.get("inner_transaction"), "inner_transaction")
        outer = read_hash(bump.get("hash"), "fee_bump_transaction.hash")
        inner = read_hash(wrapped.get("hash"), "inner_transaction.hash")
        if shown not in (outer, inner):
            raise garbled("the hash is neither the fee bump's nor the inner one")
    result = read_bytes(tx.get("result_xdr"), "result_xdr")
    if len(result) < 16:
        raise garbled("result_xdr is too short")
    _, code = struct.unpack(">qi", result[:12])
    successful = code in (_SUCCESS, _BUMP_SUCCESS)
    if not successful and code not in _FAILURES:
        raise garbled(f"the result code {code} is not known")
    if "successful" in tx and read_bool(tx["successful"], "successful") != successful:
        raise garbled("successful and result_xdr differ")
    ledger = read_count(tx.get("ledger"), "ledger")
    paging_id = read_count(tx.get("paging_token"), "paging_token")
    if paging_id >> 32 != ledger or paging_id & 0xFFF:
        raise garbled("the paging token is not one of the ledger")
    return TxAnswer(
        tx_hash=outer or shown,
        inner_hash=inner,
        ledger=ledger,
        paging_id=paging_id,
        successful=successful,
        result_code=code,
        operation_count=read_count(tx.get("operation_count"), "operation_count"),
    )


def read_operations(tx: TxAnswer, values: object) -> Sequence[Json]:
    """The transaction's operations, all of them and in order. Raises `Garbled`.

    Of a failed transaction there may be none.
    """
    operations = [read_object(op, "an operation") for op in read_list(values, "operations")]
    if len(operations) != tx.operation_count and (tx.successful or operations):
        raise garbled(f"{len(operations)} of {tx.operation_count} operations")
    for number, op in enumerate(operations):
        if read_text(op.get("id"), "id") != str(tx.paging_id + number + 1):
            raise garbled("an operation has another id than its place")
        if read_hash(op.get("transaction_hash"), "transaction_hash") not in tx.hashes:
            raise garbled("an operation belongs to another transaction")
        told = op.get("transaction_successful", tx.successful)
        if read_bool(told, "transaction_successful") != tx.successful:
            raise garbled("transaction and operation disagree on success")
    return operations


def decode(network: Network, raw: RawTx) -> Evidence:
    """Evidence of one transaction; raises `Garbled` where the answers have not their shape."""
    try:
        return _decode(network, raw)
    except Garbled as wrong:
        text = f"{network.code} {raw.source}: {raw.tx_hash}: {wrong.text}"
        raise Garbled(wrong.reference, text) from None


def _decode(network: Network, raw: RawTx) -> Evidence:
    document = read_object(raw.answers.get("tx"), "the transaction")
    tx = read_tx(document)
    if tx.tx_hash != raw.tx_hash:
        raise garbled("the answer is about another transaction")
    operations = read_operations(tx, raw.answers.get("operations"))
    deal = Deal(
        network,
        memo=read_memo(document),
        successful=tx.successful,
        effects=_by_operation(raw.answers.get("effects", [])),
        creators=_creators(raw.answers.get("creators", {})),
    )
    transfers = deal.transfers(operations)
    block = _block(tx, document, raw.answers.get("ledger"))
    head = read_count(
        read_object(raw.answers.get("root"), "the root").get("history_latest_ledger"), "the head"
    )
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=tx.tx_hash,
        status=TxStatus.CONFIRMED if tx.successful else TxStatus.FAILED,
        block=block,
        confirmations=max(head - tx.ledger + 1, 1),
        required_confirmations=None,
        final=True,
        fee=_fee(network, document),
        transfers=transfers,
        notes=tuple(dict.fromkeys(deal.notes)),
        gaps=frozenset(deal.gaps),
        failure=None if tx.successful else _FAILURES[tx.result_code],
        aliases=_aliases(tx),
    )


def _aliases(tx: TxAnswer) -> tuple[str, ...]:
    """Other names: the inner hash of a fee bump, and the ids of the transaction and its operations."""
    inner = () if tx.inner_hash is None else (tx.inner_hash,)
    return (*inner, *(str(tx.paging_id + n) for n in range(tx.operation_count + 1)))


def _by_operation(value: object) -> Mapping[str, Sequence[Json]]:
    """Effects by their operation: an effect's id is the operation's, padded, a dash and its place."""
    found: dict[str, list[Json]] = {}
    for item in read_list(value, "effects"):
        effect = read_object(item, "an effect")
        operation, dash, place = read_text(effect.get("id"), "id of an effect").partition("-")
        if not dash or not operation.isdecimal() or not place.isdecimal():
            raise garbled("the id of an effect names no operation")
        found.setdefault(str(int(operation)), []).append(effect)
    return found


def _creators(value: object) -> dict[str, str]:
    return {k: read_text(v, "a creator") for k, v in read_object(value, "creators").items()}


def _block(tx: TxAnswer, document: Json, value: object) -> Block:
    ledger = read_object(value, "the ledger")
    if read_count(ledger.get("sequence"), "sequence") != tx.ledger:
        raise garbled("the ledger is not the transaction's")
    time = read_time(document.get("created_at"), "created_at")
    if read_time(ledger.get("closed_at"), "closed_at") != time:
        raise garbled("ledger and transaction have different times")
    return Block(tx.ledger, read_hash(ledger.get("hash"), "hash of the ledger"), time)


def _fee(network: Network, tx: Json) -> TxFee:
    """What was charged, from the fee bump's account where there is one."""
    charged = tx.get("fee_charged", tx.get("fee_paid"))  # the name until 2019
    payer = tx.get("fee_account", tx.get("source_account"))
    party = read_party(network, payer, "fee_account")
    return TxFee(network.native_asset, read_count(charged, "fee_charged"), party.address)


def verify(network: Network, raw: RawTx, evidence: Evidence) -> None:
    """Recompute the hash from the signed envelope, and hold memo and payments against it.

    Raises `Garbled` where they differ. What follows an operation that is no payment is not read, and
    what a path payment or merge delivered is the ledger's word, which no hash covers.
    """
    document = read_object(raw.answers.get("tx"), "the transaction")
    tx = read_tx(document)
    listed = document.get("signatures")
    if tx.inner_hash is not None:
        listed = read_object(document["fee_bump_transaction"], "fee bump").get("signatures")
    sizes = [len(read_bytes(s, "a signature")) for s in read_list(listed, "signatures")]
    envelope = read_bytes(document.get("envelope_xdr"), "envelope_xdr")
    signed = read_envelope(envelope, network.parameters["passphrase"], signatures=sizes)
    if signed.tx_hash != evidence.tx_hash:
        raise garbled(f"the envelope hashes to {signed.tx_hash}, not to {evidence.tx_hash}")
    if signed.inner_hash is not None and signed.inner_hash != tx.inner_hash:
        raise garbled("the envelope wraps another transaction")
    _compare(network, signed, tx, document, evidence)


def _compare(
    network: Network, signed: Signed, tx: TxAnswer, document: Json, evidence: Evidence
) -> None:
    if signed.memo != read_memo(document):
        raise garbled("the memo is not the one that was signed")
    if signed.operation_count != tx.operation_count:
        raise garbled("not as many operations as were signed")
    told = {t.position: t for t in evidence.transfers}
    for number, payment in enumerate(signed.payments):
        transfer = told.get(f"op:{number}")
        if transfer is None:
            if evidence.status is TxStatus.CONFIRMED:
                raise garbled(f"the signed payment {number} is missing")
            continue
        if not _same(network, payment, transfer):
            raise garbled(f"the payment {number} is not the one that was signed")


def _same(network: Network, signed: SignedPayment, told: Transfer) -> bool:
    if told.recipient.key != AddressKey("ed25519", signed.to):
        return False
    muxed = told.memo is not None and told.memo.kind is MemoKind.MUXED
    if muxed != (signed.muxed is not None):
        return False
    if muxed and told.memo is not None and told.memo.value != str(signed.muxed):
        return False
    asset = network.native_asset
    if signed.asset is not None:
        code, issuer = signed.asset
        account = format_address(network, AddressKey("ed25519", issuer))
        asset = token_asset(network, "asset", f"{code}-{account}")
    if asset != told.asset:
        return False
    if signed.amount is None:
        return True
    return told.amount >= signed.amount if signed.at_least else told.amount == signed.amount
