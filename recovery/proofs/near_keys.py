"""NEAR: whether the key that signed has full access to the account, by a node's word.

Knows: the question about one access key. Must not know: cases, stores. A key of an account may be
deleted and others added, so it is asked for implicit accounts too, whose name is a key.
"""

from __future__ import annotations

from recovery.chains.near.conditions import has_full_access as ask_full_access
from recovery.chains.near.fetch import ask_head
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.networks import Network
from recovery.proofs.reading import key_without_rights, no_such_proof, read_address
from recovery.proofs.schemes.nep413 import verify_signature
from recovery.proofs.values import BadProof, SignedAnswer


def verify_near_account(
    network: Network, node: Node, address: str, message: str, answer: SignedAnswer
) -> None:
    """Raises `BadProof` unless a full-access key of the account signed the message.

    Raises `SourceError` where the node could not say: it is on another chain, syncing or behind,
    refuses the question, or does not answer.
    """
    account = read_address(network, address, family="near")
    if account.form not in ("named", "implicit"):
        raise no_such_proof("the account of an Ethereum key is a contract and signs no NEP-413")
    public_key = verify_signature(message, answer)
    ask_head(network, node)
    try:
        has_full_access = ask_full_access(node, account.text, public_key)
    except Garbled as wrong:
        raise node.named(wrong) from None
    if not has_full_access:
        if account.form == "implicit" and account.key.payload == public_key:
            raise key_without_rights()  # the key that the account is named after
        raise BadProof(
            "wrong-public-key",
            "the key that signed has no full access to the account",
            hint="sign with a full-access key; a key that an app was given for itself is none",
        )
