"""What decides in the schemes of one key: zero addresses, programs, master keys, sizes of accounts."""

from __future__ import annotations

import base64
import hashlib

import pytest
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak
from nacl.signing import SigningKey
from proofs.example import CHALLENGE, Example
from proofs.examples_adr36 import EXAMPLES as ADR36
from proofs.examples_eip191 import EXAMPLES as EIP191
from proofs.examples_solana_message import EXAMPLES as SOLANA
from proofs.examples_xrpl_message import EXAMPLES as XRPL
from solders.pubkey import Pubkey

from recovery.chains.codecs import format_address, parse_address
from recovery.chains.xrpl.codec import format_x_address
from recovery.model import AddressKey
from recovery.networks import load_registry
from recovery.proofs.reading import MAX_MESSAGE, check_ed25519, read_base64
from recovery.proofs.schemes import load_scheme
from recovery.proofs.schemes.adr36 import sign_document
from recovery.proofs.values import BadProof, SignedAnswer

NETWORKS = load_registry()
COSMOS = NETWORKS["ATOM"]


def refusal(scheme: str, network: str, address: str, message: str, answer: SignedAnswer) -> str:
    with pytest.raises(BadProof) as refused:
        load_scheme(scheme).verify(NETWORKS[network], address, message, answer)
    return refused.value.reference


def refusal_of(scheme: str, example: Example, answer: SignedAnswer) -> str:
    return refusal(scheme, example.network, example.address, example.message, answer)


@pytest.mark.parametrize(("scheme", "network"), [("eip191", "ETH"), ("tron_message", "TRX")])
def test_nobody_proves_the_zero_address(scheme: str, network: str) -> None:
    """Careless verifiers answer it where no key can be recovered."""
    zero = format_address(NETWORKS[network], AddressKey("evm", bytes(20)))
    assert zero is not None
    for signature in ("0x" + "00" * 64 + "1b", "0x" + "00" * 32 + "ff" * 32 + "1b"):
        assert refusal(scheme, network, zero, CHALLENGE, SignedAnswer(signature)) == "no-such-proof"


@pytest.mark.parametrize("last", [2, 26, 29, 35, 37, 38, 255])
def test_a_parity_of_a_transaction_is_refused(last: int) -> None:
    """35 and above are EIP-155's, which belong to transactions."""
    example = next(e for e in EIP191 if "27 or 28" in e.source)
    changed = SignedAnswer(example.answer.signature[:-2] + f"{last:02x}")
    assert refusal_of("eip191", example, changed) == "bad-signature-form"


def test_one_key_proves_on_every_evm_network_since_the_text_names_the_network() -> None:
    example = EIP191[2]
    for network in NETWORKS:
        if network.family == "evm":
            load_scheme("eip191").verify(network, example.address, example.message, example.answer)


def test_an_evm_signature_is_not_trons() -> None:
    example = EIP191[2]
    tron = format_address(NETWORKS["TRX"], AddressKey("evm", bytes.fromhex(example.address[2:])))
    assert tron is not None
    assert refusal("tron_message", "TRX", tron, example.message, example.answer) == "wrong-signer"


def test_the_first_version_of_trons_signed_messages_is_refused() -> None:
    """It commits to a length of 32, whatever the length is."""
    key = PrivateKey(b"\x22" * 32)
    digest = keccak(b"\x19TRON Signed Message:\n32" + CHALLENGE.encode("ascii"))
    signature = "0x" + key.sign_msg_hash(digest).to_bytes().hex()
    address = format_address(
        NETWORKS["TRX"], AddressKey("evm", key.public_key.to_canonical_address())
    )
    assert address is not None
    answer = SignedAnswer(signature)
    assert refusal("tron_message", "TRX", address, CHALLENGE, answer) == "wrong-signer"


def test_a_programs_address_has_no_key() -> None:
    derived, _ = Pubkey.find_program_address([b"vault"], Pubkey.default())
    answer = SOLANA[0].answer
    assert refusal("solana_message", "SOL", str(derived), CHALLENGE, answer) == "no-such-proof"


