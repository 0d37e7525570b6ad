"""From one node's answers to evidence: who received what, in whose transaction, how final.

Knows: the family's rules of crediting: every output is a transfer, `vout:N`; senders are the
distinct owners of the inputs; the fee is what the outputs leave; coinbase outputs ripen. Must not
know: HTTP, what any API calls its fields, whose an address is.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from recovery.chains.family import RawTx
from recovery.chains.shape import garbled
from recovery.chains.utxo.carried import find_carried
from recovery.chains.utxo.chain import UtxoChain, chain_of
from recovery.chains.utxo.codec import read_script
from recovery.chains.utxo.decode_core import parse_core
from recovery.chains.utxo.decode_esplora import parse_esplora
from recovery.chains.utxo.seen import SeenOutput, SeenTx
from recovery.model import (
    AddressKey,
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

_FINAL_SEQUENCE = 0xFFFFFFFE
"""BIP 125: an input with a sequence below this signals that it may be replaced."""

_HIDDEN = Party(None, None)
"""A sender that the chain does not show: a shielded pool, MWEB, Platform credits."""

_PARSERS: dict[str, Callable[[UtxoChain, RawTx], SeenTx]] = {
    "core": parse_core,
    "esplora": parse_esplora,
}


def decode(network: Network, raw: RawTx) -> Evidence:
    """The evidence of one transaction; raises `Garbled` where the answers contradict themselves."""
    chain = chain_of(network)
    parser = _PARSERS.get(raw.api)
    if parser is None:
        raise garbled(f"answers of an unknown API {raw.api!r}")
    tx = parser(chain, raw)
    shapes = [_shape(chain, output.script) for output in tx.outputs]
    senders, gaps = _senders(network, tx, hogex="witness_mweb_hogaddr" in shapes)
    status = TxStatus.CONFIRMED
    if tx.stale:
        status = TxStatus.ORPHANED
    elif tx.block is None:
        status = TxStatus.PENDING
    final = status is TxStatus.CONFIRMED and _is_final(network, tx, gaps)
    carried, tokens = find_carried(tx)
    if tokens:
        gaps.add(Gap.TOKEN_VALIDITY)
    notes = [*tx.notes, *_standing_notes(chain, tx), *carried]
    notes += _output_notes(chain, tx, shapes)
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=tx.tx_hash,
        status=status,
        block=tx.block,
        confirmations=tx.confirmations,
        required_confirmations=(
            network.finality.confirmations if network.finality.rule == "depth" else None
        ),
        final=final,
        fee=_fee(network, tx, senders, shapes),
        transfers=_transfers(network, chain, tx, senders, shapes),
        notes=tuple(notes),
        gaps=frozenset(gaps),
    )


def _shape(chain: UtxoChain, script: bytes) -> str | None:
    """The chain's own name of an output that is no plain payment, else None.

    Told by the bytes, never by the node's ``type`` or ``addresses``: old nodes list every key of a
    bare multisig there, and none of them owns it alone.
    """
    if not script:
        return "nonstandard"
    if script[0] == 0x6A:
        return "nulldata"
    if 0x51 <= script[0] <= 0x60 and script[-1] == 0xAE:
        return "multisig"
    if chain.mweb and len(script) == 34 and script[1] == 32:
        if script[0] == 0x58:  # witness version 8
            return "witness_mweb_hogaddr"
        if script[0] == 0x59:  # witness version 9
            return "witness_mweb_pegin"
    return None


def read_owner(network: Network, script: bytes) -> Party:
    """Who a locking script pays. One that no address can express is still its own lock: known,
    and nobody's (OP_RETURN, bare multisig, a witness program on a chain without witnesses).
    """
    party = read_script(network, script)
    if party.key is not None:
        return party
    return Party(None, AddressKey("script", sha256(script).digest()))


def _is_final(network: Network, tx: SeenTx, gaps: set[Gap]) -> bool:
    """The registry's rule: the node's own lock where the rule is a tag, or the depth it names."""
    rule = network.finality
    if rule.rule == "tag" and tx.locked:
        return True
    if rule.confirmations is not None:
        return tx.confirmations >= rule.confirmations
    if tx.locked is None:
        gaps.add(Gap.FINALITY)
    return False


def _senders(network: Network, tx: SeenTx, *, hogex: bool) -> tuple[tuple[Party, ...], set[Gap]]:
    """The distinct owners of the inputs, in their order.

    A hidden part stands as a party without address and key, so that "all senders are ours" can't
    hold by leaving it out.
    """
    gaps: set[Gap] = set()
    if hogex:  # its inputs are MWEB's own balance: who pegged out is not seen
        return (_HIDDEN,), gaps
    parties: dict[Party, None] = {}
    scripts: set[bytes] = set()
    for spent in (i.spent for i in tx.inputs if not i.coinbase):
        if spent is None:
            gaps.add(Gap.SENDERS)
        elif spent.script not in scripts:
            scripts.add(spent.script)
            parties[read_owner(network, spent.script)] = None
    if tx.hidden_sender:
        parties[_HIDDEN] = None
    return tuple(parties), gaps


def _fee(
    network: Network, tx: SeenTx, senders: tuple[Party, ...], shapes: list[str | None]
) -> TxFee | None:
    """What inputs leave over outputs; None where an input is unseen or value went out of sight.

    A coinbase pays none. Raises `Garbled` where the node states another fee than its own figures
    give, or where more comes out than went in.
    """
    stated = tx.stated_fee
    coinbase = any(i.coinbase for i in tx.inputs)
    layered = any(s is not None and s.startswith("witness_mweb") for s in shapes)
    if coinbase or layered or tx.hidden_value is None:
        return None
    spent = [i.spent.value for i in tx.inputs if i.spent is not None]
    counted = None
    if len(spent) == len(tx.inputs):
        counted = sum(spent) + tx.hidden_value - sum(o.value for o in tx.outputs)
        if counted < 0:
            raise garbled(f"the outputs exceed the inputs by {-counted}")
        if stated is not None and stated != counted:
            raise garbled(f"a fee of {stated} is stated, the amounts leave {counted}")
    amount = stated if counted is None else counted
    if amount is None:
        return None
    payer = senders[0].address if len(senders) == 1 and counted is not None else None
    return TxFee(network.native_asset, amount, payer)


def _transfers(
    network: Network,
    chain: UtxoChain,
    tx: SeenTx,
    senders: tuple[Party, ...],
    shapes: list[str | None],
) -> tuple[Transfer, ...]:
    """One transfer for each output, zero amounts included; tokens riding on them come after all."""
    coinbase = any(i.coinbase for i in tx.inputs)
    hogex = "witness_mweb_hogaddr" in shapes
    transfers = []
    for output, shape in zip(tx.outputs, shapes, strict=True):
        kind, special, unlock = shape or tx.payment, tx.payment_special and shape is None, None
        if coinbase:
            kind, special = shape or "coinbase", shape is None
            unlock = _unlock_height(tx, chain.coinbase_maturity) if special else None
        elif hogex and shape is None:
            kind, special, unlock = "mweb_peg_out", True, _unlock_height(tx, chain.pegout_maturity)
        transfers.append(
            Transfer(
                index=output.n,
                position=f"vout:{output.n}",
                kind=TransferKind.REWARD if coinbase else TransferKind.NATIVE,
                asset=network.native_asset,
                amount=output.value,
                senders=senders,
                recipient=read_owner(network, output.script),
                symbol=network.symbol,
                decimals=network.decimals,
                type=kind,
                special=special,
                unlock_at=unlock,
            )
        )
    for output in tx.outputs:
        transfers += _token_transfers(network, output, senders, first_index=len(transfers))
    return tuple(transfers)


def _unlock_height(tx: SeenTx, maturity: int) -> int | None:
    """The height of the first block that may spend the output, while that lies ahead."""
    if tx.block is None or tx.confirmations >= maturity:
        return None
    return tx.block.height + maturity


def _token_transfers(
    network: Network, output: SeenOutput, senders: tuple[Party, ...], *, first_index: int
) -> list[Transfer]:
    """CashTokens of one output: its amount of the category, and its NFT."""
    token = output.token
    if token is None:
        return []
    faces: list[tuple[TransferKind, str, int]] = []
    if token.amount:
        faces.append((TransferKind.TOKEN, "token", token.amount))
    if token.capability is not None:
        faces.append((TransferKind.NFT, "nft", 1))
    return [
        Transfer(
            index=first_index + i,
            position=f"vout:{output.n}:{face}",
            kind=kind,
            asset=AssetId(f"{network.chain}/token:{token.category}"),
            amount=amount,
            senders=senders,
            recipient=read_owner(network, output.script),
            standard="cashtoken",
        )
        for i, (kind, face, amount) in enumerate(faces)
    ]


def _standing_notes(chain: UtxoChain, tx: SeenTx) -> list[Note]:
    if tx.stale:
        where = f"block {tx.block.hash}" if tx.block else "its block"
        return [Note("stale_block", f"{where} is not in the best chain (any more)")]
    if tx.block is not None or chain.replaceable == "none":
        return []
    if any(n.code == "rbf_signalled" for n in tx.notes):
        return []
    if any(i.sequence < _FINAL_SEQUENCE for i in tx.inputs):
        return [Note("rbf_signalled", "the sender may replace it (BIP 125)")]
    if chain.replaceable == "full":
        text = "it does not signal replacement, but most nodes accept one all the same"
        return [Note("rbf_not_signalled", text)]
    return [Note("rbf_not_signalled", "it does not signal replacement")]


def _output_notes(chain: UtxoChain, tx: SeenTx, shapes: list[str | None]) -> list[Note]:
    notes = []
    for output, shape in zip(tx.outputs, shapes, strict=True):
        if shape == "multisig":
            text = f"output {output.n} is a bare multisig: no single key named in it owns it"
            notes.append(Note("bare_multisig", text))
        elif shape == "witness_mweb_pegin":
            text = f"output {output.n} went into MWEB, where neither amount nor address can be seen"
            notes.append(Note("wrong_layer", text))
        elif shape is None and 0 < output.value <= chain.inscription_dust:
            text = f"output {output.n} is so small that it may bear an inscription: never sweep it blindly"
            notes.append(Note("dust_output_possible_inscription", text))
        if output.token is not None and output.token.capability is not None:
            commitment = output.token.commitment or "none"
            text = (
                f"output {output.n} holds an NFT of category {output.token.category}, capability "
                f"{output.token.capability}, commitment {commitment}"
            )
            notes.append(Note("cashtoken_nft", text))
    if "witness_mweb_hogaddr" in shapes:
        text = "this is a HogEx: its outputs after the first left MWEB, and nobody sees from whom"
        notes.append(Note("mweb_hogex", text))
    return notes
