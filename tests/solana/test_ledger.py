"""Real transactions in Solana's own runtime: the evidence beside what the ledger's balances did."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from nodes.litesvm import (
    TOKEN,
    TOKEN_2022,
    WRAPPED_SOL,
    Ledger,
    associated,
    close,
    hand_over,
    memo,
    mint_to,
    move,
    move_checked,
    move_with_fee,
    open_associated,
    permanent_delegate,
    sync_native,
    transfer_fee,
)
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from recovery.chains.solana.family import FAMILY
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.errors import Garbled
from recovery.model import Evidence, TransferKind, TxStatus
from recovery.networks import Network
from recovery.triage import ask_node


def pay(sender: Keypair, to: Pubkey, lamports: int) -> Instruction:
    return transfer(TransferParams(from_pubkey=sender.pubkey(), to_pubkey=to, lamports=lamports))


class Desk:
    """The ledger with a customer, our deposit address, and tokens of one mint in both their hands."""

    def __init__(self, ledger: Ledger, node: Node, row: Network) -> None:
        self.ledger, self.node, self.row = ledger, node, row
        self.customer, self.issuer = ledger.person("customer"), ledger.person("issuer")
        self.ours = ledger.person("our deposit address", 0).pubkey()

    def mint(
        self,
        *,
        program: Pubkey = TOKEN,
        extensions: Sequence[tuple[int, bytes]] = (),
        decimals: int = 6,
    ) -> tuple[Pubkey, Pubkey, Pubkey]:
        """A mint, the customer's account with a million of it, and our empty one."""
        key = Keypair.from_seed(b"mint".ljust(32, b"."))
        mint = self.ledger.make_mint(
            key, self.issuer, program=program, extensions=extensions, decimals=decimals
        )
        theirs = self.ledger.open_account(self.customer, self.customer.pubkey(), mint, program)
        mine = self.ledger.open_account(self.customer, self.ours, mint, program)
        given = mint_to(mint, theirs, self.issuer.pubkey(), 1_000_000_000_000, program)
        self.ledger.succeed([given], self.issuer)
        return mint, theirs, mine

    def look(self, signature: str) -> Evidence:
        """What the adapter says of it, its id proven by the signature."""
        (found,) = ask_node(self.row, self.node, [signature])
        assert isinstance(found, Found), found
        assert FAMILY.verify is not None
        FAMILY.verify(self.row, found.raw, found.evidence)
        return found.evidence

    def received(self, evidence: Evidence, asset: str, owner: Pubkey | None = None) -> int:
        to = str(owner or self.ours)
        return sum(
            t.amount
            for t in evidence.transfers
            if t.recipient.address == to and t.asset.endswith(asset) and isinstance(t.amount, int)
        )


@pytest.fixture
def desk(ledger: Ledger, node: Node, row: Network) -> Desk:
    return Desk(ledger, node, row)


def test_coin_is_credited_as_the_balance_rose_and_the_fee_is_what_was_paid(desk: Desk) -> None:
    before = desk.ledger.lamports(desk.customer.pubkey())
    signature = desk.ledger.succeed(
        [memo("77", desk.customer.pubkey()), pay(desk.customer, desk.ours, 123_456_789)],
        desk.customer,
    )
    evidence = desk.look(signature)
    assert desk.received(evidence, "slip44:501") == desk.ledger.lamports(desk.ours) == 123_456_789
    assert evidence.fee is not None
    spent = before - desk.ledger.lamports(desk.customer.pubkey())
    assert spent == 123_456_789 + evidence.fee.amount
    assert [t.memo.value for t in evidence.transfers if t.memo] == ["77"]
    assert evidence.final


@pytest.mark.parametrize("program", [TOKEN, TOKEN_2022], ids=["spl", "token-2022"])
def test_tokens_are_credited_to_the_owner_as_his_account_rose(desk: Desk, program: Pubkey) -> None:
    mint, theirs, mine = desk.mint(program=program)
    steps = [
        move_checked(theirs, mint, mine, desk.customer.pubkey(), 5_000_000, program=program),
        move(theirs, mine, desk.customer.pubkey(), 2, program),
    ]
    evidence = desk.look(desk.ledger.succeed(steps, desk.customer))
    held = desk.ledger.tokens(desk.ours, mint, mine)
    assert desk.received(evidence, f"token:{mint}") == held == 5_000_002
    assert {t.standard for t in evidence.transfers} == {"spl" if program == TOKEN else "token-2022"}


@pytest.mark.parametrize("stated", [False, True])
def test_a_withheld_fee_is_not_credited(desk: Desk, *, stated: bool) -> None:
    fee = transfer_fee(250, 10**12)
    mint, theirs, mine = desk.mint(program=TOKEN_2022, extensions=[fee])
    who = desk.customer.pubkey()
    step = (
        move_with_fee(theirs, mint, mine, who, 1_000_000, 25_000)
        if stated
        else move_checked(theirs, mint, mine, who, 1_000_000, program=TOKEN_2022)
    )
    evidence = desk.look(desk.ledger.succeed([step], desk.customer))
    (transfer,) = evidence.transfers
    assert transfer.amount == desk.ledger.tokens(desk.ours, mint, mine) == 975_000
    assert transfer.requested_amount == 1_000_000


