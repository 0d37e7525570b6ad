"""Whether a handed-in signature proves a sender: the scheme alone where it can, a node where it must.

Knows: which scheme is tried, who is asked, and which refusal counts. Must not know: cases, stores.
A node that can't be asked is never a no.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from recovery.chains.source import Node
from recovery.errors import BadInput, SourceError, Unreachable
from recovery.networks import Network
from recovery.proofs.choice import SenderWay
from recovery.proofs.schemes import load_scheme
from recovery.proofs.values import BadProof, SignedAnswer
from recovery.triage import readable

CONTRACT_WALLET = "erc1271"

_TELLING = ("wrong-signer", "wrong-public-key", "bad-signature-form", "no-such-proof")
"""Of several refusals the one that says most: somebody signed, but not this, or not with this key."""


def verify_answer(
    network: Network,
    nodes: Sequence[Node],
    way: SenderWay,
    text: str,
    answer: SignedAnswer,
    *,
    scheme: str | None = None,
) -> str:
    """The name of the scheme by which ``answer`` proves the sender signed ``text``.

    Without ``scheme`` each that fits is tried; on EVM networks the contract at the address is asked
    too (``erc1271``), and where an account's key can change a node says which it is now. Raises `BadProof`, `BadInput` for a scheme
    that does not fit, `SourceError` where only a node could say and none can be asked.
    """
    address = way.sender.address
    assert address is not None
    known = (*way.schemes, *((CONTRACT_WALLET,) if network.family == "evm" else ()))
    if scheme is not None and scheme not in known:
        raise BadInput(
            "unknown-scheme",
            f"{address} does not sign by {scheme[:40]!r}",
            hint=f"one of {', '.join(known)}",
            where="--scheme",
        )
    refusals: list[BadProof] = []
    tried: tuple[str, ...] = known if scheme is None else (scheme,)
    for name in tried:
        if name == CONTRACT_WALLET and scheme is None and not nodes:
            continue
        verify = _find_verify(name, network)
        try:
            if verify is None:
                load_scheme(name).verify(network, address, text, answer)
            else:
                _ask_nodes(network, nodes, partial(_ask, verify, network, address, text, answer))
        except BadProof as no:
            refusals.append(no)
        else:
            return name
    raise min(refusals, key=lambda no: _TELLING.index(no.reference))


_Verify = Callable[[Network, Node, str, str, SignedAnswer], None]


def _find_verify(name: str, network: Network) -> _Verify | None:
    """Who asks a node about it; None where the scheme says all by itself."""
    if name == CONTRACT_WALLET:
        from recovery.proofs.contract_wallet import verify_contract_wallet

        return verify_contract_wallet
    from recovery.proofs.account_keys import VERIFY_BY_FAMILY

    return VERIFY_BY_FAMILY.get(network.family)


def _ask(  # noqa: PLR0917  the node comes last, to be filled in
    verify: _Verify, network: Network, address: str, text: str, answer: SignedAnswer, node: Node
) -> None:
    with readable(node):
        verify(network, node, address, text, answer)


def _ask_nodes(network: Network, nodes: Sequence[Node], ask: Callable[[Node], None]) -> None:
    """Two nodes are asked where there are two: one that lies can't prove anybody by itself."""
    failed: SourceError | None = None
    said_yes = False
    for node in nodes[:2]:
        try:
            ask(node)
            said_yes = True
        except SourceError as wrong:
            failed = wrong
    if said_yes:
        return
    if failed is not None:
        raise failed
    raise Unreachable(
        "no-node",
        f"only a node of {network.code} can tell whether this address signed",
        hint=f"set [networks.{network.code}] endpoints, or send a verification deposit",
    )
