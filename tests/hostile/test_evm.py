"""Tricks on EVM networks, done on a real node: nothing is credited, or what was delivered."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from hostile.line import Line, Outcome, find_story
from nodes.evm import Chain, start_chain

from recovery.chains.evm.codec import checksum_address
from recovery.config import EndpointConfig
from recovery.demo.fixtures import RpcExchange

ETHER = 10**18
COIN = "eip155:1/slip44:60"
USDT = {"erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7": ("USDT", 6)}
US = "0xe49450666d877f87591a8C0e8ae255D40Fd8edf2"


class Mark:
    """Our deposit address on a real node, with the imitated token deployed and listed."""

    def __init__(self, line: Line, chain: Chain) -> None:
        self.line, self.chain = line, chain
        self.ours = checksum_address(secrets.token_bytes(20))
        line.connect("ETH", EndpointConfig(url=chain.anvil.url))
        line.own("ETH", self.ours)

    def token(self, name: str, *arguments: Any) -> tuple[Any, str]:
        token = self.chain.deploy(name, *arguments)
        address = checksum_address(bytes.fromhex(token.address[2:]))
        return token, f"eip155:1/erc20:{address}"

    def list_tether(self) -> tuple[Any, str]:
        real, asset = self.token("Erc20", "Tether USD", "USDT", 6, 10**30)
        self.line.list_asset("ETH", asset, "USDT", 6, name="Tether USD")
        return real, asset

    def check(self, tx_hash: str, *, blocks: int = 3, user: str = "ulla") -> Outcome:
        self.chain.anvil.mine(blocks)
        return self.line.check(tx_hash, "ETH", user=user, address=self.ours)


@pytest.fixture
def mark(line: Line, eth: Chain) -> Mark:
    return Mark(line, eth)


def test_an_honest_payment_is_credited(mark: Mark) -> None:
    """The mark is a good one: what is real is booked, to the unit."""
    real, asset = mark.list_tether()
    assert mark.check(real.send("transfer", mark.ours, 5_000_000)).money == {asset: 5_000_000}


def test_a_token_that_answers_false_paid_nobody(mark: Mark) -> None:
    token, asset = mark.token("FalseToken")
    mark.line.list_asset("ETH", asset, "FALSE", 18)
    assert mark.check(token.send("transfer", mark.ours, ETHER)).money == {}


def test_a_transfer_event_without_a_movement_is_counterfeit(mark: Mark, eth: Chain) -> None:
    """The name is its own, and nothing is imitated: the balance alone tells."""
    token, _ = mark.token("LyingToken")
    outcome = mark.check(token.send("claim", eth.account(0), mark.ours, 10**12))
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_an_event_of_a_contract_that_is_not_the_token_is_another_asset(
    mark: Mark, eth: Chain
) -> None:
    mark.list_tether()
    forger, _ = mark.token("LyingToken")
    outcome = mark.check(forger.send("claim", eth.account(0), mark.ours, 10**12))
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_a_listed_fee_on_transfer_token_is_worth_what_arrived(mark: Mark) -> None:
    token, asset = mark.token("FeeToken")
    mark.line.list_asset("ETH", asset, "FEE", 18, flags="fee_on_transfer")
    outcome = mark.check(token.send("transfer", mark.ours, 100 * ETHER))
    assert outcome.money == {asset: 90 * ETHER}


def test_an_inner_call_that_paid_us_and_reverted_paid_nobody(mark: Mark, eth: Chain) -> None:
    payer = eth.deploy("Payer")
    assert mark.check(payer.send("swallow", mark.ours, ETHER, value=ETHER)).money == {}


def test_the_value_of_a_delegatecall_moved_nowhere(mark: Mark, eth: Chain) -> None:
    payer, target = eth.deploy("Payer"), eth.deploy("Payer")
    mark.ours = checksum_address(bytes.fromhex(target.address[2:]))
    mark.line.own("ETH", mark.ours)
    assert mark.check(payer.send("delegated", target.address, value=ETHER)).money == {}


def test_a_zero_value_transfer_from_is_poison(mark: Mark, eth: Chain) -> None:
    real, _ = mark.list_tether()
    tx_hash = real.send("transferFrom", eth.account(1), mark.ours, 0, from_=eth.account(9))
    outcome = mark.check(tx_hash)
    assert outcome.money == {}
    assert outcome.causes == {"dust_or_poisoning"}


def test_an_approval_is_no_payment(mark: Mark) -> None:
    real, _ = mark.list_tether()
    assert mark.check(real.send("approve", mark.ours, 10**30)).money == {}


def test_an_nfts_number_is_no_amount(mark: Mark, eth: Chain) -> None:
    art, _ = mark.token("Erc721")
    outcome = mark.check(art.send("mint", mark.ours, 10**20))
    assert outcome.credited == {}
    assert outcome.causes == {"nft"}


def test_items_of_a_batch_are_no_amounts(mark: Mark, eth: Chain) -> None:
    items, _ = mark.token("Erc1155")
    outcome = mark.check(items.send("batch", mark.ours, [7, 8], [10**18, 10**18]))
    assert outcome.credited == {}
    assert outcome.causes == {"nft"}


@pytest.mark.parametrize(
    "symbol", ["USDТ", "ՍSDT", "US\u200bDT", "\u202eTDSU", "U\u0455DT"], ids=ascii
)
def test_a_look_alike_symbol_in_another_alphabet_is_counterfeit(mark: Mark, symbol: str) -> None:
    """Cyrillic, Armenian, a zero-width space, text turned round, a Cyrillic small letter."""
    mark.list_tether()
    fake, _ = mark.token("Erc20", "Dollar", symbol, 6, 10**30)
    outcome = mark.check(fake.send("transfer", mark.ours, 5_000_000))
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_a_token_that_calls_itself_by_the_coins_name_is_counterfeit(mark: Mark) -> None:
    fake, _ = mark.token("Erc20", "Ether", "ETH", 18, 10**30)
    outcome = mark.check(fake.send("transfer", mark.ours, ETHER))
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_a_token_that_says_other_decimals_is_booked_by_the_listings(mark: Mark) -> None:
    """Amounts are base units of the contract; what it says of decimals multiplies nothing."""
    token, asset = mark.token("Erc20", "My Token", "MYT", 0, 10**30)
    mark.line.list_asset("ETH", asset, "MYT", 18)
    assert mark.check(token.send("transfer", mark.ours, 7)).money == {asset: 7}


def test_a_transaction_that_reverted_paid_nobody(mark: Mark, eth: Chain) -> None:
    token, asset = mark.token("Erc20", "T", "T", 6, 10)
    mark.line.list_asset("ETH", asset, "T", 6)
    outcome = mark.check(token.send("transfer", mark.ours, 11))
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_what_a_destroyed_contract_pays_is_looked_at(mark: Mark, eth: Chain) -> None:
    bomb = eth.deploy("Bomb", value=ETHER)
    outcome = mark.check(bomb.send("explode", mark.ours))
    assert outcome.money[COIN] <= ETHER


def test_a_block_that_can_be_undone_waits(line: Line, fresh: Chain) -> None:
    mark = Mark(line, fresh)
    tx_hash = fresh.anvil.send(from_=fresh.account(0), to=mark.ours, value=ETHER)
    outcome = mark.check(tx_hash, blocks=0)
    assert outcome.money == {}
    assert outcome.causes == {"awaiting_confirmations"}


def test_two_transactions_of_one_nonce_are_one_payment(line: Line, fresh: Chain) -> None:
    """Replace by fee, seen twice: the first never happened."""
    mark, gwei, sender = Mark(line, fresh), 10**9, fresh.account(0)
    fresh.anvil.hold()

    def offer(tip: int, to: str) -> str:
        fees = {"maxFeePerGas": 9 * tip * gwei, "maxPriorityFeePerGas": tip * gwei}
        return fresh.anvil.send(from_=sender, to=to, value=ETHER, nonce=0, **fees)

    first = offer(1, mark.ours)
    second = offer(5, mark.ours)
    assert mark.check(second).money == {COIN: ETHER}
    assert mark.check(first).money == {}


def test_a_payment_in_a_block_that_was_replaced_is_gone(line: Line, fresh: Chain) -> None:
    mark = Mark(line, fresh)
    tx_hash = fresh.anvil.send(from_=fresh.account(0), to=mark.ours, value=ETHER)
    assert mark.check(tx_hash).money == {COIN: ETHER}
    fresh.anvil.rpc("anvil_reorg", 4, [])
    assert mark.check(tx_hash).money == {}


def test_a_deposit_that_a_stranger_claims_is_held(mark: Mark, eth: Chain) -> None:
    tx_hash = eth.anvil.send(from_=eth.account(0), to=mark.ours, value=ETHER)
    outcome = mark.check(tx_hash, user="eve")
    assert outcome.money == {}
    assert outcome.causes == {"claimant_mismatch"}


def test_a_node_of_another_chain_is_not_believed(line: Line) -> None:
    with start_chain("BSC") as other:
        mark = Mark(line, other)
        tx_hash = other.anvil.send(from_=other.account(0), to=mark.ours, value=ETHER)
        outcome = mark.check(tx_hash)
    assert outcome.money == {}
    assert outcome.unreachable


def test_two_nodes_that_disagree_lead_to_a_review(line: Line) -> None:
    """The second node tells of half the amount."""
    honest = find_story("ETH/token-transfer")
    lying = _with_receipt(honest, lambda log: log | {"data": f"0x{460_000_000:064x}"})
    with line.serve(honest) as one, line.serve(lying) as two:
        line.connect("ETH", one, two)
        assert honest.evidence is not None
        line.own("ETH", honest.evidence["transfers"][0]["recipient"])
        for asset, (symbol, decimals) in USDT.items():
            line.list_asset("ETH", f"eip155:1/{asset}", symbol, decimals)
        outcome = line.check(honest.tx_hash, "ETH")
    assert outcome.money == {}
    assert outcome.causes == {"needs_review"}


def test_a_receipt_of_the_replacing_transaction_is_refused(line: Line) -> None:
    """Of two transactions with one nonce a node tells one receipt, as if both had happened."""
    story = _changed(
        find_story("ETH/native-transfer"), lambda r: r | {"transactionHash": f"0x{1:064x}"}
    )
    outcome = line.play(story, ours=_payee(story))
    assert outcome.money == {}
    assert outcome.unreachable


@pytest.mark.parametrize("name", ["transactionHash", "blockHash"])
def test_a_log_of_another_transaction_is_refused(line: Line, name: str) -> None:
    story = _with_receipt(find_story("ETH/token-transfer"), lambda log: log | {name: f"0x{1:064x}"})
    outcome = line.play(story, ours=_payee(story), listed=USDT)
    assert outcome.money == {}
    assert outcome.unreachable


def test_a_log_that_is_told_twice_is_refused(line: Line) -> None:
    story = _with_receipt(find_story("ETH/native-transfer-logs"), lambda log: log, twice=True)
    outcome = line.play(story, ours=_payee(story))
    assert outcome.money == {}
    assert outcome.unreachable


def test_coin_logged_otherwise_than_it_was_sent_is_refused(line: Line) -> None:
    """A chain that logs native coin (EIP-7708) logs the transaction's own value too."""
    story = find_story("ETH/native-transfer-logs")
    lying = _with_receipt(story, lambda log: log | {"data": f"0x{9 * ETHER:064x}"})
    outcome = line.play(lying, ours=_payee(story))
    assert outcome.money == {}
    assert outcome.unreachable


