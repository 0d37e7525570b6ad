"""BIP-322 in its simple form: the address's own script, satisfied over the message.

Source: BIP-322. What is signed is the output script and a tagged hash of the message, so a coin
other than Bitcoin signs the same bytes for the same script: Litecoin's witness programs are handed to
the library as Bitcoin's. Taken: P2WPKH, P2TR by its key path, P2SH-P2WPKH. Refused: P2WSH and other
scripts (they prove how a script can be opened, not who holds it), P2PKH (it has `bip137`), and the
forms ``full`` and ``proof of funds``.
"""

from __future__ import annotations

from recovery.chains.codecs import format_address
from recovery.chains.spelling import hash160
from recovery.model import AddressKey
from recovery.networks import Network, load_registry
from recovery.proofs.reading import (
    bad_form,
    check_parts,
    message_bytes,
    no_such_proof,
    read_address,
    read_base64,
    wrong_signer,
)
from recovery.proofs.values import BadProof, Scheme, SignedAnswer

_SIMPLE = "smp"
"""The prefix that the BIP's later text puts before a simple signature; most wallets leave it out."""

_OTHER_FORMS = {"ful": "full", "pof": "proof of funds"}
_SIGHASH_ALL = 0x01


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the witness opens the address's script over the message; base64."""
    key = read_address(network, address, family="utxo").key
    check_parts(answer)
    if not network.parameters["segwit"]:
        raise no_such_proof(f"{network.code} has no witnesses", hint="sign in the BIP-137 format")
    if key.scheme not in ("p2wpkh", "p2tr", "p2sh"):
        hint = "sign in the BIP-137 format" if key.scheme == "p2pkh" else ""
        raise no_such_proof(f"a {key.scheme} address can't sign this way", hint=hint)
    message_bytes(message)
    text = _without_prefix(answer.signature)
    _check_witness(key, _read_witness(read_base64(text, "the signature")))
    as_bitcoin = format_address(load_registry()["BTC"], key)
    assert as_bitcoin is not None
    _check_signature(as_bitcoin, message, text)


def _without_prefix(signature: str) -> str:
    text = signature.strip()
    if len(text) % 4 != 3:  # base64 is of whole groups of four: three more are a prefix
        return text
    form = _OTHER_FORMS.get(text[:3])
    if form is not None:
        raise bad_form(f"the signature is of the {form} form", hint="sign in the simple form")
    return text.removeprefix(_SIMPLE)


def _read_witness(raw: bytes) -> list[bytes]:
    """The stack's items; those of one key are short, so every length is one byte."""
    count, rest = raw[:1], raw[1:]
    items = []
    for _ in range(count[0] if count else 0):
        size = rest[0] if rest else 0
        if not 1 <= size <= 73 or len(rest) <= size:
            raise _not_simple()
        items.append(rest[1 : 1 + size])
        rest = rest[1 + size :]
    if rest or not items:
        raise _not_simple()
    return items


def _not_simple() -> BadProof:
    return bad_form(
        "the signature is no witness of one key",
        hint="sign in the simple form of BIP-322, with an address of a single key",
    )


def _check_witness(key: AddressKey, items: list[bytes]) -> None:
    """The stack that this lock wants, and no other; the key of a key hash is in the stack."""
    if key.scheme == "p2tr":
        if len(items) != 1 or len(items[0]) not in (64, 65):
            raise _not_simple()
        if len(items[0]) == 65 and items[0][64] != _SIGHASH_ALL:
            raise wrong_signer()
        return
    if len(items) != 2 or len(items[1]) != 33 or items[0][-1] != _SIGHASH_ALL:
        raise _not_simple()
    hashed = hash160(items[1])
    if key.scheme == "p2sh":
        hashed = hash160(b"\x00\x14" + hashed)
    if hashed != key.payload:
        raise wrong_signer()


def _check_signature(address: str, message: str, text: str) -> None:
    import bip322

    try:
        bip322.verify_simple_encoded(address, message, text)
    except bip322.VerificationError:
        raise wrong_signer() from None


SCHEME = Scheme(
    name="bip322",
    title="BIP-322",
    verify=verify,
)
