"""ADR-36: how Cosmos wallets sign a text, as a transaction that no chain can take.

Source: Cosmos SDK ADR-036; Keplr's ``signArbitrary``. An amino sign doc with an empty chain id, its keys
sorted, without spaces, holds signer and message (base64); secp256k1 over its SHA-256. The address is
hash160 of the compressed public key.
"""

from __future__ import annotations

import base64
import hashlib
import json

from recovery.chains.spelling import hash160
from recovery.networks import Network
from recovery.proofs.reading import (
    bad_form,
    check_parts,
    check_secp256k1,
    message_bytes,
    no_such_proof,
    read_address,
    read_base64,
    wrong_public_key,
)
from recovery.proofs.values import Scheme, SignedAnswer


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the address's own key signed; signature and key in base64."""
    parsed = read_address(network, address, family="cosmos")
    check_parts(answer, public_key=True)
    if len(parsed.key.payload) != 20:
        raise no_such_proof("an address of 32 bytes is a module's or a contract's: it has no key")
    if answer.public_key is None:
        raise bad_form("the public key is missing", hint="hand in the wallet's pub_key value")
    public_key = read_base64(answer.public_key, "the public key", 33)
    if hash160(public_key) != parsed.key.payload:
        raise wrong_public_key()
    signature = read_base64(answer.signature, "the signature", 64)
    document = sign_document(parsed.text, message_bytes(message))
    check_secp256k1(public_key, signature, hashlib.sha256(document).digest())


def sign_document(signer: str, data: bytes) -> bytes:
    """The amino JSON that is signed; base64 and bech32 hold nothing that Go's JSON would escape."""
    value = {"signer": signer, "data": base64.b64encode(data).decode("ascii")}
    document = {
        "chain_id": "",
        "account_number": "0",
        "sequence": "0",
        "fee": {"gas": "0", "amount": []},
        "msgs": [{"type": "sign/MsgSignData", "value": value}],
        "memo": "",
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


SCHEME = Scheme(
    name="adr36",
    title="signArbitrary (ADR-36)",
    verify=verify,
    asks=("public_key",),
)
