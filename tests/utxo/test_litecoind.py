"""Whole stories on a real node of the Core 0.21 dialect: litecoind on regtest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from nodes.litecoind import Litecoind, run_litecoind

from recovery.chains.codecs import parse_address
from recovery.chains.family import Absent, FetchOutcome, RawTx
from recovery.chains.source import Node
from recovery.chains.utxo.family import FAMILY
from recovery.errors import SourceError, Unhealthy
from recovery.model import Evidence, Gap, Replacement, Transfer, TransferKind, TxStatus
from recovery.networks import Network, load_registry

Ask = Callable[[Network, str, Sequence[str]], list[FetchOutcome]]
Look = Callable[[Network, str, str], Evidence]
NodeOf = Callable[..., Node]

pytestmark = pytest.mark.xdist_group("litecoind")

UNKNOWN = "ab" * 32


def paid_to(evidence: Evidence, address: str) -> Transfer:
    (transfer,) = [t for t in evidence.transfers if t.recipient.address == address]
    return transfer


def note_codes(evidence: Evidence) -> list[str]:
    return [note.code for note in evidence.notes]


def fund(node: Litecoind, address: str, coins: str = "1.5") -> str:
    txid: str = node.rpc("sendtoaddress", address, Decimal(coins))
    return txid


def test_several_outputs_are_several_transfers_with_exact_amounts_senders_and_fee(
    litecoind: Litecoind, ltc: Network, look: Look
) -> None:
    first = litecoind.rpc("getnewaddress", "", "bech32")
    second = litecoind.rpc("getnewaddress", "", "legacy")
    txid = litecoind.rpc("sendmany", "", {first: Decimal("0.00054601"), second: Decimal("2.1")})
    (block_hash,) = litecoind.mine()
    evidence = look(ltc, litecoind.url, txid)
    assert evidence.status is TxStatus.CONFIRMED
    assert evidence.block is not None
    assert evidence.block.hash == block_hash
    assert (evidence.confirmations, evidence.required_confirmations) == (1, 24)
    assert not evidence.final
    assert len(evidence.transfers) == 3  # the change too
    assert [t.position for t in evidence.transfers] == ["vout:0", "vout:1", "vout:2"]
    assert paid_to(evidence, first).amount == 54_601
    assert paid_to(evidence, second).amount == 210_000_000
    wallet = litecoind.rpc("gettransaction", txid)
    assert evidence.fee is not None
    assert evidence.fee.amount == int(-wallet["fee"] * 10**8)
    assert evidence.gaps == frozenset()
    (sender,) = evidence.transfers[0].senders
    assert litecoind.rpc("getaddressinfo", sender.address)["ismine"]


def test_a_batch_of_hashes_gives_each_its_own_answer_in_order(
    litecoind: Litecoind, ltc: Network, ask: Ask
) -> None:
    txids = [fund(litecoind, litecoind.rpc("getnewaddress"), f"0.0{i + 1}") for i in range(9)]
    litecoind.mine()
    asked = [*txids[:5], UNKNOWN, *txids[5:], txids[0]]
    outcomes = ask(ltc, litecoind.url, asked)
    assert [o.tx_hash for o in outcomes if not isinstance(o, SourceError)] == asked
    assert isinstance(outcomes[5], Absent)
    assert sum(isinstance(o, RawTx) for o in outcomes) == 10


def test_a_transaction_in_the_mempool_is_pending_and_says_whether_it_may_be_replaced(
    litecoind: Litecoind, ltc: Network, look: Look
) -> None:
    address = litecoind.rpc("getnewaddress")
    plain = fund(litecoind, address)
    raised = litecoind.rpc("sendtoaddress", address, 1, "", "", False, True)
    for txid, code in ((plain, "rbf_not_signalled"), (raised, "rbf_signalled")):
        evidence = look(ltc, litecoind.url, txid)
        assert evidence.status is TxStatus.PENDING
        assert evidence.block is None
        assert (evidence.confirmations, evidence.final) == (0, False)
        assert note_codes(evidence) == [code]
        assert evidence.fee is not None
    litecoind.mine()


def test_after_24_blocks_the_payment_is_final(
    litecoind: Litecoind, ltc: Network, look: Look
) -> None:
    txid = fund(litecoind, litecoind.rpc("getnewaddress"))
    litecoind.mine(23)
    assert not look(ltc, litecoind.url, txid).final
    litecoind.mine(1)
    assert look(ltc, litecoind.url, txid).final


def test_a_replaced_transaction_is_gone_and_its_replacement_is_named_once_final(
    litecoind: Litecoind, ltc: Network, ask: Ask, node_of: NodeOf
) -> None:
    address = litecoind.rpc("getnewaddress")
    txid = litecoind.rpc("sendtoaddress", address, Decimal("0.7"), "", "", False, True)
    (seen,) = ask(ltc, litecoind.url, [txid])
    assert isinstance(seen, RawTx)
    node = node_of(ltc, litecoind.url)
    assert FAMILY.fetch_replacement is not None
    assert FAMILY.fetch_replacement(ltc, node, seen) is None  # still waiting
    bumped = litecoind.rpc("bumpfee", txid, {"fee_rate": 100})["txid"]
    (gone,) = ask(ltc, litecoind.url, [txid])
    assert isinstance(gone, Absent)
    assert FAMILY.fetch_replacement(ltc, node, seen) is None  # the conflict is in no block yet
    litecoind.mine(1)
    assert FAMILY.fetch_replacement(ltc, node, seen) is None  # nor final
    litecoind.mine(23)
    assert FAMILY.fetch_replacement(ltc, node, seen) == Replacement(bumped)
    litecoind.mine(101)
    assert FAMILY.fetch_replacement(ltc, node, seen) == Replacement(None)  # too deep to name


def test_a_transaction_that_was_mined_after_all_was_not_replaced(
    litecoind: Litecoind, ltc: Network, ask: Ask, node_of: NodeOf
) -> None:
    txid = fund(litecoind, litecoind.rpc("getnewaddress"))
    (seen,) = ask(ltc, litecoind.url, [txid])
    assert isinstance(seen, RawTx)
    litecoind.mine(24)
    assert FAMILY.fetch_replacement is not None
    assert FAMILY.fetch_replacement(ltc, node_of(ltc, litecoind.url), seen) is None


def test_a_reorganised_block_orphans_its_coinbase_and_returns_its_payments_to_the_mempool(
    ltc: Network, look: Look
) -> None:
    with run_litecoind(blocks=101) as node:
        txid = fund(node, node.rpc("getnewaddress"))
        (block_hash,) = node.mine()
        coinbase = node.rpc("getblock", block_hash)["tx"][0]
        assert look(ltc, node.url, txid).status is TxStatus.CONFIRMED
        node.rpc("invalidateblock", block_hash)
        lost = look(ltc, node.url, coinbase)
        assert lost.status is TxStatus.ORPHANED
        assert (lost.confirmations, lost.final) == (0, False)
        assert lost.block is not None
        assert lost.block.hash == block_hash
        assert "stale_block" in note_codes(lost)
        assert look(ltc, node.url, txid).status is TxStatus.PENDING
        node.rpc("generateblock", node.rpc("getnewaddress"), [])
        node.rpc("generateblock", node.rpc("getnewaddress"), [])
        assert look(ltc, node.url, coinbase).status is TxStatus.ORPHANED


def test_a_coinbase_output_is_a_special_reward_locked_until_it_is_ripe(
    litecoind: Litecoind, ltc: Network, look: Look
) -> None:
    miner = litecoind.rpc("getnewaddress")
    (block_hash,) = litecoind.mine(1, to=miner)
    block = litecoind.rpc("getblock", block_hash)
    reward = paid_to(look(ltc, litecoind.url, block["tx"][0]), miner)
    assert reward.kind is TransferKind.REWARD
    assert (reward.type, reward.special) == ("coinbase", True)
    assert reward.unlock_at == block["height"] + 100
    assert reward.senders == ()
    litecoind.mine(98)
    assert paid_to(look(ltc, litecoind.url, block["tx"][0]), miner).unlock_at is not None
    litecoind.mine(1)  # the next block may spend it
    assert paid_to(look(ltc, litecoind.url, block["tx"][0]), miner).unlock_at is None


def test_ltc_sent_to_a_key_issued_for_doge_meets_the_same_key(
    litecoind: Litecoind, ltc: Network, look: Look
) -> None:
    doge = load_registry()["DOGE"]
    issued = parse_address(doge, "DFxLFMAJWaNYA7TVTUstzPMFRSevAwTSLq")
    script = f"76a914{issued.key.payload.hex()}88ac"
    typed = litecoind.rpc("decodescript", script)["addresses"][0]
    txid = fund(litecoind, typed)
    litecoind.mine()
    transfer = paid_to(look(ltc, litecoind.url, txid), parse_address(ltc, typed).text)
    assert transfer.recipient.key == issued.key


def test_an_old_3_address_and_the_new_form_are_one_recipient(
    litecoind: Litecoind, ltc: Network, look: Look
) -> None:
    new = litecoind.rpc("getnewaddress", "", "p2sh-segwit")
    key = parse_address(ltc, new).key
    old = old_form(key.payload, version=196)
    assert old != new
    txid = fund(litecoind, old)
    litecoind.mine()
    transfer = paid_to(look(ltc, litecoind.url, txid), parse_address(ltc, old).text)
    assert transfer.recipient.key == key
    main = load_registry()["LTC"]
    m_form = parse_address(main, old_form(key.payload, version=50))
    assert parse_address(main, old_form(key.payload, version=5)) == m_form


def old_form(payload: bytes, *, version: int) -> str:
    from base58_bech32.base58 import b58encode_check

    return b58encode_check(bytes([version]) + payload).decode()


def test_a_bare_multisig_that_names_our_key_pays_nobody_we_know(
    litecoind: Litecoind, ltc: Network, look: Look
) -> None:
    ours = litecoind.rpc("getnewaddress", "", "legacy")
    key = litecoind.rpc("getaddressinfo", ours)["pubkey"]
    other = "02" + "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    txid = send_to_script(litecoind, f"5121{key}21{other}52ae", coins="0.3")
    evidence = look(ltc, litecoind.url, txid)
    (multisig,) = [t for t in evidence.transfers if t.type == "multisig"]
    assert multisig.recipient.address is None
    assert multisig.recipient.key is not None
    assert multisig.recipient.key.scheme == "script"
    assert multisig.recipient.key != parse_address(ltc, ours).key
    assert "bare_multisig" in note_codes(evidence)


def test_an_op_return_is_a_transfer_of_nothing_and_an_omni_claim_stays_unproven(
    litecoind: Litecoind, ltc: Network, look: Look
) -> None:
    payload = b"omni" + bytes(4) + (31).to_bytes(4, "big") + (2_500_000).to_bytes(8, "big")
    raw = litecoind.rpc("createrawtransaction", [], [{"data": payload.hex()}])
    funded = litecoind.rpc("fundrawtransaction", raw)["hex"]
    signed = litecoind.rpc("signrawtransactionwithwallet", funded)["hex"]
    txid = litecoind.rpc("sendrawtransaction", signed)
    litecoind.mine()
    evidence = look(ltc, litecoind.url, txid)
    (carrier,) = [t for t in evidence.transfers if t.type == "nulldata"]
    assert (carrier.amount, carrier.recipient.address) == (0, None)
    (note,) = [n for n in evidence.notes if n.code == "omni"]
    assert "2500000 units of property 31" in note.text
    assert Gap.TOKEN_VALIDITY in evidence.gaps


def send_to_script(node: Litecoind, script: str, *, coins: str) -> str:
    """Pay a script that has no address, past the wallet, which knows addresses only."""
    burn = node.rpc("getnewaddress", "", "legacy")
    raw = node.rpc("createrawtransaction", [], [{burn: Decimal(coins)}])
    stand_in = node.rpc("getaddressinfo", burn)["scriptPubKey"]
    swapped = raw.replace(f"{len(stand_in) // 2:02x}{stand_in}", f"{len(script) // 2:02x}{script}")
    funded = node.rpc("fundrawtransaction", swapped)["hex"]
    signed = node.rpc("signrawtransactionwithwallet", funded)["hex"]
    txid: str = node.rpc("sendrawtransaction", signed)
    node.mine()
    return txid


def test_a_hash_nobody_knows_is_absent(litecoind: Litecoind, ltc: Network, ask: Ask) -> None:
    (outcome,) = ask(ltc, litecoind.url, [UNKNOWN])
    assert isinstance(outcome, Absent)


def test_a_node_said_to_keep_recent_history_proves_no_absence(
    litecoind: Litecoind, ltc: Network, node_of: NodeOf
) -> None:
    node = node_of(ltc, litecoind.url, history="recent")
    (outcome,) = FAMILY.fetch(ltc, node, [UNKNOWN])
    assert isinstance(outcome, Unhealthy)


def test_a_node_without_a_transaction_index_is_not_believed(ltc: Network, node_of: NodeOf) -> None:
    with run_litecoind(index=False, blocks=2) as node, pytest.raises(Unhealthy, match="txindex"):
        FAMILY.fetch(ltc, node_of(ltc, node.url), [UNKNOWN])


def test_a_node_on_another_chain_is_not_believed(
    litecoind: Litecoind, ask: Ask, node_of: NodeOf
) -> None:
    main = load_registry()["LTC"]
    with pytest.raises(Unhealthy, match="another chain"):
        ask(main, litecoind.url, [UNKNOWN])
    doge = load_registry()["DOGE"].with_profile("regtest")
    with pytest.raises(Unhealthy, match="another chain"):
        FAMILY.fetch_health(doge, node_of(doge, litecoind.url))


def test_health_names_height_time_history_and_version(
    litecoind: Litecoind, ltc: Network, node_of: NodeOf
) -> None:
    health = FAMILY.fetch_health(ltc, node_of(ltc, litecoind.url))
    assert health.height == litecoind.rpc("getblockcount")
    assert health.time is not None
    assert health.history == "full"
    assert "LitecoinCore" in (health.version or "")


def test_the_cost_follows_the_script_and_never_falls_below_the_nodes_floor(
    litecoind: Litecoind, ltc: Network, look: Look, node_of: NodeOf
) -> None:
    addresses = {kind: litecoind.rpc("getnewaddress", "", kind) for kind in ("bech32", "legacy")}
    txid = litecoind.rpc("sendmany", "", {a: Decimal("0.1") for a in addresses.values()})
    litecoind.mine()
    evidence = look(ltc, litecoind.url, txid)
    node = node_of(ltc, litecoind.url)
    costs = {}
    for kind, address in addresses.items():
        cost = FAMILY.fetch_cost(ltc, node, paid_to(evidence, address))
        assert cost.asset == ltc.native_asset
        (line,) = cost.lines
        assert line.code == "network_cost"
        costs[kind] = line.amount
    assert costs["legacy"] > costs["bech32"] >= 121.5  # at least 1 litoshi a vB
    assert costs["bech32"] == 1215  # 10.5 + 68 + 43 vB at the quiet chain's 10


def test_the_raw_bytes_confirm_an_honest_answer(
    litecoind: Litecoind, ltc: Network, ask: Ask
) -> None:
    txid = fund(litecoind, litecoind.rpc("getnewaddress"))
    litecoind.mine()
    (raw,) = ask(ltc, litecoind.url, [txid])
    assert isinstance(raw, RawTx)
    assert FAMILY.verify is not None
    FAMILY.verify(ltc, raw, FAMILY.decode(ltc, raw))


def test_coins_that_leave_mweb_are_locked_six_blocks_and_come_from_nobody(
    ltc: Network, look: Look
) -> None:
    with run_litecoind(mweb=True, blocks=431) as node:
        hidden = node.rpc("getnewaddress", "", "mweb")
        peg_in = fund(node, hidden, "5")
        node.mine()
        went_in = look(ltc, node.url, peg_in)
        assert "wrong_layer" in note_codes(went_in)
        assert "witness_mweb_pegin" in {t.type for t in went_in.transfers}
        assert went_in.fee is None
        node.mine(10)
        outside = node.rpc("getnewaddress", "", "bech32")
        spend_hidden(node, outside)
        (block_hash,) = node.mine()
        hogex = node.rpc("getblock", block_hash)["tx"][-1]
        evidence = look(ltc, node.url, hogex)
        out = paid_to(evidence, outside)
        assert (out.type, out.special, out.amount) == ("mweb_peg_out", True, 100_000_000)
        assert out.unlock_at == node.rpc("getblockcount") + 6
        assert [(p.address, p.key) for p in out.senders] == [(None, None)]
        assert evidence.fee is None
        node.mine(5)
        assert paid_to(look(ltc, node.url, hogex), outside).unlock_at is None


def spend_hidden(node: Litecoind, outside: str) -> None:
    """Pay 1 coin from MWEB; the wallet spends hidden coins where they suffice and are all it may."""
    unspent = [u for u in node.rpc("listunspent") if "vout" in u]
    node.rpc("lockunspent", False, [{"txid": u["txid"], "vout": u["vout"]} for u in unspent])
    fund(node, outside, "1")