def _payee(story: Any) -> str:
    return str(story.evidence["transfers"][0]["recipient"])


def _with_receipt(story: Any, change: Any, *, twice: bool = False) -> Any:
    """The story, with the first log of its receipt changed, or told twice."""

    def changed(receipt: Any) -> Any:
        first, *rest = receipt["logs"]
        return receipt | {"logs": [change(first), *([first] if twice else []), *rest]}

    return _changed(story, changed)


def _changed(story: Any, change: Any) -> Any:
    """The story with another receipt."""
    exchanges = tuple(
        e.model_copy(update={"result": change(e.result)})
        if isinstance(e, RpcExchange) and e.rpc == "eth_getTransactionReceipt"
        else e
        for e in story.exchanges
    )
    return story.model_copy(update={"exchanges": exchanges})


def test_a_call_that_emits_no_transfer_is_no_transfer(line: Line) -> None:
    """transfer(…) was called, succeeded, and moved no token."""
    called = {"erc20:0xc3CA38091061e3E5358A52d74730F16C60cA9c26": ("TOK", 18)}
    named = "0x845af04ebd9c61ff64625688674642ada5d5cec0"
    outcome = line.play("ETH/token-call-without-event", ours=named, listed=called)
    assert outcome.money == {}


def test_a_bundle_credits_what_its_operation_moved(line: Line) -> None:
    """ERC-4337: the bundler's call succeeds whatever its operations do; the token's event counts."""
    outcome = line.play("ETH/user-operation", ours=US, listed=USDT)
    assert outcome.money == {"eip155:1/" + next(iter(USDT)): 2_500_000}


