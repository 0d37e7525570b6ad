"""From an indexer's answers to evidence, for Cardano.

Knows: the two phases of validation, outputs and their tokens, depth, display names. Must not know:
HTTP, clocks, whose addresses these are. The dialects are read in `recovery.chains.cardano.answer`.

Every transfer is one unit in one output, ``output:INDEX:UNIT``: what stands there was received, and
no message, datum or name changes it. Tokens are the ledger's own; their policy and name identify
them, the name alone identifies nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recovery.assets import token_asset
from recovery.chains.cardano.answer import (
    LOVELACE,
    Input,
    Output,
    TokenInfo,
    Tx,
    read_blockfrost,
    read_count,
    read_koios,
    read_token,
)
from recovery.chains.codecs import parse_address
from recovery.chains.family import RawTx
from recovery.chains.shape import garbled, read_object
from recovery.errors import BadInput, Garbled
from recovery.model import (
    AssetId,
    Evidence,
    Gap,
    Note,
    Party,
    Transfer,
    TransferKind,
    TxFee,
    TxStatus,
)
from recovery.networks import Network

_POLICY_DIGITS = 56
_LABELS = {"000643b0": "reference", "000de140": "nft", "0014df10": "ft", "001bc280": "rft"}
"""CIP-67: the first four bytes of a name may say what the token is (CIP-68's four kinds)."""
_UNIQUE_LABELS = frozenset({"reference", "nft"})


def decode(network: Network, raw: RawTx) -> Evidence:
    """Evidence of one transaction; raises `Garbled` where the answers have not their shape."""
    try:
        return _decode(network, raw)
    except Garbled as wrong:
        text = f"{network.code} {raw.source}: {raw.tx_hash}: {wrong.text}"
        raise Garbled(wrong.reference, text) from None


def read_tx(raw: RawTx) -> Tx:
    """The answers in one shape, whichever API gave them."""
    read = read_koios if raw.api == "koios" else read_blockfrost
    return read(raw.answers, raw.tx_hash)


def find_units(tx: Tx) -> list[str]:
    """The tokens of the outputs, each once, sorted: sources list them in different orders."""
    return sorted({u for o in tx.outputs for u in o.amounts if u != LOVELACE})


def _decode(network: Network, raw: RawTx) -> Evidence:
    tx = read_tx(raw)
    infos = read_object(raw.answers.get("tokens", {}), "the tokens")
    tokens = {unit: read_token(infos.get(unit)) for unit in find_units(tx)}
    senders = _senders(network, tx.inputs if tx.valid else tx.collateral)
    transfers = list(_transfers(network, tx, senders, tokens))
    head = read_object(raw.answers.get("head"), "the head")
    depth = _depth(tx, read_count(head.get("height"), "the head's height"))
    required = network.finality.confirmations
    if tx.block is None:
        status = TxStatus.PENDING
    else:
        status = TxStatus.CONFIRMED if tx.valid else TxStatus.FAILED
    failure = None
    if tx.block is not None and not tx.valid:
        failure = "a script failed in the second phase of validation"
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=tx.hash,
        status=status,
        block=tx.block,
        confirmations=depth,
        required_confirmations=required,
        final=required is not None and depth >= required,
        fee=_fee(network, tx, senders),
        transfers=tuple(transfers),
        notes=tuple(_notes(tx)),
        gaps=frozenset() if senders else frozenset({Gap.SENDERS}),
        failure=failure,
    )


def _depth(tx: Tx, head: int) -> int:
    """The block's own included. The head was asked first: a newer block has depth 1."""
    return 0 if tx.block is None else max(head - tx.block.height + 1, 1)


def _fee(network: Network, tx: Tx, senders: tuple[Party, ...]) -> TxFee | None:
    if tx.block is None:
        return None
    payer = senders[0].address if len(senders) == 1 else None
    if tx.valid:
        return TxFee(network.native_asset, tx.fee, payer)
    return TxFee(network.native_asset, _collateral_taken(tx), payer)


def _collateral_taken(tx: Tx) -> int:
    given = sum(spent.lovelace or 0 for spent in tx.collateral)
    back = tx.collateral_return.amounts.get(LOVELACE, 0) if tx.collateral_return else 0
    if not tx.collateral or given < back:
        raise garbled("an invalid transaction without the collateral that paid for it")
    return given - back


