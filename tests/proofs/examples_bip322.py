"""BIP-322's own vectors, and Litecoin's scripts under the same signatures."""

from __future__ import annotations

from proofs.example import Example

from recovery.chains.codecs import format_address, parse_address
from recovery.networks import load_registry
from recovery.proofs.values import SignedAnswer

_BASIC = "bitcoin/bips, bip-0322/basic-test-vectors.json"
_GENERATED = "bitcoin/bips, bip-0322/generated-test-vectors.json"
_SEGWIT = "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l"
_TAPROOT = "bc1p9cyuceaazr8cz46mvgkzl94wy397mwpqsrk84su37t72jvkg6wzqv52nfp"
_TAPROOT_SIGNATURE = (
    "AUBay6NwR4LEYedkTG+vE9F7C0RTOCB5NH6ZAqf+3hudjHIkOzSZk1jW/5Kt0wRKX3llJ25os+0qktdou4/Y8516"
)
_HELLO = (
    "AkgwRQIhAOzyynlqt93lOKJr+wmmxIens//zPzl9tqIOua93wO6MAiBi5n5EyAcPScOjf1lAqIUI"
    "Qtr3zKNeavYabHyR8eGhowEhAsfxIAMZZEKUPYWI4BruhAQjzFT8FSFSajuFwrDL1Yhy"
)


def _on_litecoin(address: str) -> str:
    networks = load_registry()
    text = format_address(networks["LTC"], parse_address(networks["BTC"], address).key)
    assert text is not None
    return text


def _vector(network: str, address: str, message: str, signature: str, source: str) -> Example:
    return Example(network, address, message, SignedAnswer(signature), source)


EXAMPLES = (
    _vector("BTC", _SEGWIT, "Hello World", _HELLO, f"{_BASIC}: P2WPKH"),
    _vector(
        "BTC",
        _SEGWIT,
        "",
        "AkcwRAIgM2gBAQqvZX15ZiysmKmQpDrG83avLIT492QBzLnQIxYCIBaTpOaD20qRlEylyxFSeEA2ba9YOixpX8z4"
        "6TSDtS40ASECx/EgAxlkQpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI=",
        f"{_BASIC}: P2WPKH, the empty message",
    ),
    _vector(
        "BTC",
        "bc1qkntwc3c4dzxh9xh6875l03fn3vkk023jgak3u7",
        "ESHJI7MWUL64AXHBI42L3UR4QA",
        "AkcwRAIgCYHF/vn67iZX5WBimh84kqD6pTME6eNCMGhfFnnwCNECIAF3nMCk/RfLit+uv8a8FgfQIw0f0ASE21GS"
        "z7rX17PsASEDTA2vM8bOtUFgvenSDUmvkq7aWNwoTB0CMiM6carHY1s=",
        f"{_GENERATED}: P2WPKH",
    ),
    _vector(
        "BTC",
        "bc1pss0zhytly75awhm6x2hhvd5lnzv3vssgrf9axfheq8ldyzn88ges79fler",
        "No prefix fallback",
        "AUCJYOwOjxYAvatTAGYaVlNXBVyFuc4MwNQkOuK2tl8xhfKDONd0NjfYyNSYcRqeCp8hsAnCEPHAVEkO9h6vbQ/R",
        f"{_BASIC}: P2TR",
    ),
    _vector(
        "BTC", _TAPROOT, "TPIZPITUIHEUHO5ACOL6W6MBVD", _TAPROOT_SIGNATURE, f"{_GENERATED}: P2TR"
    ),
    _vector(
        "LTC", _on_litecoin(_SEGWIT), "Hello World", _HELLO, f"{_BASIC}: the same program on LTC"
    ),
    _vector(
        "LTC",
        _on_litecoin(_TAPROOT),
        "TPIZPITUIHEUHO5ACOL6W6MBVD",
        _TAPROOT_SIGNATURE,
        f"{_GENERATED}: the same program on LTC",
    ),
)