def test_what_the_issuer_takes_back_at_once_is_no_deposit(desk: Desk) -> None:
    extensions = [permanent_delegate(desk.issuer.pubkey())]
    mint, theirs, mine = desk.mint(program=TOKEN_2022, extensions=extensions)
    steps = [
        move_checked(theirs, mint, mine, desk.customer.pubkey(), 900, program=TOKEN_2022),
        move_checked(mine, mint, theirs, desk.issuer.pubkey(), 600, program=TOKEN_2022),
    ]
    evidence = desk.look(desk.ledger.succeed(steps, desk.customer, desk.issuer))
    held = desk.ledger.tokens(desk.ours, mint, mine)
    assert desk.received(evidence, f"token:{mint}") == held == 300


def test_an_account_at_our_usual_address_that_belongs_to_another_pays_the_other(
    desk: Desk,
) -> None:
    mint, theirs, mine = desk.mint()
    owner = desk.ledger.person("our deposit address", 10**7)
    thief = desk.ledger.person("thief", 0).pubkey()
    desk.ledger.succeed([hand_over(mine, owner.pubkey(), thief)], owner)
    assert mine == associated(desk.ours, mint)
    signature = desk.ledger.succeed(
        [move_checked(theirs, mint, mine, desk.customer.pubkey(), 50)], desk.customer
    )
    evidence = desk.look(signature)
    assert (
        desk.received(evidence, f"token:{mint}") == desk.ledger.tokens(desk.ours, mint, mine) == 0
    )
    assert desk.received(evidence, f"token:{mint}", thief) == 50


def test_an_account_given_to_us_with_tokens_in_it_is_a_gain_for_a_reviewer(desk: Desk) -> None:
    mint, theirs, _ = desk.mint()
    held = desk.ledger.tokens(desk.customer.pubkey(), mint, theirs)
    step = hand_over(theirs, desk.customer.pubkey(), desk.ours)
    evidence = desk.look(desk.ledger.succeed([step], desk.customer))
    (transfer,) = evidence.transfers
    assert transfer.amount == desk.ledger.tokens(desk.ours, mint, theirs) == held
    assert (transfer.type, transfer.special) == ("balance_change", True)
    assert [p.address for p in transfer.senders] == [str(desk.customer.pubkey())]


def test_a_failed_transaction_costs_its_fee_and_pays_nobody(desk: Desk) -> None:
    mint, theirs, mine = desk.mint()
    before = desk.ledger.lamports(desk.customer.pubkey())
    steps = [
        pay(desk.customer, desk.ours, 10_000_000),
        move_checked(theirs, mint, mine, desk.customer.pubkey(), 10**18),
    ]
    evidence = desk.look(desk.ledger.send(steps, desk.customer))
    assert evidence.status is TxStatus.FAILED
    assert evidence.transfers == ()
    assert evidence.fee is not None
    assert before - desk.ledger.lamports(desk.customer.pubkey()) == evidence.fee.amount
    assert desk.ledger.lamports(desk.ours) == desk.ledger.tokens(desk.ours, mint, mine) == 0
    assert evidence.failure == 'InstructionError: [1, {"Custom": 1}]'
    assert len(evidence.notes) == 2


def test_wrapped_coin_is_a_token_and_unwrapped_coin_is_coin(desk: Desk) -> None:
    who = desk.customer.pubkey()
    wrapped = desk.ledger.open_account(desk.customer, who, WRAPPED_SOL)
    mine = desk.ledger.open_account(desk.customer, desk.ours, WRAPPED_SOL)
    steps = [
        pay(desk.customer, wrapped, 3_000_000_000),
        sync_native(wrapped),
        move_checked(wrapped, WRAPPED_SOL, mine, who, 1_000_000_000, decimals=9),
    ]
    evidence = desk.look(desk.ledger.succeed(steps, desk.customer))
    held = desk.ledger.tokens(desk.ours, WRAPPED_SOL, mine)
    assert desk.received(evidence, f"token:{WRAPPED_SOL}") == held == 1_000_000_000
    assert desk.received(evidence, "slip44:501") == desk.ledger.lamports(desk.ours) == 0
    closed = desk.look(desk.ledger.succeed([close(wrapped, desk.ours, who)], desk.customer))
    assert desk.received(closed, "slip44:501") == desk.ledger.lamports(desk.ours)
    (transfer,) = closed.transfers
    assert (transfer.type, transfer.special) == ("close_remainder", True)


