"""Random transactions in the real runtime: nobody is ever credited more than he is richer by.

Each transaction mixes payments, token transfers with and without fees, wrapping, closing, issuing,
burning, clawing back and moves to oneself, between people who all sign. Whatever the mixture, for
every holder the evidence's transfers from others together are what the ledger's own balances rose by.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict

import pytest
from nodes.litesvm import (
    TOKEN,
    TOKEN_2022,
    WRAPPED_SOL,
    Ledger,
    associated,
    close,
    mint_to,
    move,
    move_checked,
    open_associated,
    permanent_delegate,
    sync_native,
    transfer_fee,
)
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from recovery.chains.source import Node
from recovery.checks import Found
from recovery.model import Evidence, TxStatus
from recovery.networks import Network
from recovery.triage import ask_node

SEEDS = range(int(os.environ.get("RECOVERY_HISTORIES", "4")))
LENGTH = 40

Holder = tuple[str, str]


class Town:
    """Some people, three mints, and everybody's usual accounts."""

    def __init__(self, ledger: Ledger, seed: int) -> None:
        self.ledger, self.random = ledger, random.Random(seed)
        self.issuer = ledger.person("issuer", 10**12)
        self.people = [ledger.person(f"citizen {n}", 10**11) for n in range(4)]
        self.mints = {
            self._mint("plain"): TOKEN,
            self._mint("fee", transfer_fee(137, 10**9)): TOKEN_2022,
            self._mint("claw", permanent_delegate(self.issuer.pubkey())): TOKEN_2022,
            WRAPPED_SOL: TOKEN,
        }
        for mint, program in self.mints.items():
            for person in self.people:
                account = ledger.open_account(self.issuer, person.pubkey(), mint, program)
                if mint != WRAPPED_SOL:
                    given = mint_to(mint, account, self.issuer.pubkey(), 10**9, program)
                    ledger.succeed([given], self.issuer)

    def _mint(self, name: str, *extensions: tuple[int, bytes]) -> Pubkey:
        key = Keypair.from_seed(f"mint {name}".encode().ljust(32, b"."))
        program = TOKEN_2022 if extensions else TOKEN
        return self.ledger.make_mint(key, self.issuer, program=program, extensions=extensions)

    def account(self, person: Keypair, mint: Pubkey) -> Pubkey:
        return associated(person.pubkey(), mint, self.mints[mint])

    def balances(self) -> dict[Holder, int]:
        held = {(str(p.pubkey()), "501"): self.ledger.lamports(p.pubkey()) for p in self.people}
        for mint in self.mints:
            for person in self.people:
                account = self.account(person, mint)
                held[str(person.pubkey()), str(mint)] = self.ledger.tokens(
                    person.pubkey(), mint, account
                )
        return held

    def step(self) -> list[Instruction]:
        one, other = self.random.choice(self.people), self.random.choice(self.people)
        mint = self.random.choice(list(self.mints))
        program, amount = self.mints[mint], self.random.randrange(3_000_000)
        source, target = self.account(one, mint), self.account(other, mint)
        pay = TransferParams(
            from_pubkey=one.pubkey(), to_pubkey=other.pubkey(), lamports=amount + 1
        )
        match self.random.randrange(8):
            case 0 | 1:
                return [transfer(pay)]
            case 2 if mint != WRAPPED_SOL:
                return [
                    move_checked(
                        source,
                        mint,
                        target,
                        one.pubkey(),
                        amount,
                        program=program,
                    )
                ]
            case 3 if mint not in self._with_fee():
                return [move(source, target, one.pubkey(), amount, program)]
            case 4:
                wrapped = self.account(other, WRAPPED_SOL)
                into = TransferParams(
                    from_pubkey=one.pubkey(), to_pubkey=wrapped, lamports=amount + 1
                )
                return [transfer(into), sync_native(wrapped)]
            case 5:
                wrapped = self.account(one, WRAPPED_SOL)
                again = open_associated(one.pubkey(), one.pubkey(), WRAPPED_SOL)
                return [close(wrapped, other.pubkey(), one.pubkey()), again]
            case 6 if mint != WRAPPED_SOL:
                return [mint_to(mint, target, self.issuer.pubkey(), amount, program)]
            case 7:
                claw = list(self.mints)[2]
                theirs, back = self.account(one, claw), self.account(other, claw)
                return [
                    move_checked(
                        theirs, claw, back, self.issuer.pubkey(), amount, program=TOKEN_2022
                    )
                ]
        return [transfer(pay)]

    def _with_fee(self) -> set[Pubkey]:
        """A plain transfer is refused by a mint that withholds."""
        return {list(self.mints)[1]}

    def transact(self) -> str:
        steps = [s for _ in range(self.random.randrange(1, 5)) for s in self.step()]
        signing = {a.pubkey for s in steps for a in s.accounts if a.is_signer}
        payer = self.random.choice(self.people)
        rest = [p for p in (*self.people, self.issuer) if p.pubkey() in signing and p is not payer]
        return self.ledger.send(steps, payer, *rest)


def received(evidence: Evidence) -> dict[Holder, int]:
    """All but coin in token accounts, which is in nobody's wallet."""
    got: dict[Holder, int] = defaultdict(int)
    for t in evidence.transfers:
        assert isinstance(t.amount, int)
        assert t.recipient.address is not None
        if t.type != "to_token_account":
            got[t.recipient.address, t.asset.rpartition(":")[2]] += t.amount
    return got


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_is_credited_more_than_he_is_richer_by(
    ledger: Ledger, node: Node, row: Network, seed: int
) -> None:
    town = Town(ledger, seed)
    rises: dict[str, dict[Holder, int]] = {}
    for _ in range(LENGTH):
        before = town.balances()
        signature = town.transact()
        after = town.balances()
        result = town.ledger.results[signature]
        payer = result["transaction"]["message"]["accountKeys"][0]
        after[payer, "501"] += result["meta"]["fee"]
        rises[signature] = {h: after[h] - before[h] for h in before}
    worked = 0
    for found in ask_node(row, node, list(rises)):
        assert isinstance(found, Found), found
        evidence = found.evidence
        if evidence.status is TxStatus.FAILED:
            assert evidence.transfers == ()
            continue
        worked += 1
        got = received(evidence)
        for holder, rise in rises[evidence.tx_hash].items():
            assert got.get(holder, 0) == max(rise, 0), (
                evidence.tx_hash,
                holder,
                evidence.transfers,
            )
    assert worked > LENGTH // 3