def test_a_node_without_traces_proves_no_absence_and_no_payment(line: Line) -> None:
    outcome = line.play("ETH/no-traces", ours=US)
    assert outcome.money == {}
    assert outcome.causes == {"needs_review"}


def test_a_coins_token_face_counts_once(line: Line) -> None:
    outcome = line.play("POL/native-by-its-token-face", ours=US)
    assert outcome.money == {"eip155:137/slip44:966": ETHER}


def test_a_preconfirmed_block_is_pending(line: Line) -> None:
    outcome = line.play("BASE/preconfirmed", ours=US)
    assert outcome.money == {}
    assert outcome.causes == {"pending_in_mempool"}


def test_a_retryable_ticket_waits_for_its_redemption(line: Line) -> None:
    assert line.play("ARB/retryable-ticket", ours=US).credited == {}


def test_the_refund_of_a_failed_deposit_is_not_guessed(line: Line) -> None:
    ours = "0xaa29B9c5F52cC8eBce9ac5752e7f87AB01CC2277"
    assert line.play("ZKSYNC/failed-from-ethereum", ours=ours).money == {}


def test_the_value_of_a_failed_deposit_stays_with_its_sender(line: Line) -> None:
    """OP-stack deposits mint for their sender whatever the call then does: its recipient got nothing."""
    ours = "0xaa29B9c5F52cC8eBce9ac5752e7f87AB01CC2277"
    assert line.play("OP/failed-deposit-keeps-its-mint", ours=ours).money == {}
