"""Stories on a Bitcoin node of another make: bcoin on regtest, which knows no verbosity 2 and no
index report, and says "not found" in its own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from nodes.bcoin import Bcoin, run_bcoin

from recovery.chains.family import Absent, FetchOutcome, RawTx
from recovery.chains.source import Node
from recovery.chains.utxo.family import FAMILY
from recovery.errors import Unhealthy
from recovery.model import Evidence, TransferKind, TxStatus
from recovery.networks import Network, load_registry

Ask = Callable[[Network, str, Sequence[str]], list[FetchOutcome]]
Look = Callable[[Network, str, str], Evidence]

pytestmark = pytest.mark.xdist_group("bcoin")


@pytest.fixture(scope="module")
def bcoin() -> Iterator[Bcoin]:
    with run_bcoin(blocks=110) as node:
        yield node


@pytest.fixture
def btc() -> Network:
    return load_registry()["BTC"].with_profile("bcoin-regtest")


def test_a_payment_is_pending_then_confirmed_then_final(
    bcoin: Bcoin, btc: Network, look: Look
) -> None:
    address = bcoin.new_address()
    txid = bcoin.pay({address: 12_345_678, bcoin.new_address(): 70_000})
    waiting = look(btc, bcoin.url, txid)
    assert waiting.status is TxStatus.PENDING
    assert [n.code for n in waiting.notes] == ["rbf_not_signalled"]
    bcoin.mine()
    seen = look(btc, bcoin.url, txid)
    assert (seen.status, seen.confirmations, seen.final) == (TxStatus.CONFIRMED, 1, False)
    assert {t.recipient.address: t.amount for t in seen.transfers}[address] == 12_345_678
    assert seen.fee is not None
    assert seen.fee == waiting.fee
    assert sum(t.amount for t in seen.transfers) + seen.fee.amount == 50 * 10**8
    bcoin.mine(5)
    assert look(btc, bcoin.url, txid).final


def test_a_batch_tells_the_known_from_the_unknown(bcoin: Bcoin, btc: Network, ask: Ask) -> None:
    txid = bcoin.pay({bcoin.new_address(): 20_000})
    known, unknown = ask(btc, bcoin.url, [txid, "cd" * 32])
    assert isinstance(known, RawTx)
    assert isinstance(unknown, Absent)
    bcoin.mine()


def test_a_payment_whose_block_is_reorganised_away_is_confirmed_no_more(
    btc: Network, ask: Ask, look: Look
) -> None:
    with run_bcoin(blocks=105) as node:
        txid = node.pay({node.new_address(): 50_000})
        (block_hash,) = node.mine()
        assert look(btc, node.url, txid).status is TxStatus.CONFIRMED
        node.rpc("invalidateblock", block_hash)
        (gone,) = ask(btc, node.url, [txid])
        assert isinstance(gone, Absent)  # bcoin does not take it back into its mempool


def test_a_fresh_coinbase_is_locked(bcoin: Bcoin, btc: Network, look: Look) -> None:
    (block_hash,) = bcoin.mine()
    block = bcoin.rpc("getblock", block_hash)
    evidence = look(btc, bcoin.url, block["tx"][0])
    reward = evidence.transfers[0]
    assert (reward.kind, reward.special) == (TransferKind.REWARD, True)
    assert reward.unlock_at == block["height"] + 100


def test_the_cost_is_the_quiet_chains_where_the_node_can_not_estimate(
    bcoin: Bcoin, btc: Network, look: Look, node_of: Callable[..., Node]
) -> None:
    txid = bcoin.pay({bcoin.new_address(): 20_000})
    evidence = look(btc, bcoin.url, txid)
    (line,) = FAMILY.fetch_cost(btc, node_of(btc, bcoin.url), evidence.transfers[0]).lines
    assert line.amount == 202  # 10.5 + 148 + 43 vB at 1
    bcoin.mine()


def test_it_is_not_believed_as_bitcoins_main_chain_or_as_bitcoin_cash(
    bcoin: Bcoin, node_of: Callable[..., Node]
) -> None:
    for code in ("BTC", "BCH"):
        network = load_registry()[code]
        with pytest.raises(Unhealthy, match="another chain"):
            FAMILY.fetch_health(network, node_of(network, bcoin.url))


def test_the_raw_bytes_confirm_an_honest_answer(bcoin: Bcoin, btc: Network, ask: Ask) -> None:
    txid = bcoin.pay({bcoin.new_address(): 30_000})
    (raw,) = ask(btc, bcoin.url, [txid])
    assert isinstance(raw, RawTx)
    assert FAMILY.verify is not None
    FAMILY.verify(btc, raw, FAMILY.decode(btc, raw))
    bcoin.mine()
