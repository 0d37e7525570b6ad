"""NEAR: whether the key that signed has full access to the account, by a node's word.

Knows: the question about one access key. Must not know: cases, stores. A key of an account may be
deleted and others added, so it is asked for implicit accounts too, whose name is a key.
"""

from __future__ import annotations

from base58_bech32.base58 import b58encode

from recovery.chains.near.answer import read_object, read_text
from recovery.chains.near.fetch import ask_head, cause_of
from recovery.chains.source import Node, RpcFault
from recovery.errors import Garbled
from recovery.networks import Network
from recovery.proofs.reading import no_such_proof, read_address, wrong_public_key
from recovery.proofs.schemes.nep413 import verify_signature
from recovery.proofs.values import BadProof, SignedAnswer

_NOT_ITS_KEY = frozenset({"UNKNOWN_ACCESS_KEY", "UNKNOWN_ACCOUNT"})


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
    if not _has_full_access(network, node, account.text, public_key):
        raise BadProof(
            wrong_public_key().reference,
            "the key that signed has no full access to the account",
            hint="sign with a full-access key; a key that an app was given for itself is none",
        )


def _has_full_access(network: Network, node: Node, account: str, public_key: bytes) -> bool:
    ask_head(network, node)
    asked = {
        "request_type": "view_access_key",
        "finality": "final",
        "account_id": account,
        "public_key": f"ed25519:{b58encode(public_key).decode('ascii')}",
    }
    answer = node.rpc("query", asked)
    if isinstance(answer, RpcFault):
        if cause_of(answer) in _NOT_ITS_KEY:
            return False
        raise node.unhealthy(f"view_access_key: {cause_of(answer)}")
    try:
        told = read_object(answer, "the access key")
        if "error" in told:  # older nodes say it inside the result
            raise node.unhealthy(f"view_access_key: {str(told['error'])[:200]}")
        permission = told.get("permission")
        return not isinstance(permission, dict) and read_text(permission, "permission") == (
            "FullAccess"
        )
    except Garbled as wrong:
        raise node.garbled(wrong.text) from None
