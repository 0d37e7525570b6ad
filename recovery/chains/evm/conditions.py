"""What can be tried before a deposit is moved: whose address it is, and whether its token lets go.

Knows: code at an address, a token's transfer as a call that changes nothing. Must not know: custody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recovery.chains.evm.abi import int_of_word, words_of
from recovery.chains.evm.cost import outside_of, token_call
from recovery.chains.evm.facts import facts_of
from recovery.chains.evm.health import head_calls, read_head
from recovery.chains.source import Node, RpcFault
from recovery.model import Evidence, Transfer, TransferKind
from recovery.networks import Network

_REVERTED = 3
_RETURNS_NOTHING = ("erc721", "erc1155")


def fetch_conditions(
    network: Network,
    node: Node,
    evidence: Evidence,
    transfer: Transfer,
    *,
    destination: str | None,
) -> dict[str, bool]:
    """``address_is_account`` by its code, ``token_transferable`` by trying the token's transfer.

    Where it goes to is not known, the deposit's sender stands for it: a token that refuses one
    holder mostly refuses by the payer. Code that an account was given by its own signature
    (EIP-7702) is code all the same: a person looks at it. Raises `SourceError`.
    """
    holder = transfer.recipient.address
    if holder is None:
        return {}
    facts = facts_of(network)
    head = head_calls(facts)
    calls: list[tuple[str, Sequence[Any]]] = [*head, ("eth_getCode", (holder, "latest"))]
    if transfer.kind in (TransferKind.TOKEN, TransferKind.NFT):
        contract, data = token_call(transfer, holder, destination or outside_of(transfer))
        tried = {"from": holder, "to": contract, "value": "0x0", "data": data}
        calls += [("eth_getCode", (contract, "latest")), ("eth_call", (tried, "latest"))]
    answers = node.rpc_batch(calls)
    read_head(facts, node, answers[: len(head)])
    code, *token = answers[len(head) :]
    shown = {}
    if isinstance(code, str):
        shown["address_is_account"] = code == "0x"
    if token:
        moves = _moves(transfer, *token)
        if moves is not None:
            shown["token_transferable"] = moves
    return shown


def _moves(transfer: Transfer, code: Any, answer: Any) -> bool | None:
    """Whether the tried transfer succeeded: some tokens return a false, some return nothing."""
    if not isinstance(code, str):
        return None
    if code == "0x":
        return False
    if isinstance(answer, RpcFault):
        reverted = answer.code == _REVERTED or "revert" in answer.message.lower()
        return False if reverted else None
    if not isinstance(answer, str):
        return None
    if answer == "0x" or transfer.standard in _RETURNS_NOTHING:
        return True
    words = words_of(answer)
    return len(words) == 1 and int_of_word(words[0]) == 1
