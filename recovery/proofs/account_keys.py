"""Families in which an address does not tell its key for good: a node is asked which key it is now.

Knows: which families those are, and each one's question. Must not know: cases, stores. Whoever holds
an account's key today controls it, so the key of today decides, not that of the deposit's day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recovery.chains.algorand.ask import ask_head as ask_algorand_head
from recovery.chains.algorand.cost import ask_account
from recovery.chains.aptos.fetch import ask_ledger, ask_object
from recovery.chains.aptos.wire import read_address as read_aptos_key
from recovery.chains.hedera.fetch import ask as ask_mirror
from recovery.chains.hedera.fetch import ask_head as ask_mirror_head
from recovery.chains.shape import read_bool, read_object, read_text
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.networks import Network
from recovery.proofs.near_keys import verify_near_account
from recovery.proofs.permissions import (
    verify_solana_account,
    verify_stellar_account,
    verify_tron_account,
    verify_xrpl_account,
)
from recovery.proofs.reading import (
    key_without_rights,
    no_such_proof,
    read_address,
    wrong_public_key,
)
from recovery.proofs.schemes import algorand_bytes, aptos_message, hedera_message
from recovery.proofs.values import BadProof, SignedAnswer

Verify = Callable[[Network, Node, str, str, SignedAnswer], None]

_KEY_KINDS = {"ED25519": ("ed25519", 32), "ECDSA_SECP256K1": ("secp256k1", 33)}


def verify_with_node(
    network: Network, node: Node, address: str, message: str, answer: SignedAnswer
) -> None:
    """Raises `BadProof` unless the key that the account has now signed the message.

    For the families in `VERIFY_BY_FAMILY`; raises `KeyError` for others. Raises `SourceError` where the
    node could not say, which is no answer about the signature.
    """
    VERIFY_BY_FAMILY[network.family](network, node, address, message, answer)


def _verify_algorand(
    network: Network, node: Node, address: str, message: str, answer: SignedAnswer
) -> None:
    account = read_address(network, address, family="algorand")
    ask_algorand_head(network, node)
    try:
        told = ask_account(node, account.text)
    except Garbled as wrong:
        raise node.named(wrong) from None
    # an account that is not there was closed, which ends a rekeying
    signer = account.text if told is None else told.signer
    try:
        read_address(network, signer, family="algorand")
    except BadProof:
        raise node.garbled(f"auth-addr is no address: {signer:.80}") from None
    try:
        algorand_bytes.verify(network, signer, message, answer)
    except BadProof:
        if signer != account.text and _signs(network, account.text, message, answer):
            raise key_without_rights() from None
        raise


def _signs(network: Network, address: str, message: str, answer: SignedAnswer) -> bool:
    try:
        algorand_bytes.verify(network, address, message, answer)
    except BadProof:
        return False
    return True


def _verify_aptos(
    network: Network, node: Node, address: str, message: str, answer: SignedAnswer
) -> None:
    account = read_address(network, address, family="aptos")
    keys = aptos_message.verify_signature(network, account, message, answer)
    ask_ledger(network, node)
    try:
        told = ask_object(node, f"/accounts/{account.text}")
        # an account that never signed has no key on record: the address is its key
        now = account.text if told is None else told.get("authentication_key")
        key = read_aptos_key(now, "authentication_key")
    except Garbled as wrong:
        raise node.named(wrong) from None
    if bytes.fromhex(key.removeprefix("0x")) not in keys:
        raise key_without_rights() if account.key.payload in keys else wrong_public_key()


def _verify_hedera(
    network: Network, node: Node, address: str, message: str, answer: SignedAnswer
) -> None:
    account = read_address(network, address, family="hedera")
    if account.key.scheme != "hedera":
        raise no_such_proof("name the account as 0.0.N, as transactions show it")
    ask_mirror_head(network, node)
    try:
        kind, public_key = _ask_hedera_key(node, account.text)
    except Garbled as wrong:
        raise node.named(wrong) from None
    hedera_message.verify_signature(kind, public_key, message, answer)


def _ask_hedera_key(node: Node, account: str) -> tuple[str, bytes]:
    told = ask_mirror(node, f"/accounts/{account}", {"limit": 1})
    if told is None:
        raise no_such_proof("there is no account of this number")
    if told.get("account") != account:
        raise node.garbled("it answered with another account")
    if read_bool(told.get("deleted") or False, "deleted"):
        raise no_such_proof("the account is deleted, and nobody controls it any more")
    if told.get("key") is None:
        raise no_such_proof("the account has no key yet: it never signed, or is a contract")
    key = read_object(told["key"], "key")
    kind, size = _KEY_KINDS.get(read_text(key.get("_type"), "key._type"), ("", 0))
    if not kind:
        raise no_such_proof("the account is controlled by several keys or a contract")
    try:
        public_key = bytes.fromhex(read_text(key.get("key"), "key.key"))
    except ValueError:
        raise node.garbled("key.key is not hexadecimal") from None
    if len(public_key) != size:
        raise node.garbled(f"key.key has {len(public_key)} bytes, not {size}")
    return kind, public_key


VERIFY_BY_FAMILY: Mapping[str, Verify] = {
    "near": verify_near_account,
    "algorand": _verify_algorand,
    "aptos": _verify_aptos,
    "hedera": _verify_hedera,
    "tron": verify_tron_account,
    "xrpl": verify_xrpl_account,
    "stellar": verify_stellar_account,
    "solana": verify_solana_account,
}
"""NEAR: access keys are added and deleted. Algorand: rekeying. Aptos: key rotation. Hedera: a number.
Tron, XRP Ledger, Stellar: rights are given to other keys. Solana: an account is assigned to a program."""
