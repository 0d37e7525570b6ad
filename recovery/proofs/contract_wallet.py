"""ERC-1271: a smart-contract wallet is asked whether it takes a signature.

Knows: the call, what each answer means, and that a node which can't be asked is no answer. Must not
know: cases, stores. Source: ERC-1271; the hash is EIP-191's, as wallets' ``personal_sign`` makes it.

An account that delegates to a contract (EIP-7702) still has its key, which can end the delegation at any
time: the key proves (EIP-191), the contract does not.

A contract is not the same one on every network, so the node must be of the network of the claim. A
wallet that is not deployed there sent no deposit there: the envelope of ERC-6492 is not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recovery.chains.evm.facts import facts_of
from recovery.chains.evm.health import head_calls, read_fault, read_head
from recovery.chains.source import Node, RpcFault
from recovery.networks import Network
from recovery.proofs.reading import (
    bad_form,
    check_parts,
    no_such_proof,
    read_address,
    read_hex,
    wrong_signer,
)
from recovery.proofs.schemes.eip191 import hash_message
from recovery.proofs.values import SignedAnswer

_MAGIC = "1626ba7e"
"""The selector of ``isValidSignature(bytes32,bytes)``, and what it answers for a yes."""

_YES = "0x" + _MAGIC + "00" * 28
_REVERTED = 3

_DELEGATED = "0xef0100"
"""How the code of an account begins that lets a contract act for it (EIP-7702); the contract's address follows."""


def verify_contract_wallet(
    network: Network, node: Node, address: str, message: str, answer: SignedAnswer
) -> None:
    """Raises `BadProof` unless the contract at the address takes the signature over the message.

    The signature is hexadecimal of any length up to the bound; ``0x`` alone asks a Safe whether the
    message was signed on the chain. Raises `SourceError` where the node could not say.

    The contract is also asked about another text's hash with the same signature: one that takes
    both takes anything, which proves nobody.
    """
    claimed = read_address(network, address, family="evm").text
    check_parts(answer)
    signature = _read_signature(answer.signature)
    digest = hash_message(message)
    other = hash_message("not " + digest.hex())
    facts = facts_of(network)
    head = head_calls(facts)
    calls: list[tuple[str, Sequence[Any]]] = [
        *head,
        ("eth_getCode", (claimed, "latest")),
        _call(claimed, digest, signature),
        _call(claimed, other, signature),
    ]
    answers = node.rpc_batch(calls)
    read_head(facts, node, answers[: len(head)]).check_fresh(facts, node)
    code, said, said_of_other = answers[len(head) :]
    _check_code(node, code)
    if not _is_yes(node, said):
        raise wrong_signer()
    if _is_yes(node, said_of_other):
        raise no_such_proof("the contract takes any signature, so it proves nobody")


def _read_signature(text: str) -> bytes:
    if text.strip() in ("0x", "0X"):
        return b""
    raw = read_hex(text, "the signature")
    if raw[-32:] == bytes.fromhex("6492" * 16):
        raise bad_form(
            "the signature is for a wallet that is not deployed yet (ERC-6492)",
            hint="sign again once the wallet is deployed on this network",
        )
    return raw


def _call(contract: str, digest: bytes, signature: bytes) -> tuple[str, Sequence[Any]]:
    padded = signature + bytes(-len(signature) % 32)
    words = digest + (64).to_bytes(32, "big") + len(signature).to_bytes(32, "big") + padded
    return "eth_call", ({"to": contract, "data": f"0x{_MAGIC}{words.hex()}"}, "latest")


def _check_code(node: Node, code: Any) -> None:
    if isinstance(code, RpcFault):
        raise _not_said(node, code)
    if not isinstance(code, str) or not code.startswith("0x"):
        raise node.garbled("eth_getCode: the answer is no bytes")
    if code == "0x":  # a precompiled contract has none either, and one of them echoes the magic
        raise no_such_proof(
            "there is no contract at this address on this network",
            hint="sign with the account's own key (personal_sign)",
        )
    if code.lower().startswith(_DELEGATED):  # whoever tricked the key into it chose what answers
        raise no_such_proof(
            "the account has a key, and the code it lent to itself proves nobody (EIP-7702)",
            hint="sign with the account's own key (personal_sign)",
        )


def _is_yes(node: Node, said: Any) -> bool:
    """Exactly the magic in a word of its own: what echoes the call, or answers with more, is a no."""
    if isinstance(said, RpcFault):
        if said.code == _REVERTED or "revert" in said.message.lower():
            return False
        raise _not_said(node, said)
    if not isinstance(said, str) or not said.startswith("0x"):
        raise node.garbled("eth_call: the answer is no bytes")
    return said.lower() == _YES


def _not_said(node: Node, fault: RpcFault) -> Exception:
    return read_fault(node, fault) or node.unhealthy(f"it answered: {fault.message[:200]}")
