"""From a node's answers to evidence, for Vaulta (EOS).

Knows: how executed actions, the irreversible block and the block's own word of a status make evidence.
Must not know: how the answers were asked for; whose accounts these are.

A coin is named by the contract that counts it: A of ``core.vaulta`` is the native coin, EOS of
``eosio.token`` a token beside it, and EOS of any other contract a third thing.
"""

from __future__ import annotations

import functools
import hashlib
import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from recovery.assets import token_asset
from recovery.chains.antelope.actions import (
    Action,
    Payment,
    read_hyperion,
    read_number,
    read_payment,
    read_traces,
)
from recovery.chains.antelope.codec import parse_address
from recovery.chains.family import RawTx
from recovery.chains.shape import garbled, read_object
from recovery.chains.tron.wire import read_hex
from recovery.errors import BadInput, Garbled
from recovery.model import (
    AssetId,
    Block,
    Evidence,
    Gap,
    Memo,
    MemoKind,
    Note,
    Party,
    Replacement,
    Transfer,
    TransferKind,
    TxFee,
    TxStatus,
)
from recovery.networks import Network, load_registry

SYSTEM_SENDERS = {
    "eosio.ram": "ram_sale",
    "eosio.stake": "stake_refund",
    "eosio.rex": "rex_return",
    "eosio.bpay": "reward",
    "eosio.vpay": "reward",
    "eosio.evm": "evm_bridge",
}
"""Accounts of the system that pay out what was bought, staked, earned or bridged before."""

FAILED = frozenset({"hard_fail", "soft_fail", "expired"})
_MOST_INFLATED = 1 << 20


def decode(network: Network, raw: RawTx) -> Evidence:
    """Evidence of one transaction; raises `Garbled` where the answers have not their shape."""
    try:
        return _Decoder(network, raw).evidence()
    except Garbled as wrong:
        text = f"{network.code} {raw.source}: {raw.tx_hash}: {wrong.text}"
        raise Garbled(wrong.reference, text) from None


def parse_moment(value: Any) -> datetime:
    """Times are UTC without a zone, to the half second."""
    found = re.fullmatch(
        r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z?",
        value if isinstance(value, str) else "",
    )
    try:
        if found is None:
            raise ValueError
        moment = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError:
        raise garbled(f"a time that can't be read: {value!r:.80}") from None
    return moment.replace(microsecond=int((found[2] or "0").ljust(6, "0")))


@functools.lru_cache(maxsize=65_536)
def party_of(code: str, name: str) -> Party:
    try:
        address = parse_address(load_registry()[code], name)
    except BadInput:
        raise garbled(f"an action names no account: {name!r:.80}") from None
    return Party(address.text, address.key)


@functools.lru_cache(maxsize=4_096)
def asset_of(code: str, contract: str, symbol: str) -> AssetId:
    try:
        return token_asset(load_registry()[code], "token", f"{contract}-{symbol}")
    except BadInput:
        raise garbled(f"no token: {contract!r:.40} {symbol!r:.20}") from None


def check_block_id(block_id: Any, height: int) -> str:
    """A block's id begins with its height."""
    found = read_hex(block_id, "the block's id")
    if len(found) != 32 or int.from_bytes(found[:4], "big") != height:
        raise garbled(f"no id of the block {height}: {block_id!r:.80}")
    return found.hex()


def check_packed(trx: Mapping[str, Any], tx_hash: str) -> None:
    """Raises `Garbled` unless the packed bytes hash to the transaction's id."""
    packed = read_hex(trx.get("packed_trx"), "packed_trx")
    if trx.get("compression") == "zlib":
        try:
            packed = zlib.decompressobj().decompress(packed, _MOST_INFLATED)
        except zlib.error:
            raise garbled("the packed transaction can't be inflated") from None
    if hashlib.sha256(packed).hexdigest() != tx_hash:
        raise garbled("the transaction's bytes do not hash to its id")


