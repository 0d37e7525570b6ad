"""The whole flow on a real EVM node: a deposit to our own wallet, proven by its sender."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from nodes.evm import Chain, start_chain
from outer.desk import Desk, fresh_address, print_time

COIN = 10**18


@pytest.fixture(scope="module")
def eth() -> Iterator[Chain]:
    with start_chain("ETH") as chain:
        yield chain


@pytest.fixture
def desk(tmp_path: Path, store_url: str, eth: Chain, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(tmp_path, store_url)
    made.join(eth)
    return made


class Customer:
    """Somebody with a key of their own and coin on the node."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.key = Account.create()
        self.address: str = self.key.address
        chain.anvil.rpc("anvil_setBalance", self.address, hex(100 * COIN))
        self.sent = 0

    def send(self, to: str, value: int, *, final: bool = True) -> str:
        """A transaction that the key itself signed; four blocks later it is final."""
        plain = {"to": to, "value": value, "nonce": self.sent, "chainId": self.chain.anvil.chain_id}
        signed = self.key.sign_transaction({**plain, "gas": 100_000, "gasPrice": 10**11})
        tx_hash: str = self.chain.anvil.rpc(
            "eth_sendRawTransaction", "0x" + signed.raw_transaction.hex().removeprefix("0x")
        )
        self.sent += 1
        while self.chain.anvil.rpc("eth_getTransactionReceipt", tx_hash) is None:
            time.sleep(0.002)
        if final:
            self.chain.anvil.mine(4)
        return tx_hash

    def sign(self, text: str) -> str:
        signed = self.key.sign_message(encode_defunct(text=text))
        return f"0x{signed.signature.hex().removeprefix('0x')}"


def open_case(desk: Desk, tx_hash: str, user: str = "ulla") -> Any:
    case = desk.done("open", tx_hash, "--user", user, "--actor", "front")
    assert case["state"] == "needs_input", case["check"]["search"]["unreachable"]
    return case


@pytest.fixture
def hot(desk: Desk) -> str:
    address = fresh_address()
    desk.issue("ETH", address, "", role="hot", can_sign="ETH")
    return address


def ask(desk: Desk, case: Any, *args: str) -> Any:
    document = desk.done("prove", case["id"], "--actor", "front", *args)
    assert document["schema"] == "recovery.proof/1"
    return document


def challenge_of(document: Any) -> str:
    (sender,) = document["senders"]
    text: str = sender["challenge"]["text"]
    return text


def answer(desk: Desk, case: Any, customer: Customer, signature: str) -> Any:
    return desk.run(
        "prove",
        case["id"],
        "--address",
        customer.address,
        "--signature",
        signature,
        "--actor",
        "front",
    )


def test_a_signed_challenge_leads_to_the_quote_and_to_both_signatures(
    desk: Desk, eth: Chain, hot: str
) -> None:
    ulla = Customer(eth)
    case = open_case(desk, ulla.send(hot, COIN))
    text = challenge_of(ask(desk, case))
    assert case["id"] in text
    assert ulla.address in text
    assert text.isascii()
    told = answer(desk, case, ulla, ulla.sign(text))
    assert (told.code, told.doc["complete"], told.doc["state"]) == (0, True, "quoted")
    shown = desk.done("case", case["id"])
    (confirmed,) = shown["confirmations"]
    assert (confirmed["condition"], confirmed["actor"]) == ("sender_proof", "desk")
    assert [e["event"] for e in shown["trail"]][-3:] == ["proof_asked", "proof_given", "checked"]
    # the records name nobody: the proof makes it the claimant's own balance
    assert shown["destination"]["kind"] == "credit"
    desk.done("accept", case["id"], "--actor", "front")
    desk.done("sign", case["id"], "--role", "wallet", "--actor", "walt")
    done = desk.done("sign", case["id"], "--role", "clearing", "--actor", "clara")
    assert done["state"] == "approved"
    assert desk.done("audit")["clean"]


def test_the_same_answer_twice_changes_nothing(desk: Desk, eth: Chain, hot: str) -> None:
    ulla = Customer(eth)
    case = open_case(desk, ulla.send(hot, COIN))
    first = ask(desk, case)
    assert challenge_of(ask(desk, case)) == challenge_of(first)
    signature = ulla.sign(challenge_of(first))
    assert answer(desk, case, ulla, signature).code == 0
    before = desk.done("case", case["id"])
    assert answer(desk, case, ulla, signature).code == 0
    assert desk.done("case", case["id"]) == before


