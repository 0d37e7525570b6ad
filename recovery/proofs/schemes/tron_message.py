"""TIP-191, ``signMessageV2``: how Tron wallets sign a text.

Source: TIP-191; TronWeb ``utils.message``. It is EIP-191 under Tron's own prefix, the length in decimal
digits. The first version (``signMessage`` over hexadecimal) writes 32 for every length, so its
signatures do not commit to where the message ends; wallets have replaced it, and it is refused.
"""

from __future__ import annotations

from recovery.networks import Network
from recovery.proofs.reading import read_address
from recovery.proofs.schemes.eip191 import check_recovered
from recovery.proofs.values import Scheme, SignedAnswer

PREFIX = b"\x19TRON Signed Message:\n"


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the address's own key signed the message; 65 or 64 bytes in hex.

    An account whose owner permission was given to other keys still proves with the key that its
    address was made from: that key sent the deposit only if it held a permission then.
    """
    claimed = read_address(network, address, family="tron").key.payload
    check_recovered(claimed, message, answer, prefix=PREFIX)


SCHEME = Scheme(
    name="tron_message",
    title="signMessageV2 (TIP-191)",
    instructions=(
        "In your Tron wallet choose to sign a message (signMessageV2), paste the text unchanged and"
        " sign it with the account that sent the deposit. Copy the signature (0x and 130 digits) here."
    ),
    verify=verify,
)
