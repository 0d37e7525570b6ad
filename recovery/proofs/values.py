"""What crosses the joints of a sender proof: the signed answer, one scheme, why one is refused.

Knows: shapes. Must not know: any scheme, cases, stores, nodes, clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from recovery.errors import BadInput
from recovery.networks import Network


@dataclass(frozen=True, slots=True)
class SignedAnswer:
    """What the claimant's wallet gave back, every part as text and as the wallet spells it.

    ``signature`` is hexadecimal, base64, base58 or a wallet's JSON: the scheme says which it reads.
    ``public_key`` is given where an address does not carry its key and the signature does not
    recover it. ``extras`` holds what else a scheme signs (TON's timestamp and domain, NEP-413's
    callback); the scheme names its keys and refuses others.
    """

    signature: str
    public_key: str | None = None
    extras: Mapping[str, str] = field(default_factory=dict)


class BadProof(BadInput):
    """A signature that can't be read, or that does not prove control of the address.

    References: ``bad-signature-form`` (not the shape the scheme reads), ``wrong-signer`` (another
    key signed, or another message was signed), ``wrong-public-key`` (the key given is not the
    address's), ``key-without-rights`` (an account's key signed that may not send from it by itself now),
    ``no-such-proof`` (this kind of address can't sign this way).
    """


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to sign a challenge, as wallets do it.

    ``verify(network, address, message, answer)`` returns nothing where ``answer`` proves that
    whoever controls ``address`` (canonical text) signed exactly ``message``, and raises `BadProof`
    in every other case, whatever the input. Pure and bounded in time. ``asks`` names the parts a
    claimant must hand in beside the signature (``public_key``, keys of ``extras``).
    How a wallet does it is told by the text ``wallet.NAME`` of `recovery.messages`.
    """

    name: str
    title: str
    verify: Callable[[Network, str, str, SignedAnswer], None]
    asks: tuple[str, ...] = ()