def test_a_signature_for_another_case_proves_nothing(desk: Desk, eth: Chain, hot: str) -> None:
    ulla = Customer(eth)
    one = open_case(desk, ulla.send(hot, COIN))
    two = open_case(desk, ulla.send(hot, COIN))
    signature = ulla.sign(challenge_of(ask(desk, one)))
    ask(desk, two)
    told = answer(desk, two, ulla, signature)
    assert (told.code, told.doc["error"]["reference"]) == (1, "wrong-signer")
    assert answer(desk, one, ulla, signature).code == 0
    assert desk.done("case", two["id"])["state"] == "needs_input"


def test_a_strangers_claim_ends_with_his_attempts_and_a_reviewer(
    desk: Desk, eth: Chain, hot: str
) -> None:
    ulla, mallory = Customer(eth), Customer(eth)
    case = open_case(desk, ulla.send(hot, COIN), user="mallory")
    texts = set()
    for _ in range(2):
        text = challenge_of(ask(desk, case))
        texts.add(text)
        for left in range(4, -1, -1):
            told = answer(desk, case, ulla, mallory.sign(text))
            assert told.code == 1
            assert told.doc["error"]["reference"] == "wrong-signer"
            assert f"{left} attempts left" in told.doc["error"]["hint"]
    assert len(texts) == 2
    assert desk.done("case", case["id"])["state"] == "needs_review"
    told = desk.run("prove", case["id"], "--actor", "front")
    assert (told.code, told.doc["error"]["reference"]) == (1, "too-many-attempts")
    # the right key comes too late by itself: a person decides now
    assert answer(desk, case, ulla, ulla.sign(text)).code == 1
    assert desk.done("audit")["clean"]


def test_what_cannot_be_read_is_no_attempt(desk: Desk, eth: Chain, hot: str) -> None:
    ulla = Customer(eth)
    case = open_case(desk, ulla.send(hot, COIN))
    asked = ask(desk, case)
    for junk in ("", "0x", "0x12", "zz" * 65, "0" * 200_000):
        told = answer(desk, case, ulla, junk)
        assert told.code in (1, 2), junk[:10]
    assert desk.done("prove", case["id"], "--actor", "front")["attempts"]["left"] >= 9
    assert challenge_of(asked)
    told = answer(desk, case, Customer(eth), "0x" + "11" * 65)
    assert (told.code, told.doc["error"]["reference"]) == (1, "not-a-sender")


