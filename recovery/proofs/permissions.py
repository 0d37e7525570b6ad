"""Accounts that hand their rights to others: Tron's permissions, the XRP Ledger's and Stellar's signers, Solana's owners.

Knows: which key may alone move what such an account holds, by a node's word. Must not know: cases, stores.

The address is made from the first key, and that key may have lost every right since (on Tron a well-known theft:
the owner permission is moved away, and the key of the address is published as bait). So a signature proves where
the key that made it may by itself send from the account now. Keys that only may together prove by a verification deposit.

Sources: TIP-16 (permissions; the owner's may do everything), xrpl.org, Cryptographic Keys (master and regular key) and
AccountRoot (lsfDisableMaster), Stellar's documentation of signatures and multisig (weights; a payment takes the medium threshold),
Solana's documentation of accounts (only the owner program debits an account) and of the system program (Assign, nonce accounts).
"""

from __future__ import annotations

from typing import Any

from recovery.chains import shape
from recovery.chains.shape import garbled, read_list, read_object, read_text
from recovery.chains.solana.fetch import ask_head as ask_solana_head
from recovery.chains.solana.fetch import unfault
from recovery.chains.solana.programs import SYSTEM
from recovery.chains.source import Node
from recovery.chains.stellar import answer as horizon
from recovery.chains.stellar.fetch import ask_account as ask_stellar_account
from recovery.chains.stellar.fetch import ask_root
from recovery.chains.tron import wire
from recovery.chains.tron.ask import ask_head as ask_tron_head
from recovery.chains.tron.ask import ask_offered
from recovery.chains.xrpl import amounts as rippled
from recovery.chains.xrpl.codec import parse_address as parse_xrpl
from recovery.chains.xrpl.fetch import ask_account as ask_xrpl_account
from recovery.chains.xrpl.fetch import ask_server
from recovery.errors import BadInput, Garbled
from recovery.model import AddressKey
from recovery.networks import Network
from recovery.proofs.reading import key_without_rights, no_such_proof, read_address, wrong_signer
from recovery.proofs.schemes import sep53, solana_message, tron_message, xrpl_message
from recovery.proofs.values import BadProof, SignedAnswer

MASTER_DISABLED = 0x0010_0000
"""lsfDisableMaster among an account's Flags: the key that made the address signs nothing any more."""


def verify_tron_account(
    network: Network, node: Node, address: str, message: str, answer: SignedAnswer
) -> None:
    """Raises `BadProof` unless the key that signed reaches the threshold of the owner permission alone.

    An account without an ``owner_permission`` never changed it: its own key has all rights.
    """
    account = read_address(network, address, family="tron")
    signer = wire.PREFIX + tron_message.recover_signer(message, answer).hex()
    own = wire.PREFIX + account.key.payload.hex()
    ask_tron_head(network, node).check_fresh(node)
    told = ask_offered(node, "/wallet/getaccount", {"address": own})
    if not told:
        raise no_such_proof("the account is not on the chain, so that nobody knows who may use it")
    try:
        if wire.read_address(told.get("address"), "address") != own:
            raise garbled("it answered with another account")
        threshold, weights = _read_owner(told, own)
    except Garbled as wrong:
        raise node.named(wrong) from None
    if weights.get(signer, 0) < threshold:
        raise _no_right(signer in (own, *weights))


def _read_owner(told: dict[str, Any], own: str) -> tuple[int, dict[str, int]]:
    """Threshold and weights of the owner permission, the keys as hexadecimal addresses."""
    if "owner_permission" not in told:
        return 1, {own: 1}
    owner = read_object(told["owner_permission"], "owner_permission")
    threshold = wire.read_int(owner, "threshold")
    keys = [read_object(key, "a key") for key in wire.read_list(owner, "keys")]
    weights = {
        wire.read_address(k.get("address"), "a key"): wire.read_int(k, "weight") for k in keys
    }
    if threshold < 1 or not weights or len(weights) < len(keys) or min(weights.values()) < 1:
        raise garbled("owner_permission is none that the chain would take")
    return threshold, weights


