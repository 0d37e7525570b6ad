"""The XRP Ledger: ripple-keypairs' own fixtures, and other libraries over our own text."""

from __future__ import annotations

import hashlib

from fastecdsa.curve import secp256k1
from fastecdsa.ecdsa import sign
from fastecdsa.encoding.der import DEREncoder
from proofs.example import CHALLENGE, Example
from solders.keypair import Keypair

from recovery.proofs.values import SignedAnswer

_FIXTURES = "XRPLF/xrpl.js, packages/ripple-keypairs/test/fixtures/api.json"
_pair = Keypair.from_seed(b"\x55" * 32)
_half = hashlib.sha512(CHALLENGE.encode("ascii")).digest()[:32]
_r, _s = sign(_half, 0x55, curve=secp256k1, prehashed=True)

EXAMPLES = (
    Example(
        "XRP",
        "rLUEXYuLiQptky37CqLcm9USQpPiz5rkpD",
        "test message",
        SignedAnswer(
            "CB199E1BFD4E3DAA105E4832EEDFA36413E1F44205E4EFB9E27E826044C21E3E"
            "2E848BBC8195E8959BADF887599B7310AD1B7047EF11B682E0D068F73749750E",
            "ED01FA53FA5A7E77798F882ECE20B1ABC00BB358A9E55A202D0D0676BD0CE37A63",
        ),
        f"{_FIXTURES}: ed25519",
    ),
    Example(
        "XRP",
        "rU6K7V3Po4snVhBBaU29sesqs2qTQJWDw1",
        "test message",
        SignedAnswer(
            "30440220583A91C95E54E6A651C47BEC22744E0B101E2C4060E7B08F6341657DAD9BC3EE"
            "02207D1489C7395DB0188D3A56A977ECBA54B36FA9371B40319655B1B4429E33EF2D",
            "030D58EB48B4420B1F7B9DF55087E0E29FEF0E8468F9A6825B01CA2C361042D435",
        ),
        f"{_FIXTURES}: secp256k1",
    ),
    Example(
        "XRP",
        "rKtbGUtb7hpkdmJNq6zXHM4yNgkxo9N62J",
        CHALLENGE,
        SignedAnswer(
            bytes(_pair.sign_message(CHALLENGE.encode("ascii"))).hex(),
            "ED" + bytes(_pair.pubkey()).hex().upper(),
        ),
        "solders Keypair.sign_message with the seed of bytes 0x55: ed25519",
    ),
    Example(
        "XRP",
        "rnYaVFE1KfRARtjEkwrZ7ceeThKv3zYSxX",
        CHALLENGE,
        SignedAnswer(
            DEREncoder.encode_signature(_r, _s).hex(),
            "037962414450c76c1689c7b48f8202ec37fb224cf5ac0bfa1570328a8a3d7c77ab",
        ),
        "fastecdsa over SHA-512Half with the key 0x55: secp256k1",
    ),
)