def test_an_expired_challenge_is_refused_and_a_new_one_issued(
    desk: Desk, eth: Chain, hot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ulla = Customer(eth)
    case = open_case(desk, ulla.send(hot, COIN))
    text = challenge_of(ask(desk, case))
    later = datetime.now(UTC) + timedelta(hours=24, minutes=1)
    monkeypatch.setenv("RECOVERY_NOW", print_time(later))
    told = answer(desk, case, ulla, ulla.sign(text))
    assert (told.code, told.doc["error"]["reference"]) == (1, "proof-expired")
    assert challenge_of(ask(desk, case)) != text


def request_of(document: Any) -> Any:
    (sender,) = document["senders"]
    return sender["deposit"]


def strict(desk: Desk, case: Any, tx_hash: str) -> Any:
    return desk.run("prove", case["id"], "--tx", tx_hash, "--actor", "front")


def test_a_verification_deposit_leaves_the_last_word_to_a_reviewer_on_our_own_wallet(
    desk: Desk, eth: Chain, hot: str
) -> None:
    ulla = Customer(eth)
    case = open_case(desk, ulla.send(hot, COIN))
    wanted = request_of(ask(desk, case, "--deposit"))
    assert 0.5 <= int(wanted["amount"]) / COIN * 2000 <= 2
    assert wanted["to"] == hot
    told = strict(desk, case, ulla.send(hot, int(wanted["amount"])))
    assert (told.code, told.doc["state"], told.doc["complete"]) == (0, "needs_review", False)
    assert told.doc["senders"][0]["reviewer"] == "strong_proof"
    # looked at again it stays before the reviewer
    again = desk.done("open", case["claim"]["tx_hash"], "--user", "ulla", "--actor", "front")
    assert (again["id"], again["state"]) == (case["id"], "needs_review")
    seen = ("--condition", "sender_proof", "--reason", "withdrawal record seen", "--actor", "rita")
    assert desk.done("confirm", case["id"], *seen)["state"] == "quoted"
    (line,) = desk.done(
        "prove", case["id"], "--tx", told.doc["verification_deposits"][0]["tx_hash"]
    )["verification_deposits"]
    assert (line["amount"], line["becomes"]) == (wanted["amount"], "credit")
    assert desk.done("audit")["clean"]


def test_what_is_not_the_deposit_proves_nothing(desk: Desk, eth: Chain, hot: str) -> None:
    ulla, mallory = Customer(eth), Customer(eth)
    case = open_case(desk, ulla.send(hot, COIN))
    amount = int(request_of(ask(desk, case, "--deposit"))["amount"])
    wrong = {
        "deposit-other-sender": mallory.send(hot, amount),
        "deposit-wrong-amount": ulla.send(hot, amount + 1),
        "deposit-elsewhere": ulla.send(fresh_address(), amount),
    }
    for reference, tx_hash in wrong.items():
        told = strict(desk, case, tx_hash)
        assert (told.code, told.doc["error"]["reference"]) == (1, reference)
    assert strict(desk, case, ulla.send(hot, amount - 1)).code == 1
    assert desk.done("case", case["id"])["state"] == "needs_input"
    told = strict(desk, case, "0x" + "ab" * 32)
    assert (told.code, told.doc["error"]["reference"]) == (1, "deposit-not-found")
    left = desk.done("prove", case["id"], "--actor", "front")["attempts"]["left"]
    assert left == 6
    assert strict(desk, case, "no hash").code == 2


def test_a_deposit_that_is_not_final_yet_is_no_attempt_and_counts_later(
    desk: Desk, eth: Chain, hot: str
) -> None:
    ulla = Customer(eth)
    case = open_case(desk, ulla.send(hot, COIN))
    amount = int(request_of(ask(desk, case, "--deposit"))["amount"])
    fresh = ulla.send(hot, amount, final=False)
    told = strict(desk, case, fresh)
    assert (told.code, told.doc["error"]["reference"]) == (1, "deposit-not-final")
    eth.anvil.mine(4)
    assert strict(desk, case, fresh).code == 0


def test_a_deposit_of_an_earlier_time_proves_nothing(
    desk: Desk, eth: Chain, hot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ulla = Customer(eth)
    case = open_case(desk, ulla.send(hot, COIN))
    ahead = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setenv("RECOVERY_NOW", print_time(ahead))
    amount = int(request_of(ask(desk, case, "--deposit"))["amount"])
    told = strict(desk, case, ulla.send(hot, amount))
    assert (told.code, told.doc["error"]["reference"]) == (1, "deposit-too-early")


def test_one_deposit_serves_one_case_and_is_not_paid_a_second_time(
    desk: Desk, eth: Chain, hot: str
) -> None:
    ulla = Customer(eth)
    one, two = (open_case(desk, ulla.send(hot, COIN)) for _ in range(2))
    amounts = [int(request_of(ask(desk, case, "--deposit"))["amount"]) for case in (one, two)]
    assert amounts[0] != amounts[1]
    sent = ulla.send(hot, amounts[0])
    assert strict(desk, two, sent).code == 1
    assert strict(desk, one, sent).code == 0
    assert strict(desk, two, sent).code == 1
    # its own transfer, claimed like a deposit of its own
    claimed = desk.done("open", sent, "--user", "ulla", "--actor", "front")
    assert claimed["check"]["verdicts"][0]["cause"] == "duplicate_claim"
    stolen = desk.done("open", sent, "--user", "mallory", "--actor", "front")
    assert stolen["state"] == "held"
    # the case ends without paying: what was sent for it can be claimed again
    desk.done("refuse", one["id"], "--reason", "no", "--actor", "rita")
    free = desk.done("check", sent, "--user", "ulla")
    assert free["verdicts"][0]["cause"] == "sent_to_hot_wallet"


def test_a_known_exchange_is_asked_for_a_larger_amount_and_never_for_a_signature(
    desk: Desk, eth: Chain, hot: str
) -> None:
    wallet = Customer(eth)
    desk.load("exchanges", "network,address,name", ["ETH", wallet.address, "Kraken"])
    case = open_case(desk, wallet.send(hot, COIN))
    document = ask(desk, case)
    (sender,) = document["senders"]
    assert sender["means"] == ["deposit"]
    assert sender["challenge"] is None
    wanted = sender["deposit"]
    assert 10 <= int(wanted["amount"]) / COIN * 2000 <= 20
    told = strict(desk, case, wallet.send(hot, int(wanted["amount"])))
    assert told.doc["state"] == "needs_review"
    assert told.doc["senders"][0]["reviewer"] == "exchange_withdrawal_record"


def test_a_sender_that_is_ours_is_never_asked(desk: Desk, eth: Chain, hot: str) -> None:
    ulla = Customer(eth)
    case = open_case(desk, ulla.send(hot, COIN))
    desk.issue("ETH", ulla.address, "bob")
    told = desk.done("prove", case["id"], "--actor", "front")
    assert told["senders"] == []
    assert (told["state"], told["review"]["code"]) == ("needs_review", "sender_not_eligible")
    assert desk.done("prove", case["id"], "--actor", "front")["state"] == "needs_review"


def test_without_a_node_an_accepted_proof_waits_in_checking_and_is_led_on_later(
    desk: Desk, eth: Chain, hot: str
) -> None:
    ulla = Customer(eth)
    case = open_case(desk, ulla.send(hot, COIN))
    signature = ulla.sign(challenge_of(ask(desk, case)))
    desk.connect("ETH", "http://127.0.0.1:9")
    told = answer(desk, case, ulla, signature)
    assert (told.code, told.doc["state"], told.doc["complete"]) == (0, "checking", True)
    desk.connect("ETH", eth.anvil.url)
    assert answer(desk, case, ulla, signature).doc["state"] == "quoted"


def test_a_case_that_asks_for_no_proof_is_left_alone(desk: Desk, eth: Chain) -> None:
    ulla = Customer(eth)
    mine = fresh_address()
    desk.issue("ETH", mine, "ulla")
    case = desk.done("open", ulla.send(mine, COIN), "--actor", "front")
    assert case["state"] == "in_sign_off"
    told = desk.run("prove", case["id"], "--actor", "front")
    assert told.code == 1
    assert desk.run("prove", "nonsense", "--actor", "front").code == 2


@pytest.mark.parametrize(
    "args",
    [
        ("--signature", "0x12"),
        ("--tx", "0x12", "--deposit"),
        ("--deposit", "--signature", "0x12", "--address", "0x0"),
        ("--public-key", "02"),
        ("--address", "a", "--signature", "@/no/such/file"),
        ("--address", "a", "--signature", "s", "--extra", "novalue"),
    ],
)
def test_options_that_make_no_sense_are_bad_input(desk: Desk, args: tuple[str, ...]) -> None:
    assert desk.run("prove", "some-case", *args).code == 2


def test_a_contract_wallet_answers_for_itself_and_a_node_that_is_away_is_no_answer(
    desk: Desk, eth: Chain, hot: str
) -> None:
    wallet, owner, mallory = Customer(eth), Customer(eth), Customer(eth)
    case = open_case(desk, wallet.send(hot, COIN))
    # from now on a contract stands at the sender's address, and its owner's key is another
    made = eth.deploy("HonestWallet", owner.address)
    eth.anvil.rpc(
        "anvil_setCode", wallet.address, eth.anvil.rpc("eth_getCode", made.address, "latest")
    )
    slot = eth.anvil.rpc("eth_getStorageAt", made.address, "0x0", "latest")
    eth.anvil.rpc("anvil_setStorageAt", wallet.address, "0x" + "00" * 32, slot)
    eth.anvil.mine()
    text = challenge_of(ask(desk, case))
    assert answer(desk, case, wallet, mallory.sign(text)).code == 1
    url = eth.anvil.url
    desk.connect("ETH", "http://127.0.0.1:9")
    told = answer(desk, case, wallet, owner.sign(text))
    assert told.code == 3
    desk.connect("ETH", url)
    told = answer(desk, case, wallet, owner.sign(text))
    assert (told.code, told.doc["senders"][0]["proven_by"]) == (0, "erc1271")
    assert told.doc["attempts"]["refused"] == 1


def test_a_deposit_that_a_reorganisation_takes_back_never_counts(
    tmp_path: Path, sqlite_url: str
) -> None:
    with start_chain("ETH") as fresh:
        desk = Desk(tmp_path, sqlite_url)
        desk.join(fresh)
        hot = fresh_address()
        desk.issue("ETH", hot, "", role="hot", can_sign="ETH")
        ulla = Customer(fresh)
        case = open_case(desk, ulla.send(hot, COIN))
        amount = int(request_of(ask(desk, case, "--deposit"))["amount"])
        sent = ulla.send(hot, amount, final=False)
        assert strict(desk, case, sent).doc["error"]["reference"] == "deposit-not-final"
        fresh.anvil.rpc("anvil_reorg", 1, [])
        fresh.anvil.rpc("anvil_dropTransaction", sent)
        fresh.anvil.mine(4)
        told = strict(desk, case, sent)
        assert told.code == 1
        assert told.doc["error"]["reference"] in ("deposit-not-found", "deposit-pending")
        assert desk.done("case", case["id"])["state"] == "needs_input"
