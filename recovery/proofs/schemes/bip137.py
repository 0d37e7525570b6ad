"""BIP-137 and the older ``signmessage``: a recoverable signature under the coin's own magic text.

Source: BIP-137; Bitcoin Core ``common/signmessage``; the magic texts from each coin's own node
(Dash kept the name DarkCoin; ZIP draft on coinholder grants spells out Zcash's).

    header   key            proves
    27-30    uncompressed   P2PKH
    31-34    compressed     P2PKH; and P2WPKH or P2SH-P2WPKH as Electrum, Sparrow and Trezor sign
                            them, where the recovered key gives exactly that address
    35-38    compressed     P2SH-P2WPKH
    39-42    compressed     P2WPKH

A script hash other than P2SH-P2WPKH, P2WSH and taproot can't prove by this.
"""

from __future__ import annotations

import hashlib

from recovery.chains.spelling import hash160
from recovery.model import AddressKey
from recovery.networks import Network
from recovery.proofs.reading import (
    bad_form,
    check_parts,
    message_bytes,
    no_such_proof,
    read_address,
    read_base64,
    recover_secp256k1,
    wrong_signer,
)
from recovery.proofs.values import Scheme, SignedAnswer

MAGIC = {
    "BTC": b"Bitcoin Signed Message:\n",
    "LTC": b"Litecoin Signed Message:\n",
    "DOGE": b"Dogecoin Signed Message:\n",
    "BCH": b"Bitcoin Signed Message:\n",
    "DASH": b"DarkCoin Signed Message:\n",
    "ZEC": b"Zcash Signed Message:\n",
}
"""BCH kept Bitcoin's: the text that is signed names the network, so the two can't be confused."""

_KINDS = ("p2pkh", "p2sh", "p2wpkh")


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the address's own key signed the message; 65 bytes in base64."""
    key = read_address(network, address, family="utxo").key
    check_parts(answer)
    if network.code not in MAGIC:
        raise no_such_proof(f"{network.code} has no signed messages of this kind")
    if key.scheme not in _KINDS:
        hint = "sign in the BIP-322 format" if key.scheme == "p2tr" else ""
        raise no_such_proof(f"a {key.scheme} address can't sign this way", hint=hint)
    raw = read_base64(answer.signature, "the signature", 65)
    header = raw[0]
    if not 27 <= header <= 42:
        raise bad_form(f"the signature begins with {header}, not with 27 to 42")
    digest = hash_message(network, message)
    public_key = recover_secp256k1(raw[1:], (header - 27) & 3, digest)
    if key not in _locks(network, public_key, (header - 27) >> 2):
        raise wrong_signer()


def hash_message(network: Network, message: str) -> bytes:
    """SHA-256 twice over magic and message, each after its length as a CompactSize."""
    both = _sized(MAGIC[network.code]) + _sized(message_bytes(message))
    return hashlib.sha256(hashlib.sha256(both).digest()).digest()


def _sized(raw: bytes) -> bytes:
    size = len(raw)  # a message is bounded far below the 65,536 that need five bytes
    return (bytes((size,)) if size < 0xFD else b"\xfd" + size.to_bytes(2, "little")) + raw


def _locks(network: Network, public_key: bytes, kind: int) -> tuple[AddressKey, ...]:
    """The locks that a signature with this kind of header may open with the key."""
    if kind == 0:
        from coincurve import PublicKey

        whole = PublicKey(public_key).format(compressed=False)
        return (AddressKey("p2pkh", hash160(whole)),)
    hashed = hash160(public_key)
    plain = AddressKey("p2pkh", hashed)
    if not network.parameters["segwit"]:
        return (plain,) if kind == 1 else ()
    native = AddressKey("p2wpkh", hashed)
    nested = AddressKey("p2sh", hash160(b"\x00\x14" + hashed))
    return {1: (plain, native, nested), 2: (nested,), 3: (native,)}[kind]


SCHEME = Scheme(
    name="bip137",
    title="BIP-137",
    verify=verify,
)
