"""Full messages of Aptos wallets around our text."""

from __future__ import annotations

from proofs.example import CHALLENGE, Example

from recovery.proofs.values import SignedAnswer


def _lines(address: str) -> str:
    return (
        f"APTOS\naddress: {address}\napplication: https://exchange.example\nchainId: 1\n"
        f"message: {CHALLENGE}\nnonce: 42"
    )


_SINGLE = "0xdbd521699ba7e931947c21cb9e0296005d78594c5e0ecc3ad7b2ffa7fc63cb37"
_SECP256K1 = "0x7a31d97b79616227cddc4b776adb54c67f53520f4215148b8eda8f4153b11c55"

EXAMPLES = (
    Example(
        network="APT",
        address="0x6b1c036aa3bcb0a58b79a07c6d161f703bb2c8e14c78cbde2fcf06e954d632fa",
        message="Welcome to EthSign",
        answer=SignedAnswer(
            "123791f4ea82fed4dad0df716736da9c11a65051d3183b6d85d6b893c0da9087cb96a5ceb5b8b59ffbf4af0067e0c915a94ae4efd5876edf9b537fb60820020e",
            "0x708dd8a25e7b70ef50091637dfb19d1ef2517b83f491e892e14033ac5d645c73",
            {"full_message": "APTOS\nmessage: Welcome to EthSign\nnonce: 1689144313707"},
        ),
        source="the library bizjs/chainkit, tests/aptos-chain.test.ts: signed in a wallet for EthSign",
    ),
    Example(
        network="APT",
        address="0xb6bbeddd149a70b603089e5a1e4e259c39d6cbfb0139265b1d4bd79eaf790b03",
        message=CHALLENGE,
        answer=SignedAnswer(
            "0x208de1cdc71371100b91c2b1661760d1c25854cd0466981b5485cf232cb6fa2de4b2908605d8a4dd984f4b58bd514bde3bf5675f79d3351f66a1ea8f3defcb0d",
            "0x79b5562e8fe654f94078b112e8a98ba7901f853ae695bed7e0e3910bad049664",
            {"full_message": f"APTOS\nmessage: {CHALLENGE}\nnonce: 42"},
        ),
        source="signed with @aptos-labs/ts-sdk 6.3.1, an account of the first scheme; the key's seed is the bytes 1 to 32",
    ),
    Example(
        network="APT",
        address=_SINGLE,
        message=CHALLENGE,
        answer=SignedAnswer(
            "0x004025e344d80de9f64488829eb6b3ec3827a438eec5f94351e8f2f8af0092f205578854c87cc8fac420b312b34a86e1b4b38f1692bacf19575ca89f0966f7d9460d",
            "0x002043cdc023d22d5f9e107d1a0693457d35d1d10eb7d21c721192f56f5de40665d3",
            {"full_message": _lines(_SINGLE)},
        ),
        source="signed with @aptos-labs/ts-sdk 6.3.1, a single-key account of ed25519; the key's seed is the bytes 2 to 33",
    ),
    Example(
        network="APT",
        address=_SECP256K1,
        message=CHALLENGE,
        answer=SignedAnswer(
            "0x01400f5de9b82acc87951c1cac73e53aa90dcbbad1bedd6ed93f8c87e55b1d070dd23fb07dbe1c8d2c835efd53ddf04f939f0e923538cb7c3899e809afdf70894f52",
            "0x01410484bf7562262bbd6940085748f3be6afa52ae317155181ece31b66351ccffa4b08cc43d63b2859d469fee15f31c9edb5324266e6fd0407e87382d60fc4511acd8",
            {"full_message": _lines(_SECP256K1)},
        ),
        source="signed with @aptos-labs/ts-sdk 6.3.1, a single-key account of secp256k1; the key's seed is the bytes 1 to 32",
    ),
)
