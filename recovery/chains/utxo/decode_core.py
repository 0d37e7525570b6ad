"""Answers of a Bitcoin-Core-type node to one `SeenTx`: the dialects of 0.21 to 30 and the kin.

Knows: what the nodes call things: `prevout` and `fee` or neither, values inlined into inputs
(BCHN), `valueSat` (Dash), `valueZat` and shielded pools (Zebra, zcashd), `ismweb` (Litecoin),
CashTokens. Must not know: HTTP, what is evidence.

The answers are named by `fetch_core`: ``tx`` (getrawtransaction), ``header`` (getblockheader, None
in the mempool), ``parents`` (the outputs spent, by ``txid:n``, where the node does not give them),
``mempool`` (getmempoolentry, or None), ``head`` (getblockchaininfo).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from recovery.chains.family import RawTx
from recovery.chains.shape import garbled
from recovery.chains.utxo.chain import UtxoChain
from recovery.chains.utxo.seen import (
    SeenInput,
    SeenOutput,
    SeenTx,
    SpentOutput,
    TokenData,
    parse_block_time,
    parse_coins,
    parse_hex,
    parse_units,
    take,
    take_hash,
    take_optional,
    take_texts,
)
from recovery.model import Block, Note

_INTEGER_AMOUNTS = ("valueSat", "valueZat")

DASH_TYPES = {
    1: "pro_reg_tx",
    2: "pro_up_serv_tx",
    3: "pro_up_reg_tx",
    4: "pro_up_rev_tx",
    6: "quorum_commitment",
    7: "mn_hf_signal",
    8: "asset_lock",
    9: "asset_unlock",
}
"""Dash special transactions (version 3, field ``type``); 5 is the coinbase."""

_CASH_TOKEN_LIMIT = 2**63 - 1
"""CHIP-2022-02: a fungible amount is a positive 63-bit integer."""


def parse_core(chain: UtxoChain, raw: RawTx) -> SeenTx:
    """Read the answers; raises `Garbled` where they are not what a node of this kind says."""
    tx = raw.answers.get("tx")
    tx_hash = take_hash(tx, "txid")
    if tx_hash != raw.tx_hash:
        raise garbled(f"asked for {raw.tx_hash}, answered with {tx_hash}")
    assert isinstance(tx, Mapping)
    block, confirmations, stale = _place(tx, raw.answers.get("header"))
    parents = take_optional(raw.answers, "parents", dict) or {}
    inputs, mweb_inputs = _inputs(chain, take(tx, "vin", list), parents)
    outputs, mweb_outputs = _outputs(chain, take(tx, "vout", list))
    hidden_value, hidden_sender, notes = _hidden(chain, tx, inputs)
    if mweb_inputs or mweb_outputs:
        hidden_value = None
        hidden_sender = hidden_sender or bool(mweb_inputs)
        notes.append(
            Note(
                "wrong_layer",
                f"{mweb_inputs} inputs and {mweb_outputs} outputs are inside MWEB, where neither "
                "amount nor address can be seen",
            )
        )
    payment, special = _payment(tx)
    notes += _waiting(tx, raw.answers, block) + _locks(tx, block)
    stated = tx.get("fee")
    locked = tx.get("chainlock")
    return SeenTx(
        tx_hash,
        block,
        confirmations,
        stale,
        inputs,
        outputs,
        stated_fee=None if stated is None else parse_coins(stated, chain.max_money),
        hidden_value=hidden_value,
        hidden_sender=hidden_sender,
        locked=locked if isinstance(locked, bool) else None,
        payment=payment,
        payment_special=special,
        notes=tuple(notes),
    )


def _place(tx: Mapping[str, Any], header: Any) -> tuple[Block | None, int, bool]:
    """Block, confirmations, and whether that block is off the best chain.

    A stale block's transaction answers with ``confirmations`` 0 (older nodes: -1), its header
    with -1; a node that was asked by block says ``in_active_chain`` false.
    """
    block_hash = tx.get("blockhash")
    depth = tx.get("confirmations")
    if not block_hash:
        if isinstance(depth, int) and depth > 0:
            raise garbled("the transaction is confirmed, but the answer names no block")
        return None, 0, tx.get("in_active_chain") is False
    if take_hash(tx, "blockhash") != take_hash(header, "hash"):
        raise garbled(f"the header is not of the block {block_hash}")
    height = take(header, "height", int)
    if tx.get("height", height) not in (height, -1):
        raise garbled(f"height {tx['height']} in the transaction, {height} in the header")
    confirmations = take(header, "confirmations", int)
    stale = confirmations <= 0 or tx.get("in_active_chain") is False
    stale = stale or (isinstance(depth, int) and depth <= 0)
    block = Block(height, block_hash, parse_block_time(header.get("time")))
    return block, 0 if stale else confirmations, stale


def _inputs(
    chain: UtxoChain, vin: Sequence[Any], parents: Mapping[str, Any]
) -> tuple[tuple[SeenInput, ...], int]:
    inputs = []
    hidden = 0
    for entry in vin:
        if not isinstance(entry, Mapping):
            raise garbled("an input is not an object")
        if chain.mweb and entry.get("ismweb") is True:
            hidden += 1
            continue
        sequence = take(entry, "sequence", int)
        if "coinbase" in entry:
            inputs.append(SeenInput(None, sequence, coinbase=True))
            continue
        txid, n = take_hash(entry, "txid"), take(entry, "vout", int)
        spent = entry.get("prevout") or (entry if "scriptPubKey" in entry else None)
        spent = spent or parents.get(f"{txid}:{n}")
        unlocking = take_optional(entry, "scriptSig", dict) or {}
        inputs.append(
            SeenInput(
                (txid, n),
                sequence,
                spent=None if spent is None else _spent(chain, spent),
                unlocking=take_optional(unlocking, "hex", str) or "",
                witness=take_texts(entry, "txinwitness"),
            )
        )
    return tuple(inputs), hidden


def _spent(chain: UtxoChain, output: Any) -> SpentOutput:
    return SpentOutput(_value(chain, output), _script(output))


def _value(chain: UtxoChain, output: Any) -> int:
    if not isinstance(output, Mapping):
        raise garbled("an output is not an object")
    amount = parse_coins(output.get("value"), chain.max_money)
    for name in _INTEGER_AMOUNTS:
        if name in output and parse_units(output[name], chain.max_money) != amount:
            raise garbled(f"{name} {output[name]} is not the value {output['value']}")
    return amount


def _script(output: Any) -> bytes:
    script = take(output, "scriptPubKey", dict)
    return parse_hex(script.get("hex"), "scriptPubKey.hex")


def _outputs(chain: UtxoChain, vout: Sequence[Any]) -> tuple[tuple[SeenOutput, ...], int]:
    """The canonical outputs in their order; MWEB outputs have no number, amount or script."""
    outputs: list[SeenOutput] = []
    hidden = 0
    for entry in vout:
        if not isinstance(entry, Mapping):
            raise garbled("an output is not an object")
        if chain.mweb and entry.get("ismweb") is True:
            hidden += 1
            continue
        n = take(entry, "n", int)
        if n != len(outputs):
            raise garbled(f"output {n} stands where {len(outputs)} should")
        outputs.append(
            SeenOutput(
                n,
                _value(chain, entry),
                _script(entry),
                token=_token(entry["tokenData"]) if "tokenData" in entry else None,
            )
        )
    return tuple(outputs), hidden


def _token(data: Any) -> TokenData:
    text = data.get("amount") if isinstance(data, Mapping) else None  # "0" beside a lone NFT
    if not isinstance(text, str) or not text.isascii() or not text.isdigit():
        raise garbled(f"a token amount is {text!r:.60}, not a string of digits")
    amount = int(text)
    if amount > _CASH_TOKEN_LIMIT:
        raise garbled(f"a token amount of {amount} is above the protocol's limit")
    category = take_hash(data, "category")
    if "nft" not in data:
        return TokenData(category, amount)
    nft = take(data, "nft", dict)
    commitment = parse_hex(nft.get("commitment", ""), "nft.commitment").hex()
    return TokenData(category, amount, take(nft, "capability", str), commitment)


def _payment(tx: Mapping[str, Any]) -> tuple[str | None, bool]:
    """The special type of a Dash transaction; the plain outputs of most are ordinary deposits."""
    kind = tx.get("type")
    if tx.get("version") != 3 or not isinstance(kind, int) or kind in (0, 5):
        return None, False
    return DASH_TYPES.get(kind, f"special_{kind}"), kind == 9


def _hidden(
    chain: UtxoChain, tx: Mapping[str, Any], inputs: Sequence[SeenInput]
) -> tuple[int | None, bool, list[Note]]:
    """Value from and to where no address is seen: shielded pools (ZEC), Platform credits (DASH)."""
    unlock = tx.get("assetUnlockTx")
    if isinstance(unlock, Mapping):
        # Type 9 has no inputs: the outputs and the fee are paid from Platform credits.
        paid = sum(_value(chain, o) for o in tx["vout"])
        fee = parse_units(unlock.get("fee"), chain.max_money)
        note = Note("platform_origin", "paid out of Dash Platform credits; there is no sender")
        return paid + fee, True, [note]
    value, origin = 0, False
    for balance in _pool_balances(chain, tx):
        value += balance
        origin = origin or balance > 0
    for join in take_optional(tx, "vjoinsplit", list) or ():
        into, out_of = _join_value(chain, join, "vpub_old"), _join_value(chain, join, "vpub_new")
        value += out_of - into
        origin = origin or out_of > 0
    notes = []
    coinbase = any(i.coinbase for i in inputs)
    shielded_out = _shielded_outputs(tx)
    if shielded_out and not coinbase:
        notes.append(
            Note(
                "shielded_outputs",
                f"{shielded_out} shielded outputs: amount and recipient can be seen with a "
                "viewing key only",
            )
        )
    if origin and not coinbase:
        notes.append(
            Note("shielded_origin", "paid from a shielded pool: the sender can't be known")
        )
    return value, origin and not coinbase, notes


def _pool_balances(chain: UtxoChain, tx: Mapping[str, Any]) -> list[int]:
    """Net value that Sapling, Orchard and Ironwood put into the transparent part (negative: took)."""
    found = []
    for pool in (tx, tx.get("orchard"), tx.get("ironwood")):
        if not isinstance(pool, Mapping):
            continue
        if "valueBalanceZat" in pool:
            found.append(_signed(pool["valueBalanceZat"], chain.max_money, coins=False))
        elif "valueBalance" in pool:
            found.append(_signed(pool["valueBalance"], chain.max_money, coins=True))
    return found


def _signed(value: Any, limit: int, *, coins: bool) -> int:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise garbled(f"a pool balance is {value!r:.60}, not a number")
    size = parse_coins(abs(value), limit) if coins else parse_units(abs(value), limit)
    return -size if value < 0 else size


def _join_value(chain: UtxoChain, join: Any, name: str) -> int:
    if not isinstance(join, Mapping):
        raise garbled("a JoinSplit is not an object")
    if f"{name}Zat" in join:
        return parse_units(join[f"{name}Zat"], chain.max_money)
    return parse_coins(join.get(name), chain.max_money)


def _shielded_outputs(tx: Mapping[str, Any]) -> int:
    count = len(take_optional(tx, "vShieldedOutput", list) or ())
    for join in take_optional(tx, "vjoinsplit", list) or ():
        count += len(take_optional(join, "commitments", list) or ())
    for pool in (tx.get("orchard"), tx.get("ironwood")):
        if isinstance(pool, Mapping):
            count += len(take_optional(pool, "actions", list) or ())
    return count


def _waiting(tx: Mapping[str, Any], answers: Mapping[str, Any], block: Block | None) -> list[Note]:
    """What is worth knowing of a transaction that no block holds yet."""
    if block is not None:
        return []
    notes = []
    entry = answers.get("mempool")
    if isinstance(entry, Mapping) and entry.get("bip125-replaceable") is True:
        notes.append(
            Note("rbf_signalled", "the sender may replace it (BIP 125, ancestors included)")
        )
    expiry = tx.get("expiryheight")
    if isinstance(expiry, int) and not isinstance(expiry, bool) and expiry > 0:
        notes.append(Note("expires", f"it can't be mined above height {expiry} and then never was"))
    return notes


def _locks(tx: Mapping[str, Any], block: Block | None) -> list[Note]:
    # `instantlock` alone is also true for everything in a ChainLocked block.
    if tx.get("instantlock_internal") is True or (block is None and tx.get("instantlock") is True):
        return [Note("instantlock", "locked by InstantSend: no conflicting spend is accepted")]
    return []