def test_coin_in_our_token_account_is_told_apart_from_coin_in_our_wallet(desk: Desk) -> None:
    _, _, mine = desk.mint()
    before = desk.ledger.lamports(mine)
    evidence = desk.look(desk.ledger.succeed([pay(desk.customer, mine, 500)], desk.customer))
    (transfer,) = evidence.transfers
    assert transfer.amount == desk.ledger.lamports(mine) - before == 500
    assert (transfer.type, transfer.special) == ("to_token_account", True)
    assert transfer.recipient.address == str(desk.ours)


def test_rent_of_a_new_token_account_is_nobodys_deposit(desk: Desk) -> None:
    mint, _, _ = desk.mint()
    third = desk.ledger.person("third", 0).pubkey()
    steps = [open_associated(desk.customer.pubkey(), third, mint)]
    evidence = desk.look(desk.ledger.succeed(steps, desk.customer))
    assert evidence.transfers == ()
    assert [n.code for n in evidence.notes] == ["account_rent"]
    assert "2039280 lamports" in evidence.notes[0].text


def test_recipients_of_a_lookup_table_are_paid_like_any_other(desk: Desk) -> None:
    mint, theirs, mine = desk.mint()
    table = desk.ledger.make_lookup_table([mine, desk.ours])
    steps = [
        move_checked(theirs, mint, mine, desk.customer.pubkey(), 11),
        pay(desk.customer, desk.ours, 22_000_000),
    ]
    signature = desk.ledger.send(steps, desk.customer, tables=[table])
    assert desk.ledger.results[signature]["meta"]["loadedAddresses"]["writable"]
    evidence = desk.look(signature)
    assert desk.received(evidence, f"token:{mint}") == desk.ledger.tokens(desk.ours, mint, mine)
    assert desk.received(evidence, "slip44:501") == desk.ledger.lamports(desk.ours) == 22_000_000


def test_one_token_without_decimals_is_an_nft(desk: Desk) -> None:
    key = Keypair.from_seed(b"picture".ljust(32, b"."))
    mint = desk.ledger.make_mint(key, desk.issuer, decimals=0, symbol="PIC")
    theirs = desk.ledger.open_account(desk.customer, desk.customer.pubkey(), mint)
    desk.ledger.succeed([mint_to(mint, theirs, desk.issuer.pubkey(), 1)], desk.issuer)
    mine = desk.ledger.open_account(desk.customer, desk.ours, mint)
    step = move_checked(theirs, mint, mine, desk.customer.pubkey(), 1, decimals=0)
    (transfer,) = desk.look(desk.ledger.succeed([step], desk.customer)).transfers
    assert transfer.kind is TransferKind.NFT
    assert transfer.asset.endswith(f"/nft:{mint}")
    assert transfer.symbol == "PIC"


def test_the_lamports_of_any_transaction_add_up_to_its_fee(desk: Desk) -> None:
    """Over a whole little history: who gained what is what the accounts say, for every wallet."""
    mint, theirs, mine = desk.mint()
    people = [desk.ledger.person(f"person {n}", 0).pubkey() for n in range(4)]
    watched = [desk.ours, *people]
    history = [
        [pay(desk.customer, to, 10_000_000 * (n + 1)) for n, to in enumerate(people)],
        [pay(desk.customer, desk.ours, 5_000_000), pay(desk.customer, desk.ours, 7_000_000)],
        [move_checked(theirs, mint, mine, desk.customer.pubkey(), 5), memo("x", people[0])][:1],
    ]
    for steps in history:
        before = {w: desk.ledger.lamports(w) for w in watched}
        evidence = desk.look(desk.ledger.succeed(steps, desk.customer))
        for w in watched:
            rose = desk.ledger.lamports(w) - before[w]
            assert desk.received(evidence, "slip44:501", w) == rose


def test_many_hashes_are_asked_in_batches_with_one_outcome_each(desk: Desk) -> None:
    sent = [
        desk.ledger.succeed([pay(desk.customer, desk.ours, 1_000_000 + n)], desk.customer)
        for n in range(60)
    ]
    unknown = str(desk.customer.sign_message(b"never sent"))
    found = ask_node(desk.row, desk.node, [*sent, unknown])
    amounts = [f.evidence.transfers[0].amount for f in found if isinstance(f, Found)]
    assert amounts == [1_000_000 + n for n in range(60)]
    assert type(found[-1]).__name__ == "Absent"


def test_an_answer_with_one_byte_changed_is_no_signed_transaction(desk: Desk) -> None:
    signature = desk.ledger.succeed([pay(desk.customer, desk.ours, 1_000_000)], desk.customer)
    (found,) = ask_node(desk.row, desk.node, [signature])
    assert isinstance(found, Found)
    assert FAMILY.verify is not None
    message = found.raw.answers["tx"]["transaction"]["message"]
    message["accountKeys"][1] = str(desk.issuer.pubkey())
    with pytest.raises(Garbled):
        FAMILY.verify(desk.row, found.raw, found.evidence)
    del message["header"]
    with pytest.raises(Garbled):
        FAMILY.verify(desk.row, found.raw, found.evidence)
