"""TIP-191, ``signMessageV2``: how Tron wallets sign a text.

Source: TIP-191; TronWeb ``utils.message``. It is EIP-191 under Tron's own prefix, the length in decimal
digits. The first version (``signMessage`` over hexadecimal) writes 32 for every length, so its
signatures do not commit to where the message ends; wallets have replaced it, and it is refused.
"""

from __future__ import annotations

from recovery.networks import Network
from recovery.proofs.reading import read_address
from recovery.proofs.schemes import eip191
from recovery.proofs.values import Scheme, SignedAnswer

PREFIX = b"\x19TRON Signed Message:\n"


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the address's own key signed the message; 65 or 64 bytes in hex.

    An account may have given its permissions to other keys: `recovery.proofs.permissions` asks for them.
    """
    claimed = read_address(network, address, family="tron").key.payload
    eip191.check_recovered(claimed, message, answer, prefix=PREFIX)


def recover_signer(message: str, answer: SignedAnswer) -> bytes:
    """The 20 bytes of the address of the key that signed; whether it may for the account, is not said."""
    return eip191.recover_signer(message, answer, prefix=PREFIX)


SCHEME = Scheme(
    name="tron_message",
    title="signMessageV2 (TIP-191)",
    verify=verify,
)
