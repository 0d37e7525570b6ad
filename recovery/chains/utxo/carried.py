"""What a transaction's own bytes claim to carry: Omni, runes, SLP, inscriptions, plain texts.

Knows: how each protocol marks itself. Must not know: whether the claim is valid: an Omni transfer
or a rune balance is decided by an indexer that has read the whole chain, which neither Core nor
Esplora is. So everything found is a note, and what could be worth money a `Gap.TOKEN_VALIDITY`.
"""

from __future__ import annotations

from collections.abc import Sequence

from recovery.chains.utxo.seen import SeenInput, SeenOutput, SeenTx
from recovery.model import Note

_OP_RETURN = 0x6A
_OP_13 = 0x5D
_OMNI = b"omni"
_SLP = b"SLP\x00"

_EXODUS = bytes.fromhex("76a914946cb2e08075bcbaf157e47bcb67eb2b2339d24288ac")
"""1EXoDusjGwvnjZUyKkxZ4UHEf77z6A5S4P: Omni's older classes A and B pay it to be seen."""

_WITNESS_ENVELOPE = "0063036f7264"
"""OP_FALSE OP_IF "ord": how an inscription begins in a taproot script path."""

_SCRIPTSIG_ENVELOPE = "036f7264"
"""A push of "ord" first of all: how it begins where there is no witness (DOGE)."""

_TEXT_LIMIT = 200


def find_carried(tx: SeenTx) -> tuple[list[Note], bool]:
    """Notes on everything carried, and whether any of it may be a token or an inscription."""
    notes: list[Note] = []
    tokens = False
    coinbase = any(i.coinbase for i in tx.inputs)
    for output in tx.outputs:
        note = _read_output(output)
        if note is not None and not (coinbase and note.code == "op_return"):  # miners' commitments
            notes.append(note)
            tokens = tokens or note.code != "op_return"
    if any(output.script == _EXODUS for output in tx.outputs):
        text = "pays Omni's Exodus address: it may carry an Omni transfer of class A or B"
        notes.append(Note("omni", text))
        tokens = True
    if has_inscription(tx.inputs):
        text = "an input reveals an inscription: an output may hold more than its coins"
        notes.append(Note("inscription", text))
        tokens = True
    return notes, tokens


def has_inscription(inputs: Sequence[SeenInput]) -> bool:
    return any(
        i.unlocking.startswith(_SCRIPTSIG_ENVELOPE)
        or any(_WITNESS_ENVELOPE in item for item in i.witness)
        for i in inputs
    )


def _read_output(output: SeenOutput) -> Note | None:
    script = output.script
    if not script or script[0] != _OP_RETURN:
        return None
    where = f"output {output.n}"
    if len(script) > 1 and script[1] == _OP_13:
        return Note("runes", f"{where} is a runestone: outputs of this transaction may hold runes")
    pushes = parse_pushes(script[1:])
    data = pushes[0] if pushes else b""
    if data.startswith(_OMNI):
        return Note("omni", f"{where} {_describe_omni(data)}")
    if data == _SLP:
        return Note("slp", f"{where} {_describe_slp(pushes)}")
    return Note("op_return", f"{where} carries {_describe_data(b''.join(pushes))}")


def parse_pushes(script: bytes) -> list[bytes]:
    """The data pushes from the start of a script, up to the first opcode that is none."""
    pushes = []
    at = 0
    while at < len(script):
        opcode = script[at]
        at += 1
        if opcode <= 0x4B:
            size = opcode
        elif opcode <= 0x4E:  # OP_PUSHDATA1, 2, 4
            width = 1 << (opcode - 0x4C)
            size = int.from_bytes(script[at : at + width], "little")
            at += width
        else:
            break
        pushes.append(script[at : at + size])
        at += size
    return pushes


def _describe_omni(data: bytes) -> str:
    """Omni class C, version 0, type 0 (simple send): property and amount, eight bytes."""
    if len(data) >= 20 and data[4:8] == b"\x00\x00\x00\x00":
        prop = int.from_bytes(data[8:12], "big")
        amount = int.from_bytes(data[12:20], "big")
        return f"claims an Omni simple send of {amount} units of property {prop}, validity unknown"
    return f"claims an Omni transaction ({data[4:].hex()[:_TEXT_LIMIT]}), validity unknown"


def _describe_slp(pushes: Sequence[bytes]) -> str:
    """SLP SEND: type, token id, then one quantity for each output from the first on."""
    if len(pushes) >= 5 and pushes[2] == b"SEND" and len(pushes[3]) == 32:
        quantities = [str(int.from_bytes(p, "big")) for p in pushes[4:23]]
        return (
            f"claims an SLP send of token {pushes[3].hex()}, quantities {', '.join(quantities)} to "
            "the outputs from 1 on, validity unknown"
        )
    return "claims an SLP transaction, validity unknown"


def _describe_data(data: bytes) -> str:
    if not data:
        return "no data"
    text = data.decode("utf-8", "replace")
    if text.isprintable() and "\ufffd" not in text:
        return f"the text {text[:_TEXT_LIMIT]!r}"
    return f"{len(data)} bytes of data: {data.hex()[:_TEXT_LIMIT]}"
