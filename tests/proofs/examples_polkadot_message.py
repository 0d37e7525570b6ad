"""Signed bytes of Polkadot: three kinds of key, wrapped and bare, with their byte and without."""

from __future__ import annotations

from proofs.example import CHALLENGE, Example

from recovery.proofs.values import SignedAnswer

_BYTE = {"ed25519": "00", "sr25519": "01", "ecdsa": "02"}


def _signed(kind: str, address: str, message: str, signature: str, source: str) -> Example:
    digits, byte = signature[2:], _BYTE[kind]
    bare = digits if len(digits) == (130 if kind == "ecdsa" else 128) else digits[2:]
    return Example(
        network="DOT",
        address=address,
        message=message,
        answer=SignedAnswer(signature),
        source=source,
        spellings=frozenset({f"0x{bare}", f"0x{byte}{bare}"}) - {signature},
    )


def _polkadot_js(kind: str, address: str, signature: str) -> Example:
    source = (
        "polkadot-js/common, util-crypto/src/signature/verify.spec.ts; here in SS58 of prefix 0"
    )
    return _signed(kind, address, "hello world", signature, source)


def _keyring(kind: str, address: str, signature: str, what: str) -> Example:
    source = f"signed with @polkadot/keyring 14.0.3, {kind} of //Alice, {what}"
    return _signed(kind, address, CHALLENGE, signature, source)


EXAMPLES = (
    _polkadot_js(
        "sr25519",
        "12jh5GbWzSWRNaoy5Dh4hNb161EahtRpmn6LVN4fUfnGhe6j",
        "0xca01419b5a17219f7b78335658cab3b126db523a5df7be4bfc2bef76c2eb3b1dcf4ca86eb877d0a6cf6df12db5995c51d13b00e005d053b892bd09c594434288",
    ),
    _polkadot_js(
        "sr25519",
        "16aTh4nKEJ7kCznnziFus5dPozKuYbMnb9ogjhSrqS7MaP7H",
        "0x84b6afb1c8e54bbcb3f4872baf172580e21310e9387a53742627d6652d121447fa406b82805ed3184fb7bd519175cc9f99f283f97954d95cf966ee164df85489",
    ),
    _polkadot_js(
        "ed25519",
        "12P3YvrCApEr2my5JuttLvhpNRQwJJNGuahmNVd4fRwwhkTE",
        "0x299d3bf4c8bb51af732f8067b3a3015c0862a5ff34721749d8ed6577ea2708365d1c5f76bd519009971e41156f12c70abc2533837ceb3bad9a05a99ab923de06",
    ),
    _polkadot_js(
        "ecdsa",
        "132xCa1FeqbAQQWFDnHyUvhjVqG2JaDsrNi4Uod4HdUE4oZu",
        "0x994638ee586d2c5dbd9bacacbc35d9b7e9018de8f7892f00c900db63bc57b1283e2ee7bc51a9b1c1dae121ac4f4b9e2a41cd1d6bf4bb3e24d7fed6faf6d85e0501",
    ),
    _polkadot_js(
        "sr25519",
        "12jh5GbWzSWRNaoy5Dh4hNb161EahtRpmn6LVN4fUfnGhe6j",
        "0x01ca01419b5a17219f7b78335658cab3b126db523a5df7be4bfc2bef76c2eb3b1dcf4ca86eb877d0a6cf6df12db5995c51d13b00e005d053b892bd09c594434288",
    ),
    _polkadot_js(
        "ed25519",
        "12P3YvrCApEr2my5JuttLvhpNRQwJJNGuahmNVd4fRwwhkTE",
        "0x00299d3bf4c8bb51af732f8067b3a3015c0862a5ff34721749d8ed6577ea2708365d1c5f76bd519009971e41156f12c70abc2533837ceb3bad9a05a99ab923de06",
    ),
    _polkadot_js(
        "ecdsa",
        "132xCa1FeqbAQQWFDnHyUvhjVqG2JaDsrNi4Uod4HdUE4oZu",
        "0x02994638ee586d2c5dbd9bacacbc35d9b7e9018de8f7892f00c900db63bc57b1283e2ee7bc51a9b1c1dae121ac4f4b9e2a41cd1d6bf4bb3e24d7fed6faf6d85e0501",
    ),
    _keyring(
        "sr25519",
        "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5",
        "0xb6bb6a5ca629cac409f7dafe8f91afbf2d1461e6dcee9e6ec2924c61efd2283d5bb9527ecebf1abe850f3fa1df843bee8c39d86d571e4669e2a0950ca8d65c89",
        "wrapped in <Bytes>",
    ),
    _keyring(
        "sr25519",
        "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5",
        "0x01405d639fed3a3ae00106720a1368081377726618e338110ab60a40d8b2a74660b2879330a5e80f86cb0850dcadc8920e955add4651ef8be69720c2a7f9467886",
        "with the kind's byte",
    ),
    _keyring(
        "sr25519",
        "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5",
        "0x64e2bf4d9bdf103b4add21ed61f440fa19c665794c925b38c1eb43e94e159215ebb7979038ee1f06b34f99ce5c469e50547606991e1d216452bc29885a24888d",
        "bare text",
    ),
    _keyring(
        "ed25519",
        "146SvjUZXoMaemdeiecyxgALeYMm8ZWh1yrGo8RtpoPfe7WL",
        "0xfe9ad4251acecb43f9160d20c77110ce923a35f8046d92e19aaca1073c69375e1651de8562a47f09f30cafe2e75a649c124e40013bc06373193ee8347974f60b",
        "wrapped in <Bytes>",
    ),
    _keyring(
        "ed25519",
        "146SvjUZXoMaemdeiecyxgALeYMm8ZWh1yrGo8RtpoPfe7WL",
        "0x00fe9ad4251acecb43f9160d20c77110ce923a35f8046d92e19aaca1073c69375e1651de8562a47f09f30cafe2e75a649c124e40013bc06373193ee8347974f60b",
        "with the kind's byte",
    ),
    _keyring(
        "ecdsa",
        "13VAtLwNPFNMpqRJ6yzU4cwe3w4eyS9pDaLVW5DFzdvFwWa",
        "0x8de55ef4624e9c5aa77a41d96159b65f261f2edb0f3a561bceca0ce33e59ee084640026e8396dcf2592476fca012ba55a8ef89d74e80fead81af2e0cc0ddbb2f00",
        "wrapped in <Bytes>",
    ),
    _keyring(
        "ecdsa",
        "13VAtLwNPFNMpqRJ6yzU4cwe3w4eyS9pDaLVW5DFzdvFwWa",
        "0x028de55ef4624e9c5aa77a41d96159b65f261f2edb0f3a561bceca0ce33e59ee084640026e8396dcf2592476fca012ba55a8ef89d74e80fead81af2e0cc0ddbb2f00",
        "with the kind's byte",
    ),
)
