"""The shared frozen values that one claim is made of, from the chain to the verdict.

Knows: addresses as what controls them, assets as CAIP-19 ids, amounts as base-unit integers,
evidence. Must not know: HTTP, databases, clocks, configuration, which networks exist.

Amounts are ``int`` in base units everywhere. The one exception is an XRP Ledger issued currency,
which has no base unit: its amounts are exact ``Decimal`` values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

NetworkCode = NewType("NetworkCode", str)
"""One of the 32 exchange-style codes, upper case: ``ETH``, ``BTC``, ``XRP``…"""

AssetId = NewType("AssetId", str)
"""A CAIP-19 id in the form the outer contract prints (percent-encoded; long references hashed)."""

Amount = int | Decimal
"""Base units (``int``), or an exact ``Decimal`` for an XRP Ledger issued currency."""


@dataclass(frozen=True, slots=True)
class AddressKey:
    """What controls an address: equal keys mean the same lock, whatever the text looks like.

    ``scheme`` names the space of the payload, so that equal bytes of different meaning never
    meet: ``p2pkh`` ``p2sh`` ``p2sh32`` ``p2wpkh`` ``p2wsh`` ``p2tr`` ``p2pk`` ``evm`` (EVM and Tron, 20 bytes)
    ``ed25519`` (a bare public key: SOL, XLM, ALGO, NEAR implicit) ``account32`` (SS58) ``xrpl`` …
    The list with sources is in `recovery.chains.codecs`.
    Equal keys do not mean that we can sign: that is custody's answer.
    """

    scheme: str
    payload: bytes

    def __str__(self) -> str:
        return f"{self.scheme}:{self.payload.hex()}"

    @classmethod
    def from_text(cls, text: str) -> AddressKey:
        """Read back what ``str(key)`` wrote."""
        scheme, _, payload = text.partition(":")
        return cls(scheme, bytes.fromhex(payload))


class MemoKind(StrEnum):
    TAG = "tag"
    TEXT = "text"
    ID = "id"
    HASH = "hash"
    RETURN = "return"
    COMMENT = "comment"
    MUXED = "muxed"
    ENCRYPTED = "encrypted"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class Memo:
    """Routing data of one transfer. ``value`` is text; of ``binary`` it is lower-case hex."""

    kind: MemoKind
    value: str


@dataclass(frozen=True, slots=True)
class Address:
    """An address parsed with its checksum.

    ``text`` is the network's canonical form. ``memo`` is routing data that the address itself
    carries (XRPL X-address, Stellar muxed account). ``unchecked`` is True where the spelling has
    no checksum to verify (all lower-case EVM, Solana…). ``form`` is the dossier's name of the
    spelling (``p2pkh``, ``bech32``, ``eip55``, ``x-address``…).
    """

    network: NetworkCode
    text: str
    key: AddressKey
    form: str
    memo: Memo | None = None
    unchecked: bool = False


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a transfer: canonical text, and its key where it has one.

    ``address`` is None where the chain gives no address (a bare script, a shielded pool);
    ``key`` is None where nothing could be compared (then it is never "ours" and never "not ours").
    """

    address: str | None
    key: AddressKey | None


class TxStatus(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    ORPHANED = "orphaned"


class TransferKind(StrEnum):
    NATIVE = "native"
    TOKEN = "token"
    INTERNAL = "internal"
    NFT = "nft"
    REWARD = "reward"


@dataclass(frozen=True, slots=True)
class Note:
    """A remark with a stable kebab- or snake-case code and a sentence for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """``height`` is the chain's own count (slot, ledger, round, version, seqno).

    ``hash`` is empty where the source does not tell it: then the height must do.
    """

    height: int
    hash: str
    time: datetime | None


@dataclass(frozen=True, slots=True)
class TxFee:
    """The network fee really paid, in base units of ``asset``; ``payer`` is canonical text."""

    asset: AssetId
    amount: int
    payer: str | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """One movement of value to one recipient, in the amount that was delivered.

    ``position`` is the identity on the chain (``vout:0`` ``log:12`` ``trace:0.1`` ``native``…) and, with
    network and transaction hash, the key of credits, cases and findings. ``index`` counts
    transfers in their stable order. ``symbol`` and ``decimals`` are for display only.

    ``type`` names what was special, in the chain's own words (``account_merge``, ``coinbase``,
    ``path_payment``…), else None. ``special`` is True where that type makes a deposit
    ``unusual_transaction_type``. ``batched`` is True where one call of one sender paid two or
    more recipients (multicall, MultiSend, utility.batch; never a UTXO transaction).
    ``requested_amount`` is what the sender's transaction asked for, where it differs.
    ``unlock_at`` is the time, or the block height, before which the value can't move.
    ``standard`` is the token standard where the evidence shows it (``erc20``, ``erc721``…).
    ``tx_hash`` is None, except where the evidence only points to the transfer: it belongs to that other
    transaction (of the same TON trace), under whose hash it has its key and is judged.
    """

    index: int
    position: str
    kind: TransferKind
    asset: AssetId
    amount: Amount
    senders: tuple[Party, ...]
    recipient: Party
    memo: Memo | None = None
    succeeded: bool = True
    symbol: str | None = None
    decimals: int | None = None
    requested_amount: Amount | None = None
    type: str | None = None
    special: bool = False
    batched: bool = False
    unlock_at: datetime | int | None = None
    standard: str | None = None
    name: str | None = None
    tx_hash: str | None = None


class Gap(StrEnum):
    """A fact that the source could not give: nothing may be refused or credited on its absence."""

    INTERNAL_TRANSFERS = "internal_transfers"
    SENDERS = "senders"
    SUCCESS = "success"
    MEMO = "memo"
    AMOUNT = "amount"
    TOKEN_VALIDITY = "token_validity"
    FINALITY = "finality"


@dataclass(frozen=True, slots=True)
class Replacement:
    """A final transaction that spent an input or the nonce of the one asked for.

    ``tx_hash`` is None where the source shows that it happened, but not by which transaction.
    """

    tx_hash: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one transaction did, as one healthy source saw it at one moment.

    ``required_confirmations`` is None where the network's rule is a finality tag. ``final`` is the
    network's own rule from ``networks.toml`` applied to the answers. ``gaps`` are facts the source
    could not give. ``failure`` is the chain's own reason of a failed transaction. ``aliases`` are other
    hashes of the same action, under which a ledger may have written it down: they never make a key.
    """

    network: NetworkCode
    chain: str
    tx_hash: str
    status: TxStatus
    block: Block | None
    confirmations: int
    required_confirmations: int | None
    final: bool
    fee: TxFee | None
    transfers: tuple[Transfer, ...]
    notes: tuple[Note, ...] = ()
    gaps: frozenset[Gap] = field(default_factory=frozenset)
    replacement: Replacement | None = None
    failure: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """What the customer said. It says where to look and whom to pay; it decides nothing.

    ``tx_hash`` is the text as typed, cleaned; ``amount`` is in whole coins, compared and never
    believed. ``address`` and ``asset`` are as typed; they are parsed where the network is known.
    """

    tx_hash: str
    network: NetworkCode | None = None
    user: str | None = None
    address: str | None = None
    memo: str | None = None
    asset: str | None = None
    amount: Decimal | None = None


VISITOR = "visitor "
"""How the user of a claim begins whose claimant nobody knows: who came to the public page without an
account. It is never a customer: no account can be credited, and what the records name is another's."""


def is_visitor(user: str | None) -> bool:
    return user is not None and user.casefold().startswith(VISITOR)
