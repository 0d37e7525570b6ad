"""Whether a handed-in signature proves a sender: the scheme alone where it can, a node where it must.

Knows: which scheme is tried, who is asked, and which refusal counts. Must not know: cases, stores.
A node that can't be asked is never a no.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from recovery.chains.source import Node
from recovery.errors import BadInput, SourceError, Unhealthy, Unreachable
from recovery.networks import Network
from recovery.proofs.choice import SenderWay
from recovery.proofs.schemes import load_scheme
from recovery.proofs.values import BadProof, SignedAnswer
from recovery.secondopinion import has_independent, is_independent
from recovery.triage import readable

CONTRACT_WALLET = "erc1271"

REFUSALS = (
    "key-without-rights",
    "wrong-signer",
    "wrong-public-key",
    "bad-signature-form",
    "no-such-proof",
)
"""Of several refusals the one that says most: somebody signed, but not this, or not with this key."""


def verify_answer(
    network: Network,
    nodes: Sequence[Node],
    way: SenderWay,
    text: str,
    answer: SignedAnswer,
    *,
    scheme: str | None = None,
    agreed: bool = False,
) -> str:
    """The name of the scheme by which ``answer`` proves the sender signed ``text``.

    Without ``scheme`` each that fits is tried; on EVM networks the contract at the address is asked
    too (``erc1271``), and where an account's key can change a node says which it is now. With ``agreed`` two
    independent nodes must say so, where the configuration has them. Raises `BadProof`, `BadInput` for a scheme
    that does not fit, `SourceError` where only a node could say and none can be asked, or two contradict each other.
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
        verify = _find_verify(name, network, answer)
        try:
            if verify is None:
                load_scheme(name).verify(network, address, text, answer)
            else:
                ask = partial(_ask, verify, network, address, text, answer)
                _ask_nodes(network, nodes, ask, agreed=agreed)
        except BadProof as no:
            refusals.append(no)
        else:
            return name
    raise min(refusals, key=lambda no: REFUSALS.index(no.reference))


_Verify = Callable[[Network, Node, str, str, SignedAnswer], None]


def _find_verify(name: str, network: Network, answer: SignedAnswer) -> _Verify | None:
    """Who asks a node about it; None where the scheme says all by itself."""
    if name == CONTRACT_WALLET:
        from recovery.proofs.contract_wallet import verify_contract_wallet

        return verify_contract_wallet
    if network.family == "ton":
        from recovery.proofs.ton_keys import find_verify

        return find_verify(name, answer)
    from recovery.proofs.account_keys import VERIFY_BY_FAMILY

    return VERIFY_BY_FAMILY.get(network.family)


def _ask(  # noqa: PLR0917  the node comes last, to be filled in
    verify: _Verify, network: Network, address: str, text: str, answer: SignedAnswer, node: Node
) -> None:
    with readable(node):
        verify(network, node, address, text, answer)


def _ask_nodes(
    network: Network, nodes: Sequence[Node], ask: Callable[[Node], None], *, agreed: bool
) -> None:
    """Two nodes are heard where two can be, of different operators where there are: one that lies or errs
    neither proves nor refuses anybody.

    Where they contradict each other nobody has said anything. ``agreed``: the yes of one is not enough where
    an independent second could give it.
    """
    heard: list[Node] = []
    refusals: list[BadProof] = []
    failed: SourceError | None = None
    left = list(nodes)
    while left and len(heard) < 2:
        node = left.pop(0)
        try:
            ask(node)
        except SourceError as wrong:
            failed = wrong
            continue
        except BadProof as no:
            refusals.append(no)
        heard.append(node)
        left.sort(key=lambda other: not is_independent(heard[0], other))
    if not heard:
        raise failed or Unreachable(
            "no-node",
            f"only a node of {network.code} can tell whether this address signed",
            hint=f"set [networks.{network.code}] endpoints, or send a verification deposit",
        )
    if len(refusals) == len(heard):
        raise refusals[0]
    if refusals:
        raise Unhealthy(
            "nodes-disagree",
            f"{heard[0].label} and {heard[1].label} do not say the same about who signs for the address",
            hint="one of them is behind or wrong: try again, or send a verification deposit",
        )
    alone = len(heard) < 2 or not is_independent(*heard)
    if agreed and alone and has_independent(nodes):
        raise failed or Unreachable(
            "no-second-node",
            f"no second, independent node of {network.code} could be asked",
            hint="so much money moves on the word of two only: try again later",
        )