def _senders(network: Network, inputs: tuple[Input, ...]) -> tuple[Party, ...]:
    """Every address that an input was spent from; empty where the source does not show them all."""
    if any(spent.address is None for spent in inputs):
        return ()
    texts = dict.fromkeys(spent.address for spent in inputs if spent.address)
    return tuple(_party(network, text) for text in texts)


def _party(network: Network, text: str) -> Party:
    """Early blocks hold addresses that no decoder takes: nobody's, and nobody can spend them."""
    try:
        address = parse_address(network, text)
    except BadInput:
        return Party(None, None)
    return Party(address.text, address.key)


def _transfers(
    network: Network, tx: Tx, senders: tuple[Party, ...], tokens: Mapping[str, TokenInfo]
) -> Iterator[Transfer]:
    index = 0
    made: list[tuple[Output, bool, str | None]] = [(o, tx.valid, None) for o in tx.outputs]
    if not tx.valid and tx.collateral_return is not None:
        made.append((tx.collateral_return, tx.block is not None, "collateral_return"))
    for output, succeeded, kind in made:
        recipient = _party(network, output.address)
        for unit, quantity in _ordered(output):
            shown = _show(network, unit, tokens.get(unit, TokenInfo()))
            yield Transfer(
                index=index,
                position=f"output:{output.index}:{unit}",
                amount=quantity,
                senders=senders,
                recipient=recipient,
                succeeded=succeeded,
                type=kind,
                special=kind is not None,
                **shown,
            )
            index += 1


def _ordered(output: Output) -> list[tuple[str, int]]:
    """The coin first, then the tokens by their bytes: sources list them in different orders."""
    return sorted(output.amounts.items(), key=lambda item: (item[0] != LOVELACE, item[0]))


def _show(network: Network, unit: str, info: TokenInfo) -> dict[str, Any]:
    """Asset, kind and what is displayed: by the register, else by the name's own letters."""
    if unit == LOVELACE:
        return {
            "kind": TransferKind.NATIVE,
            "asset": network.native_asset,
            "symbol": network.symbol,
            "decimals": network.decimals,
        }
    label, letters = read_name(unit)
    unique = label in _UNIQUE_LABELS or info.supply == 1
    return {
        "kind": TransferKind.NFT if unique else TransferKind.TOKEN,
        "asset": _asset(network, unit),
        "symbol": info.ticker or letters,
        "decimals": info.decimals,
        "name": info.name or letters,
        "standard": "cip68" if label else None,
    }


def _asset(network: Network, unit: str) -> AssetId:
    try:
        return token_asset(network, "token", unit)
    except BadInput as wrong:
        raise garbled(wrong.text) from None


def read_name(unit: str) -> tuple[str | None, str | None]:
    """CIP-67's kind, and the name as letters where its bytes are readable."""
    digits = unit[_POLICY_DIGITS:]
    label = _LABELS.get(digits[:8])
    try:
        text = bytes.fromhex(digits[8:] if label else digits).decode("utf-8")
    except UnicodeDecodeError:
        return label, None
    return label, text if text and text.isprintable() else None


def _notes(tx: Tx) -> Iterator[Note]:
    if tx.message is not None:
        kind = "an encrypted message" if tx.message_encrypted else "a message"
        yield Note("transaction_message", f"it carries {kind}, which routes nothing: {tx.message}")
    if tx.withdrawn:
        text = f"{tx.withdrawn} lovelace of staking rewards were withdrawn into its outputs"
        yield Note("reward_withdrawal", text)
    if tx.minted:
        text = f"tokens minted or burnt in it: {tx.minted} kinds; anybody may mint under a policy of his"
        yield Note("tokens_minted", text)
    data = [str(o.index) for o in tx.outputs if o.carries_data]
    if data and tx.valid:
        text = (
            f"outputs {', '.join(data[:20])} carry a datum or a script, which costs more to spend"
        )
        yield Note("output_carries_data", text)
    if not tx.valid and tx.block is not None:
        text = f"its script failed: {_collateral_taken(tx)} lovelace of collateral were taken"
        if tx.collateral_return is not None:
            text += ", and the rest was returned"
        yield Note("collateral_taken", text + "; no other output was made")
    if tx.block is None and tx.expires is not None:
        yield Note("expires", f"no block of slot {tx.expires} or later may take it")