def verify_xrpl_account(
    network: Network, node: Node, address: str, message: str, answer: SignedAnswer
) -> None:
    """Raises `BadProof` unless the account's regular key signed, or its master key and that is not disabled.

    An account that was deleted is its master key's again: whoever funds the address signs with it. A signer list
    is several keys, and proves nothing here.
    """
    account = read_address(network, address, family="xrpl")
    signer = AddressKey("xrpl", xrpl_message.recover_signer(message, answer))
    ask_server(network, node)
    try:
        told = ask_xrpl_account(node, account.text)
        regular, disabled = None, False
        if told is not None:
            if _xrpl_key(network, told.get("Account")) != account.key:
                raise garbled("it answered with another account")
            disabled = bool(rippled.read_uint32(told.get("Flags"), "Flags") & MASTER_DISABLED)
            if "RegularKey" in told:
                regular = _xrpl_key(network, told["RegularKey"])
    except Garbled as wrong:
        raise node.named(wrong) from None
    if signer == regular or (signer == account.key and not disabled):
        return
    if signer == account.key:
        raise _no_right(True)
    raise xrpl_message.not_the_accounts_key()


def _xrpl_key(network: Network, value: Any) -> AddressKey:
    try:
        return parse_xrpl(network, read_text(value, "an account")).key
    except BadInput as wrong:
        raise garbled(wrong.text) from None


def verify_stellar_account(
    network: Network, node: Node, address: str, message: str, answer: SignedAnswer
) -> None:
    """Raises `BadProof` unless a signer whose weight reaches the medium threshold alone signed.

    A threshold of 0 still takes a signer of weight 1. An account that was merged away is its master key's again.
    """
    account = read_address(network, address, family="stellar")
    sep53.check_form(account.key, answer)
    ask_root(network, node)
    try:
        told = ask_stellar_account(node, account.text)
        threshold, weights = 1, {account.key.payload: 1}
        if told is not None:
            if told.get("account_id") != account.text:
                raise garbled("it answered with another account")
            threshold, weights = _read_signers(network, told)
    except Garbled as wrong:
        raise node.named(wrong) from None
    known = False
    for public_key in {account.key.payload, *weights}:
        try:
            sep53.verify_signature(public_key, message, answer)
        except BadProof:
            continue
        if weights.get(public_key, 0) >= threshold:
            return
        known = True
    raise _no_right(known)


def _read_signers(network: Network, told: dict[str, Any]) -> tuple[int, dict[bytes, int]]:
    """What a payment takes, and the weights of the signers that are keys; weight 0 is no right."""
    thresholds = read_object(told.get("thresholds"), "thresholds")
    threshold = horizon.read_count(thresholds.get("med_threshold"), "med_threshold")
    weights: dict[bytes, int] = {}
    for item in read_list(told.get("signers"), "signers"):
        signer = read_object(item, "a signer")
        if read_text(signer.get("type"), "type") != "ed25519_public_key":
            continue  # the hash of a transaction or of a secret, or a signed payload: no key
        party = horizon.read_party(network, signer.get("key"), "a signer's key")
        if party.key is None or party.key.scheme != "ed25519" or party.key.payload in weights:
            raise garbled("signers are no list of different keys")
        weights[party.key.payload] = horizon.read_count(signer.get("weight"), "weight")
    return max(threshold, 1), weights


def verify_solana_account(
    network: Network, node: Node, address: str, message: str, answer: SignedAnswer
) -> None:
    """Raises `BadProof` unless the address's own key signed and the system program still lets it spend.

    An account that was assigned to another program (one transaction, a known theft) is debited by that program
    alone; a nonce account, which holds data, by its nonce's authority. An empty account is its key's.
    """
    solana_message.verify(network, address, message, answer)
    ask_solana_head(network, node)
    asked = [address, {"encoding": "base64", "commitment": "finalized"}]
    try:
        told = shape.read_object(unfault(node, node.rpc("getAccountInfo", asked)), "the account")
        if "value" not in told:
            raise node.garbled("getAccountInfo: no value")
        if told["value"] is None:
            return
        account = shape.read_object(told["value"], "the account")
        owner = shape.read_text(account.get("owner"), "owner")
        data, *_ = shape.read_list(account.get("data"), "data") or [None]
        data = shape.read_text(data, "data")
    except Garbled as wrong:
        raise node.named(wrong) from None
    if owner != SYSTEM or data:
        raise _no_right(True)


def _no_right(known: bool) -> BadProof:
    """The refusal of a signature; ``known``: by a key that the account has, or was made from."""
    if not known:
        return wrong_signer()
    return key_without_rights()
