"""TON: whether a wallet of version 5 still takes its key's signature, by a node's word.

Knows: the first bit of such a wallet's data. Must not know: cases, stores. The key never changes, but an extension can
switch it off; from then on extensions alone move the money. No older wallet can do that, so for them nobody is asked.

Source: wallet-contract-v5, ``types.tlb``: is_signature_allowed (1 bit), seqno (32), wallet_id (32), public_key (256),
extensions_dict.
"""

from __future__ import annotations

from functools import partial

from recovery.chains.source import Node
from recovery.chains.ton.cells import Slice
from recovery.chains.ton.states import fetch_state
from recovery.errors import Garbled
from recovery.model import AddressKey
from recovery.networks import Network
from recovery.proofs.account_keys import Verify
from recovery.proofs.reading import key_without_rights, no_such_proof, read_address
from recovery.proofs.schemes import load_scheme
from recovery.proofs.schemes.ton_proof import V5R1, read_code_hash, read_public_key
from recovery.proofs.values import SignedAnswer


def find_verify(scheme: str, answer: SignedAnswer) -> Verify | None:
    """Who asks a node about a wallet's answer; None for a wallet whose key can't be switched off."""
    if read_code_hash(answer.extras.get("state_init", "")) != V5R1:
        return None
    return partial(_verify, scheme)


def _verify(  # noqa: PLR0917  the scheme comes first, to be filled in
    scheme: str, network: Network, node: Node, address: str, message: str, answer: SignedAnswer
) -> None:
    """Raises `BadProof` unless the wallet's key signed the message, and the wallet takes it now.

    Raises `SourceError` where the node could not say.
    """
    load_scheme(scheme).verify(network, address, message, answer)
    key = read_address(network, address, family="ton").key
    public_key = read_public_key(key, answer.extras["state_init"])
    if not _ask_allowed(network, node, key, public_key):
        raise key_without_rights()


def _ask_allowed(network: Network, node: Node, key: AddressKey, public_key: bytes) -> bool:
    state = fetch_state(network, node, key)
    if state is None:
        raise no_such_proof(
            "the wallet is not active on the chain, so that nobody can send from it"
        )
    try:
        data = Slice(state.data)
        allowed, _numbers, told = bool(data.uint(1)), data.uint(64), data.uint(256)
    except Garbled:
        raise node.garbled("the wallet's data end before its key") from None
    # neither can change: who tells otherwise tells of another account
    if state.code.hash.hex() != V5R1 or told.to_bytes(32, "big") != public_key:
        raise node.garbled("it tells another wallet's code or key")
    return allowed