def test_an_off_chain_message_for_an_application_or_another_signer_is_refused() -> None:
    key = SigningKey(b"\x33" * 32)
    text = CHALLENGE.encode("ascii")
    sized = len(text).to_bytes(2, "little") + text
    begin = b"\xffsolana offchain\x00"
    own = bytes(key.verify_key)
    for signed in (
        begin + b"\x01" * 32 + b"\x01\x01" + own + sized,
        begin + bytes(32) + b"\x01\x01" + bytes(32) + sized,
        begin + bytes(32) + b"\x01\x02" + own + bytes(32) + sized,
        b"\xffsolana offchain\x01" + bytes(32) + b"\x01\x01" + own + sized,
        begin + bytes(32) + b"\x03\x01" + own + sized,
    ):
        signature = base64.b64encode(key.sign(signed).signature).decode("ascii")
        assert refusal_of("solana_message", SOLANA[0], SignedAnswer(signature)) == "wrong-signer"


def test_a_regular_key_is_told_what_proves_instead() -> None:
    mine, theirs = XRPL[0], XRPL[2]
    with pytest.raises(BadProof) as refused:
        load_scheme("xrpl_message").verify(
            NETWORKS["XRP"], mine.address, theirs.message, theirs.answer
        )
    assert refused.value.reference == "wrong-public-key"
    assert "verification deposit" in refused.value.hint


def test_an_x_address_is_the_account_it_names() -> None:
    example = XRPL[0]
    key = parse_address(NETWORKS["XRP"], example.address).key
    text = format_x_address(NETWORKS["XRP"], key, 7)
    load_scheme("xrpl_message").verify(NETWORKS["XRP"], text, example.message, example.answer)


def test_der_with_something_behind_it_is_refused() -> None:
    example = XRPL[1]
    longer = SignedAnswer(example.answer.signature + "00", example.answer.public_key)
    assert refusal_of("xrpl_message", example, longer) == "bad-signature-form"


def test_only_accounts_of_stellar_have_a_key() -> None:
    contract = format_address(NETWORKS["XLM"], AddressKey("stellar-contract", bytes(range(32))))
    assert contract is not None
    answer = SignedAnswer("00" * 64)
    assert refusal("sep53", "XLM", contract, CHALLENGE, answer) == "no-such-proof"


def test_a_module_account_of_cosmos_has_no_key() -> None:
    module = format_address(COSMOS, AddressKey("cosmos", bytes(range(32))))
    assert module is not None
    assert refusal("adr36", "ATOM", module, CHALLENGE, ADR36[1].answer) == "no-such-proof"


def test_a_strangers_key_with_a_strangers_signature_does_not_prove_my_account() -> None:
    """Both are good, over a document that names my address; only the key is not mine."""
    mine = ADR36[0]
    document = sign_document(mine.address, CHALLENGE.encode("ascii"))
    key = PrivateKey(b"\x42" * 32)
    signature = key.sign_msg_hash(hashlib.sha256(document).digest()).to_bytes()[:64]
    answer = SignedAnswer(
        base64.b64encode(signature).decode("ascii"),
        base64.b64encode(key.public_key.to_compressed_bytes()).decode("ascii"),
    )
    assert refusal("adr36", "ATOM", mine.address, CHALLENGE, answer) == "wrong-public-key"


def test_a_text_beyond_the_limit_is_refused_whole_not_cut() -> None:
    key = SigningKey(b"\x33" * 32)
    address = SOLANA[0].address
    for size in (MAX_MESSAGE, MAX_MESSAGE + 1):
        signature = key.sign(b"A" * size).signature.hex()
        answer = SignedAnswer(signature)
        if size == MAX_MESSAGE:
            load_scheme("solana_message").verify(NETWORKS["SOL"], address, "A" * size, answer)
            continue
        for longer in (size, size + 1, 2 * size):
            text = "A" * longer
            assert refusal("solana_message", "SOL", address, text, answer) == "bad-signature-form"


