"""ERC-1271 on a real node: honest wallets, contracts that say yes to anything, nodes that can't say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_defunct
from nodes.anvil import Contract
from nodes.evm import Chain, start_chain
from proofs.example import CHALLENGE

from recovery.chains.evm.codec import checksum_address
from recovery.chains.source import Node, RpcFault
from recovery.errors import SourceError
from recovery.proofs.contract_wallet import verify_contract_wallet
from recovery.proofs.schemes import load_scheme
from recovery.proofs.values import BadProof, SignedAnswer

OWNER = Account.from_key(b"\x88" * 32)
STRANGER = Account.from_key(b"\x99" * 32)
HASH = _hash_eip191_message(encode_defunct(text=CHALLENGE))


@pytest.fixture(scope="module")
def eth() -> Iterator[Chain]:
    with start_chain("ETH") as chain:
        yield chain


def signed(message: str = CHALLENGE, by: Any = OWNER) -> str:
    return "0x" + bytes(by.sign_message(encode_defunct(text=message)).signature).hex()


def address_of(contract: Contract) -> str:
    return checksum_address(bytes.fromhex(contract.address[2:]))


def ask(chain: Chain, address: str, signature: str, message: str = CHALLENGE) -> None:
    verify_contract_wallet(chain.network, chain.node, address, message, SignedAnswer(signature))


def refusal(chain: Chain, address: str, signature: str, message: str = CHALLENGE) -> str:
    with pytest.raises(BadProof) as refused:
        ask(chain, address, signature, message)
    return refused.value.reference


@pytest.mark.parametrize("kind", ["HonestWallet", "RevertingWallet"])
def test_a_wallet_proves_with_its_owners_signature(eth: Chain, kind: str) -> None:
    wallet = address_of(eth.deploy(kind, OWNER.address))
    ask(eth, wallet, signed())
    assert refusal(eth, wallet, signed(by=STRANGER)) == "wrong-signer"
    assert refusal(eth, wallet, signed("another text")) == "wrong-signer"
    assert refusal(eth, wallet, signed(), "another text") == "wrong-signer"


def test_every_flipped_byte_of_the_signature_is_refused(eth: Chain) -> None:
    wallet = address_of(eth.deploy("HonestWallet", OWNER.address))
    raw = bytes.fromhex(signed()[2:])
    for place in range(len(raw)):
        tampered = raw[:place] + bytes((raw[place] ^ 1,)) + raw[place + 1 :]
        assert refusal(eth, wallet, tampered.hex()) == "wrong-signer"


def test_a_message_signed_on_the_chain_proves_with_an_empty_signature(eth: Chain) -> None:
    owner = eth.account(0)
    wallet = eth.deploy("OnChainWallet", owner)
    assert refusal(eth, address_of(wallet), "0x") == "wrong-signer"
    wallet.send("sign", HASH)
    ask(eth, address_of(wallet), "0x")
    assert refusal(eth, address_of(wallet), "0x", "another text") == "wrong-signer"


def test_a_contract_that_takes_anything_proves_nobody(eth: Chain) -> None:
    assert refusal(eth, address_of(eth.deploy("YesWallet")), signed()) == "no-such-proof"


@pytest.mark.parametrize(
    "made",
    [("EchoWallet",), ("LongWallet",), ("Erc20", "Token", "TKN", 18, 1)],
    ids=lambda made: str(made[0]),
)
def test_what_answers_with_anything_but_the_one_word_says_no(
    eth: Chain, made: tuple[Any, ...]
) -> None:
    assert refusal(eth, address_of(eth.deploy(*made)), signed()) == "wrong-signer"


def test_a_contract_that_breaks_off_is_never_a_yes(eth: Chain) -> None:
    with pytest.raises((BadProof, SourceError)):
        ask(eth, address_of(eth.deploy("BurningWallet")), signed())


def test_the_precompiled_contract_that_echoes_is_no_wallet(eth: Chain) -> None:
    """Number 4 returns its input, which begins with the word for a yes."""
    identity = checksum_address(bytes(19) + b"\x04")
    echoed = eth.anvil.rpc("eth_call", {"to": identity, "data": "0x1626ba7e" + "00" * 28}, "latest")
    assert echoed == "0x1626ba7e" + "00" * 28
    assert refusal(eth, identity, signed()) == "no-such-proof"


def test_an_account_without_code_is_no_contract_wallet(eth: Chain) -> None:
    assert refusal(eth, OWNER.address, signed()) == "no-such-proof"


def test_a_wallet_of_another_network_proves_nothing_here(eth: Chain) -> None:
    """The same address can hold another contract, or none, on another network."""
    wallet = address_of(eth.deploy("HonestWallet", OWNER.address))
    with start_chain("BASE") as base:
        assert refusal(base, wallet, signed()) == "no-such-proof"
        there = Node(base.network.code, eth.anvil.url, "jsonrpc")
        with pytest.raises(SourceError, match="it is on chain 1, not 8453"):
            verify_contract_wallet(base.network, there, wallet, CHALLENGE, SignedAnswer(signed()))
        there.close()


def test_a_node_that_is_gone_is_no_answer() -> None:
    with start_chain("ETH") as chain:
        wallet = address_of(chain.deploy("HonestWallet", OWNER.address))
        chain.anvil.stop()
        with pytest.raises(SourceError):
            ask(chain, wallet, signed())


@pytest.mark.parametrize(
    "signature",
    ["", "0", "0xzz", "0x" + "00" * 100_000, "é", "\x00", "0x" + "6492" * 16, signed()[:-1]],
)
def test_a_signature_that_is_none_never_reaches_the_node(eth: Chain, signature: str) -> None:
    assert refusal(eth, OWNER.address, signature) == "bad-signature-form"


@dataclass
class FaultyNode(Node):
    """Answers as the real node, but for one method."""

    chain: Chain | None = None
    method: str = ""
    said: Any = None

    def rpc_batch(self, calls: Any) -> list[Any]:
        assert self.chain is not None
        answers = self.chain.node.rpc_batch(calls)
        return [
            self.said if call[0] == self.method else a
            for call, a in zip(calls, answers, strict=True)
        ]


def test_a_key_that_delegated_to_a_contract_proves_by_itself_and_the_contract_does_not(
    eth: Chain,
) -> None:
    """EIP-7702. The thief's contract says yes to the thief's key alone, and acts for the account."""
    thief = eth.deploy("HonestWallet", STRANGER.address)
    victim = OWNER.address
    slots = {
        slot: eth.anvil.rpc("eth_getStorageAt", thief.address, hex(slot), "latest")
        for slot in (0, 1)
    }
    try:
        eth.anvil.rpc("anvil_setCode", victim, "0xef0100" + thief.address[2:])
        for slot, word in slots.items():
            eth.anvil.rpc("anvil_setStorageAt", victim, hex(slot), word)
        says = {"to": victim, "data": "0x1626ba7e" + HASH.hex() + f"{64:064x}{65:064x}"}
        says["data"] += signed(by=STRANGER)[2:] + "00" * 31
        assert eth.anvil.rpc("eth_call", says, "latest")[:10] == "0x1626ba7e", "it would be taken"
        assert refusal(eth, victim, signed(by=STRANGER)) == "no-such-proof"
        assert refusal(eth, victim, signed()) == "no-such-proof"
        load_scheme("eip191").verify(eth.network, victim, CHALLENGE, SignedAnswer(signed()))
    finally:
        eth.anvil.rpc("anvil_setCode", victim, "0x")


FAULTS = [
    {"code": -32005, "message": "rate limit exceeded"},
    {"code": -32000, "message": "header not found"},
    {"code": -32000, "message": "missing trie node (pruned)"},
    {"code": -32603, "message": "internal error"},
    {"code": 4444, "message": "pruned history unavailable"},
]
"""What nodes say where they can't execute the call: none of it is the contract's no."""


@pytest.mark.parametrize("method", ["eth_getCode", "eth_call"])
@pytest.mark.parametrize("said", [*FAULTS, None, 7, "", "1626ba7e", []], ids=json.dumps)
def test_what_a_node_could_not_say_is_never_a_no(eth: Chain, method: str, said: Any) -> None:
    wallet = address_of(eth.deploy("HonestWallet", OWNER.address))
    answer = RpcFault(said["code"], said["message"]) if isinstance(said, dict) else said
    node = FaultyNode(
        eth.network.code, eth.anvil.url, "jsonrpc", chain=eth, method=method, said=answer
    )
    with pytest.raises(SourceError):
        verify_contract_wallet(eth.network, node, wallet, CHALLENGE, SignedAnswer(signed()))