class _Decoder:
    def __init__(self, network: Network, raw: RawTx) -> None:
        self.network = network
        self.answers: Mapping[str, Any] = raw.answers
        self.tx_hash = raw.tx_hash
        self.native_contract: str = network.parameters["native_contract"]
        self.notes: list[Note] = []
        self.gaps: set[Gap] = set()
        head = read_object(self.answers.get("head"), "the head")
        self.head = read_number(head.get("head"), "the head's height")
        self.irreversible = read_number(head.get("irreversible"), "the irreversible height")

    def evidence(self) -> Evidence:
        state = self.answers.get("state")
        if state is not None:
            return self._unsettled(read_object(state, "the state"))
        if "trace" in self.answers:
            block, actions, status = self._of_trace()
        else:
            block, actions, status = self._of_hyperion()
        if status == "delayed":
            text = "it is scheduled: the chain has not executed it"
            return self._waiting(Note("delayed", text))
        failed = status in FAILED
        if not failed and status != "executed":
            raise garbled(f"a status that is not known: {status!r:.40}")
        return Evidence(
            network=self.network.code,
            chain=self.network.chain,
            tx_hash=self.tx_hash,
            status=TxStatus.FAILED if failed else TxStatus.CONFIRMED,
            block=block,
            confirmations=max(self.head - block.height + 1, 1),
            required_confirmations=None,
            final=block.height <= self.irreversible,
            fee=self._fee(actions),
            transfers=self._transfers(actions, succeeded=not failed),
            notes=tuple(dict.fromkeys(self.notes)),
            gaps=frozenset(self.gaps),
            failure=status if failed else None,
        )

    def _of_hyperion(self) -> tuple[Block, list[Action], str]:
        answer = read_object(self.answers.get("tx"), "the transaction")
        if answer.get("executed") is not True or answer.get("trx_id") != self.tx_hash:
            raise garbled("it answered with another transaction, or with one not executed")
        documents = answer.get("actions")
        actions = read_hyperion(documents)
        places = set()
        for item in documents if isinstance(documents, list) else ():
            if item.get("trx_id") != self.tx_hash:
                raise garbled("an action of another transaction")
            height = read_number(item.get("block_num"), "block_num")
            block_id = item.get("block_id", self.answers.get("block_id"))
            moment = parse_moment(item.get("@timestamp", item.get("timestamp")))
            places.add((height, check_block_id(block_id, height), moment))
        if len(places) != 1:
            raise garbled("the transaction's actions stand in several blocks")
        return Block(*places.pop()), actions, "executed"

    def _of_trace(self) -> tuple[Block, list[Action], str]:
        """nodeos says it twice: the trace what ran, the block what was included and how it ended."""
        trace = read_object(self.answers.get("trace"), "the trace")
        block = read_object(self.answers.get("block"), "the block")
        if trace.get("id") != self.tx_hash:
            raise garbled("it answered with another transaction")
        height = read_number(trace.get("block_num"), "block_num")
        if read_number(block.get("block_num"), "block_num") != height:
            raise garbled("the block is not the one of the trace")
        included = read_object(block.get("transaction"), "the block's transaction")
        status = included.get("status")
        if not isinstance(status, str) or trace.get("status", status) != status:
            raise garbled("block and trace disagree on the status")
        trx = included.get("trx")
        signed: Any = []
        if isinstance(trx, dict):  # a deferred one stands in the block by its id alone
            check_packed(trx, self.tx_hash)
            signed = read_object(trx.get("transaction"), "the signed transaction").get("actions")
        elif trx != self.tx_hash:
            raise garbled("the block holds another transaction")
        actions = read_traces(trace.get("actions"), signed)
        if status == "executed" and not any(action.sequences for action in actions):
            raise garbled("an executed transaction without actions")
        moment = parse_moment(block.get("timestamp"))
        return Block(height, check_block_id(block.get("id"), height), moment), actions, status

    def _unsettled(self, state: Mapping[str, Any]) -> Evidence:
        """nodeos' own tracking of what no irreversible block holds yet."""
        word = state.get("state")
        if word == "FAILED":
            text = "it failed or expired before any block took it, and none can take it any more"
            return self._waiting(Note("expired", text), Replacement(None))
        if word == "FORKED_OUT":
            return self._waiting(Note("forked_out", "its block was replaced; it may come again"))
        if word != "LOCALLY_APPLIED":
            raise garbled(f"a state that is not known: {word!r:.40}")
        return self._waiting(Note("locally_applied", "a node has it, no block yet"))

    def _waiting(self, note: Note, replacement: Replacement | None = None) -> Evidence:
        return Evidence(
            network=self.network.code,
            chain=self.network.chain,
            tx_hash=self.tx_hash,
            status=TxStatus.PENDING,
            block=None,
            confirmations=0,
            required_confirmations=None,
            final=False,
            fee=None,
            transfers=(),
            notes=(note,),
            replacement=replacement,
        )

    def _fee(self, actions: Sequence[Action]) -> TxFee:
        """There is no fee; who authorised it first lends the time and bandwidth."""
        payer = next((a.actors[0] for a in actions if a.actors), None)
        return TxFee(self.network.native_asset, 0, payer)

    def _transfers(self, actions: Sequence[Action], *, succeeded: bool) -> tuple[Transfer, ...]:
        found = [
            (action, payment, sequence)
            for action in actions
            if action.name == "transfer" and (payment := self._read(action)) is not None
            for sequence in action.sequences
        ]
        paid: dict[str, set[str]] = {}
        for _, payment, _ in found:
            if payment.quantity.amount and payment.sender != payment.recipient:
                paid.setdefault(payment.sender, set()).add(payment.recipient)
        found.sort(key=lambda entry: entry[2])
        if len({sequence for _, _, sequence in found}) != len(found):
            raise garbled("two executions have one global sequence")
        return tuple(
            self._transfer(
                index,
                action,
                payment,
                sequence,
                succeeded=succeeded,
                batched=len(paid.get(payment.sender, ())) > 1
                and payment.sender not in SYSTEM_SENDERS,
                payer=self._payer(actions, action, payment),
            )
            for index, (action, payment, sequence) in enumerate(found)
        )

    def _read(self, action: Action) -> Payment | None:
        payment = read_payment(action)
        if not action.sequences:
            # nodeos lists every notification beside its action; in Hyperion this one stands alone
            if payment is not None and "trace" not in self.answers:
                text = (
                    f"a transfer of {action.account} was shown here that its contract did not run"
                )
                self.notes.append(Note("notified_only", text))
            return None
        if payment is not None:
            return payment
        if isinstance(action.data, dict) and {"asset_ids", "assetids", "ids"} & set(action.data):
            self.notes.append(Note("nft_moved", f"the contract {action.account} moved NFTs"))
            return None
        # Any contract may call an action so; what it moved, if anything, these data do not say.
        self.gaps.add(Gap.INTERNAL_TRANSFERS)
        text = f"the contract {action.account} has a transfer of another shape"
        self.notes.append(Note("transfer_unclear", text))
        return None

    def _swaps(self, action: Action) -> bool:
        """A swap between EOS and A: ``swapto``, or a payment of either to the contract itself."""
        if not action.sequences:
            return False
        if action.account == self.native_contract and action.name.startswith("swap"):
            return True
        payment = read_payment(action) if action.name == "transfer" else None
        counts = action.account in (self.native_contract, "eosio.token")
        return counts and payment is not None and payment.recipient == self.native_contract

    def _payer(self, actions: Sequence[Action], action: Action, payment: Payment) -> str | None:
        """Who really paid where the swap contract is the sender: whoever swapped. None: unknown."""
        payers = {self._swapper(a) for a in actions if self._swaps(a)}
        if payment.sender != self.native_contract or not payers or not action.inline:
            return payment.sender
        return payers.pop() if len(payers) == 1 else None

    def _swapper(self, action: Action) -> str | None:
        payment = read_payment(action) if action.name == "transfer" else None
        if payment is not None:
            return payment.sender
        return action.actors[0] if action.actors else None

    def _transfer(
        self,
        index: int,
        action: Action,
        payment: Payment,
        sequence: int,
        *,
        succeeded: bool,
        batched: bool,
        payer: str | None,
    ) -> Transfer:
        asset = asset_of(self.network.code, action.account, payment.quantity.symbol)
        native = asset == self.network.native_asset
        if native and payment.quantity.decimals != self.network.decimals:
            raise garbled("the native coin with another number of decimals")
        if payer is None:
            self.gaps.add(Gap.SENDERS)
        kind, special_type = TransferKind.NATIVE if native else TransferKind.TOKEN, None
        if native and action.inline:
            kind = TransferKind.INTERNAL
        if payment.sender in SYSTEM_SENDERS and action.account in (
            self.native_contract,
            "eosio.token",
        ):
            special_type = SYSTEM_SENDERS[payment.sender]
            kind = TransferKind.REWARD if special_type == "reward" else kind
        swapped = payer != payment.sender
        return Transfer(
            index=index,
            position=f"action:{sequence}",
            kind=kind,
            asset=asset,
            amount=payment.quantity.amount,
            senders=() if payer is None else (party_of(self.network.code, payer),),
            recipient=party_of(self.network.code, payment.recipient),
            memo=Memo(MemoKind.TEXT, payment.memo) if payment.memo.strip() else None,
            succeeded=succeeded,
            symbol=payment.quantity.symbol,
            decimals=payment.quantity.decimals,
            type="swap" if swapped else special_type,
            special=special_type is not None,
            batched=batched,
        )