def test_base64_has_one_spelling() -> None:
    """The bits behind the last byte are free in careless decoders: Q and R end the same bytes."""
    assert read_base64("QQ==", "it") == b"A"
    for text in ("QR==", "QQ", "QQ=", "QQ===", "QQ==\n=", "Q Q==", "QQ==QQ==", "-_=="):
        with pytest.raises(BadProof):
            read_base64(text, "it", 1)


def test_a_published_signature_under_another_prefix_is_good_there_and_only_there() -> None:
    """cybercongress/cw-cybergift, testdata: signed in Keplr for a bostrom address."""
    bostrom = COSMOS.model_copy(update={"parameters": COSMOS.parameters | {"hrp": "bostrom"}})
    address = "bostrom1qjjjur5et06eszh82pfv7kvdnu3sur239umc00"
    message = (
        '{"nickname":"bob-cosmos","avatar_cid":"QmU1Nf2opJGZGNWmqxAa9bb8X6wVSHRBDCY6nbm3RmVXGb",'
        '"gift_claiming_address_type":"cosmos","gift_claiming_address":'
        '"cosmos1qjjjur5et06eszh82pfv7kvdnu3sur23x00t3g","target_address":'
        '"bostrom1qjjjur5et06eszh82pfv7kvdnu3sur239umc00","relay_reward":"0.01"}'
    )
    answer = SignedAnswer(
        "CvMkqkQHVPV3DTyVErth16OdTjAwqQD6t+r9ImSpdwUZFin+UPeGSfH9hhuAmqYAp4CffhNNSEisdfzwwvlN/w==",
        "Aoz4+N8ckpDiz4oOKKKVERJGeS49nOgGrXw0s0dkymDr",
    )
    load_scheme("adr36").verify(bostrom, address, message, answer)
    cosmos = "cosmos1qjjjur5et06eszh82pfv7kvdnu3sur23x00t3g"
    assert refusal("adr36", "ATOM", cosmos, message, answer) == "wrong-signer"


SMALL_ORDER = (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
)
"""Keys under which a signature of zeros can hold for any text, the last two not canonical."""


@pytest.mark.parametrize("key", SMALL_ORDER)
def test_a_key_of_small_order_signs_nothing(key: str) -> None:
    raw = bytes.fromhex(key)
    for r in SMALL_ORDER:
        with pytest.raises(BadProof):
            check_ed25519(raw, bytes.fromhex(r) + bytes(32), CHALLENGE.encode("ascii"))


def test_an_s_beyond_the_order_is_refused() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    key = SigningKey(b"\x01" * 32)
    signature = key.sign(b"text").signature
    s = int.from_bytes(signature[32:], "little") + order
    check_ed25519(bytes(key.verify_key), signature, b"text")
    with pytest.raises(BadProof):
        check_ed25519(bytes(key.verify_key), signature[:32] + s.to_bytes(32, "little"), b"text")


def test_the_digest_of_sep53_is_not_signed_twice() -> None:
    """A signature over the digest's own digest, or over the bare text, is another's."""
    key = SigningKey(b"\x66" * 32)
    address = format_address(NETWORKS["XLM"], AddressKey("ed25519", bytes(key.verify_key)))
    assert address is not None
    digest = hashlib.sha256(b"Stellar Signed Message:\n" + CHALLENGE.encode("ascii")).digest()
    for signed in (CHALLENGE.encode("ascii"), hashlib.sha256(digest).digest()):
        answer = SignedAnswer(key.sign(signed).signature.hex())
        assert refusal("sep53", "XLM", address, CHALLENGE, answer) == "wrong-signer"
    load_scheme("sep53").verify(
        NETWORKS["XLM"], address, CHALLENGE, SignedAnswer(key.sign(digest).signature.hex())
    )
