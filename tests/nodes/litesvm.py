"""The runtime of Solana in this process, and a node's JSON-RPC before it, over real local HTTP.

LiteSVM executes real transactions with the programs of the main network, and keeps neither balances
before and after nor an RPC: `Ledger` takes the balances itself, around each transaction, and writes
the answer in a node's own shape (every answer is read and written again by solders' own types).
Genesis, slots and times are those of the replayed main network, so that a `Node` believes it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from solders.account import Account
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message, MessageV0
from solders.pubkey import Pubkey
from solders.rpc.responses import GetTransactionResp
from solders.system_program import CreateAccountParams, create_account
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import FailedTransactionMetadata
from solders.transaction_status import TransactionErrorInstructionError

from recovery.demo.fixtures import rpc_request
from recovery.demo.server import Replay, ReplayServer

TOKEN = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
ASSOCIATED = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
METADATA = Pubkey.from_string("metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s")
WRAPPED_SOL = Pubkey.from_string("So11111111111111111111111111111111111111112")
SYSTEM = Pubkey.default()

GENESIS = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"
FIRST_SLOT = 459_000_000
HEAD_SLOT = 460_000_000
HEAD_TIME = 1_795_175_985
"""2026-11-20T11:59:45Z: a quarter of a minute before the moment at which stories are told."""
TX_TIME = HEAD_TIME - 3_600


def read_token_account(account: Account | None) -> tuple[Pubkey, Pubkey, int] | None:
    """Mint, owner and amount of an initialised token account; None for any other account."""
    if account is None or account.owner not in (TOKEN, TOKEN_2022) or len(account.data) < 165:
        return None
    if account.data[108] == 0 or (len(account.data) > 165 and account.data[165] != 2):
        return None
    raw = bytes(account.data)
    amount: int = struct.unpack_from("<Q", raw, 64)[0]
    return Pubkey.from_bytes(raw[:32]), Pubkey.from_bytes(raw[32:64]), amount


@dataclass
class Ledger:
    """The runtime, what was sent to it, and the node's answers to all that."""

    svm: LiteSVM = field(default_factory=lambda: LiteSVM().with_transaction_history(0))
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    slot: int = FIRST_SLOT
    commitment: str = "finalized"
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The mint of wrapped SOL stands since the beginning, and nobody may issue it."""
        data = bytes(36) + struct.pack("<QBB", 0, 9, 1) + bytes(36)
        self.svm.set_account(WRAPPED_SOL, Account(1_461_600, data, TOKEN))

    def person(self, name: str, lamports: int = 10_000_000_000) -> Keypair:
        """A wallet whose key comes from its name, with some coin."""
        wallet = Keypair.from_seed(name.encode().ljust(32, b".")[:32])
        if lamports:
            self.svm.airdrop(wallet.pubkey(), lamports)
        return wallet

    def lamports(self, key: Pubkey) -> int:
        return self.svm.get_balance(key) or 0

    def tokens(self, owner: Pubkey, mint: Pubkey, *accounts: Pubkey) -> int:
        """By the accounts themselves: what the owner holds of the mint in these."""
        held = [read_token_account(self.svm.get_account(a)) for a in accounts]
        return sum(h[2] for h in held if h is not None and h[:2] == (mint, owner))

    def send(
        self,
        instructions: Sequence[Instruction],
        *signers: Keypair,
        tables: Sequence[AddressLookupTableAccount] | None = None,
    ) -> str:
        """Execute one transaction, paid by the first signer; its signature, also where it failed."""
        self.slot += 1
        self.svm.warp_to_slot(self.slot)
        self.svm.expire_blockhash()
        payer, blockhash = signers[0].pubkey(), self.svm.latest_blockhash()
        message: Message | MessageV0
        if tables is None:
            message = Message.new_with_blockhash(list(instructions), payer, blockhash)
        else:
            message = MessageV0.try_compile(payer, list(instructions), list(tables), blockhash)
        tx = VersionedTransaction(message, list(signers))
        loaded = _loaded(message, tables or ())
        keys = [*message.account_keys, *loaded["writable"], *loaded["readonly"]]
        before = [self.svm.get_account(k) for k in keys]
        outcome = self.svm.send_transaction(tx)
        after = [self.svm.get_account(k) for k in keys]
        error = None
        done = outcome
        if isinstance(outcome, FailedTransactionMetadata):
            error, done = _error(outcome.err()), outcome.meta()
        meta = json.loads(done.to_json())
        answer = {
            "slot": self.slot,
            "blockTime": TX_TIME,
            "version": "legacy" if tables is None else 0,
            "transaction": {
                "signatures": [str(s) for s in tx.signatures],
                "message": _message(message, versioned=tables is not None),
            },
            "meta": {
                "err": error,
                "status": {"Ok": None} if error is None else {"Err": error},
                "fee": meta["fee"],
                "preBalances": [a.lamports if a else 0 for a in before],
                "postBalances": [a.lamports if a else 0 for a in after],
                "preTokenBalances": list(self._token_balances(before)),
                "postTokenBalances": list(self._token_balances(after)),
                "innerInstructions": list(_inner(meta["inner_instructions"])),
                "logMessages": meta["logs"],
                "rewards": [],
                "loadedAddresses": {k: [str(key) for key in v] for k, v in loaded.items()},
                "computeUnitsConsumed": meta["compute_units_consumed"],
            },
        }
        signature = str(tx.signatures[0])
        self.results[signature] = _in_the_nodes_words(answer)
        return signature

    def succeed(self, instructions: Sequence[Instruction], *signers: Keypair) -> str:
        """Send what must work."""
        signature = self.send(instructions, *signers)
        meta = self.results[signature]["meta"]
        assert meta["err"] is None, (meta["err"], meta["logMessages"])
        return signature

    def _token_balances(self, accounts: Sequence[Account | None]) -> Iterator[dict[str, Any]]:
        for index, account in enumerate(accounts):
            held = read_token_account(account)
            if held is None or account is None:
                continue
            mint, owner, amount = held
            minted = self.svm.get_account(mint)
            assert minted is not None, "a mint does not vanish while its tokens exist"
            decimals = minted.data[44]
            shown = f"{amount / 10**decimals:.{decimals}f}"
            yield {
                "accountIndex": index,
                "mint": str(mint),
                "owner": str(owner),
                "programId": str(account.owner),
                "uiTokenAmount": {
                    "amount": str(amount),
                    "decimals": decimals,
                    "uiAmount": amount / 10**decimals,
                    "uiAmountString": shown.rstrip("0").rstrip(".") if decimals else str(amount),
                },
            }

    # mints and accounts, as wallets and issuers make them

    def make_mint(
        self,
        mint: Keypair,
        issuer: Keypair,
        *,
        decimals: int = 6,
        program: Pubkey = TOKEN,
        extensions: Sequence[tuple[int, bytes]] = (),
        symbol: str | None = None,
    ) -> Pubkey:
        """A new mint; ``extensions`` are Token-2022's, each the size it takes and its instruction."""
        size = 82 if not extensions else 166 + sum(4 + length for length, _ in extensions)
        steps = [
            create_account(
                CreateAccountParams(
                    from_pubkey=issuer.pubkey(),
                    to_pubkey=mint.pubkey(),
                    lamports=self.svm.minimum_balance_for_rent_exemption(size),
                    space=size,
                    owner=program,
                )
            )
        ]
        steps += [_call(program, data, mint.pubkey()) for _, data in extensions]
        start = bytes([20, decimals]) + bytes(issuer.pubkey()) + b"\0"
        steps.append(_call(program, start, mint.pubkey()))
        self.succeed(steps, issuer, mint)
        if symbol is not None:
            self._write_metadata(mint.pubkey(), symbol)
        return mint.pubkey()

    def _write_metadata(self, mint: Pubkey, symbol: str) -> None:
        """Metaplex's account, laid down as it would stand: its program is not part of the runtime."""
        text = b"".join(
            struct.pack("<I", size) + s.encode().ljust(size, b"\0")
            for s, size in ((f"{symbol} coin", 32), (symbol, 10), ("", 200))
        )
        data = b"\x04" + bytes(mint) + bytes(mint) + text
        address, _ = Pubkey.find_program_address(
            [b"metadata", bytes(METADATA), bytes(mint)], METADATA
        )
        self.svm.set_account(address, Account(5_616_720, data, METADATA))

    def open_account(
        self, payer: Keypair, owner: Pubkey, mint: Pubkey, program: Pubkey = TOKEN
    ) -> Pubkey:
        self.succeed([open_associated(payer.pubkey(), owner, mint, program)], payer)
        return associated(owner, mint, program)

    def make_lookup_table(self, addresses: Sequence[Pubkey]) -> AddressLookupTableAccount:
        """A table of addresses, laid down as it would stand after some slots."""
        key = Keypair.from_seed(b"lookup table".ljust(32, b".")).pubkey()
        head = struct.pack("<IQQB", 1, 2**64 - 1, FIRST_SLOT - 10, 0)
        data = head.ljust(56, b"\0") + b"".join(map(bytes, addresses))
        program = Pubkey.from_string("AddressLookupTab1e1111111111111111111111111")
        self.svm.set_account(key, Account(10_000_000, data, program))
        return AddressLookupTableAccount(key, list(addresses))

    # the node

    @contextmanager
    def serve(self) -> Iterator[ReplayServer]:
        """A node over HTTP that knows what was sent so far and will be."""
        with ReplayServer(_Answers(self)) as server:
            yield server

    def answer(self, method: str, params: Sequence[Any]) -> Any:
        self.asked.append(rpc_request(method, list(params)))
        return getattr(self, f"_{method}")(*params)

    def _getGenesisHash(self) -> str:  # noqa: N802  the node's name of the method
        return GENESIS

    def _getHealth(self) -> str:  # noqa: N802
        return "ok"

    def _getSlot(self, _: Any) -> int:  # noqa: N802
        return HEAD_SLOT

    def _getFirstAvailableBlock(self) -> int:  # noqa: N802
        return 0

    def _getBlockTime(self, _: int) -> int:  # noqa: N802
        return HEAD_TIME

    def _getTransaction(self, signature: str, _: Any) -> Any:  # noqa: N802
        return None if self.commitment == "processed" else self.results.get(signature)

    def _getSignatureStatuses(self, signatures: list[str], _: Any) -> Any:  # noqa: N802
        return {
            "context": {"apiVersion": "3.0.6", "slot": HEAD_SLOT},
            "value": [self._status(self.results.get(s)) for s in signatures],
        }

    def _status(self, result: dict[str, Any] | None) -> dict[str, Any] | None:
        if result is None:
            return None
        return {
            "slot": result["slot"],
            "confirmations": None if self.commitment == "finalized" else 5,
            "err": result["meta"]["err"],
            "status": result["meta"]["status"],
            "confirmationStatus": self.commitment,
        }

    def _getBlock(self, slot: int, _: Any) -> dict[str, Any]:  # noqa: N802
        return {
            "blockHeight": slot - 22_000_000,
            "blockTime": TX_TIME,
            "blockhash": str(Hash.hash(struct.pack("<Q", slot))),
            "parentSlot": slot - 1,
            "previousBlockhash": str(Hash.hash(struct.pack("<Q", slot - 1))),
        }

    def _getMultipleAccounts(self, keys: list[str], _: Any) -> Any:  # noqa: N802
        accounts = [self.svm.get_account(Pubkey.from_string(k)) for k in keys]
        context = {"apiVersion": "3.0.6", "slot": HEAD_SLOT}
        return {"context": context, "value": [a and _shown(a) for a in accounts]}

    def _getAccountInfo(self, key: str, _: Any) -> Any:  # noqa: N802
        account = self.svm.get_account(Pubkey.from_string(key))
        return {"context": {"slot": HEAD_SLOT}, "value": account and _shown(account)}

    def _getRecentPrioritizationFees(self, _: Any) -> Any:  # noqa: N802
        return [{"slot": HEAD_SLOT - n, "prioritizationFee": 1_000 * n} for n in range(20)]

    def _getMinimumBalanceForRentExemption(self, size: int) -> int:  # noqa: N802
        return self.svm.minimum_balance_for_rent_exemption(size)

    def _getVersion(self) -> dict[str, Any]:  # noqa: N802
        return {"feature-set": 1, "solana-core": "3.0.6"}

    def _isBlockhashValid(self, _: str, __: Any) -> Any:  # noqa: N802
        return {"context": {"slot": HEAD_SLOT}, "value": False}


class _Answers(Replay):
    """What a node of this ledger answers, in place of fixtures."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger

    def answer_rpc(self, call: Any) -> tuple[dict[str, Any], int, bool]:
        result = self._ledger.answer(call["method"], call["params"])
        return {"jsonrpc": "2.0", "id": call["id"], "result": result}, 200, True


def _shown(account: Account) -> dict[str, Any]:
    import base64

    return {
        "lamports": account.lamports,
        "owner": str(account.owner),
        "data": [base64.b64encode(bytes(account.data)).decode(), "base64"],
        "executable": account.executable,
        "rentEpoch": 2**64 - 1,
        "space": len(account.data),
    }


def _in_the_nodes_words(answer: dict[str, Any]) -> dict[str, Any]:
    """Through solders' type of the answer and back: what it would not read or write is no answer."""
    text = json.dumps({"jsonrpc": "2.0", "id": 1, "result": answer})
    read = GetTransactionResp.from_json(text)
    assert isinstance(read, GetTransactionResp), read
    result: dict[str, Any] = json.loads(read.to_json())["result"]
    return result


def _error(error: Any) -> Any:
    """As agave writes it; solders leaves the outer names out."""
    if not isinstance(error, TransactionErrorInstructionError):
        return json.loads(error.to_json())
    index, what = json.loads(error.to_json())
    return {"InstructionError": [index, {"Custom": what} if isinstance(what, int) else what]}


def _message(message: Message | MessageV0, *, versioned: bool) -> dict[str, Any]:
    head = message.header
    shown = {
        "header": {
            "numRequiredSignatures": head.num_required_signatures,
            "numReadonlySignedAccounts": head.num_readonly_signed_accounts,
            "numReadonlyUnsignedAccounts": head.num_readonly_unsigned_accounts,
        },
        "accountKeys": [str(k) for k in message.account_keys],
        "recentBlockhash": str(message.recent_blockhash),
        "instructions": [
            {
                "programIdIndex": ix.program_id_index,
                "accounts": list(ix.accounts),
                "data": _base58(bytes(ix.data)),
                "stackHeight": None,
            }
            for ix in message.instructions
        ],
    }
    if versioned and isinstance(message, MessageV0):
        shown["addressTableLookups"] = [
            {
                "accountKey": str(lookup.account_key),
                "writableIndexes": list(lookup.writable_indexes),
                "readonlyIndexes": list(lookup.readonly_indexes),
            }
            for lookup in message.address_table_lookups
        ]
    return shown


def _loaded(
    message: Message | MessageV0, tables: Sequence[AddressLookupTableAccount]
) -> dict[str, list[Pubkey]]:
    loaded: dict[str, list[Pubkey]] = {"writable": [], "readonly": []}
    if isinstance(message, MessageV0):
        by_key = {table.key: table.addresses for table in tables}
        for lookup in message.address_table_lookups:
            addresses = by_key[lookup.account_key]
            loaded["writable"] += [addresses[i] for i in lookup.writable_indexes]
            loaded["readonly"] += [addresses[i] for i in lookup.readonly_indexes]
    return loaded


def _inner(groups: Sequence[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """LiteSVM writes compiled instructions with their lengths in front (its wire form as JSON)."""
    for index, group in enumerate(groups):
        if group:
            calls = [
                {
                    "programIdIndex": call["instruction"]["programIdIndex"],
                    "accounts": call["instruction"]["accounts"][1:],
                    "data": _base58(bytes(call["instruction"]["data"][1:])),
                    "stackHeight": call["stackHeight"],
                }
                for call in group
            ]
            yield {"index": index, "instructions": calls}


def _base58(data: bytes) -> str:
    from base58_bech32.base58 import b58encode

    return b58encode(data).decode("ascii")


# instructions, in the programs' own layouts


def _call(
    program: Pubkey, data: bytes, *writable: Pubkey, signer: Pubkey | None = None
) -> Instruction:
    accounts = [AccountMeta(k, is_signer=False, is_writable=True) for k in writable]
    if signer is not None:
        accounts.append(AccountMeta(signer, is_signer=True, is_writable=False))
    return Instruction(program, data, accounts)


def associated(owner: Pubkey, mint: Pubkey, program: Pubkey = TOKEN) -> Pubkey:
    return Pubkey.find_program_address([bytes(owner), bytes(program), bytes(mint)], ASSOCIATED)[0]


def open_associated(
    payer: Pubkey, owner: Pubkey, mint: Pubkey, program: Pubkey = TOKEN
) -> Instruction:
    account = associated(owner, mint, program)
    accounts = [
        AccountMeta(payer, is_signer=True, is_writable=True),
        AccountMeta(account, is_signer=False, is_writable=True),
        *(
            AccountMeta(k, is_signer=False, is_writable=False)
            for k in (owner, mint, SYSTEM, program)
        ),
    ]
    return Instruction(ASSOCIATED, b"\x01", accounts)


def open_plain(
    account: Pubkey, mint: Pubkey, owner: Pubkey, program: Pubkey = TOKEN
) -> Instruction:
    """Make an account that is nobody's usual one a token account of the owner."""
    return _call(program, b"\x12" + bytes(owner), account, mint)


def mint_to(
    mint: Pubkey, account: Pubkey, issuer: Pubkey, amount: int, program: Pubkey = TOKEN
) -> Instruction:
    return _call(program, b"\x07" + struct.pack("<Q", amount), mint, account, signer=issuer)


def move(
    source: Pubkey, target: Pubkey, authority: Pubkey, amount: int, program: Pubkey = TOKEN
) -> Instruction:
    """A plain transfer, which names no mint."""
    return _call(program, b"\x03" + struct.pack("<Q", amount), source, target, signer=authority)


def move_checked(
    source: Pubkey,
    mint: Pubkey,
    target: Pubkey,
    authority: Pubkey,
    amount: int,
    *,
    decimals: int = 6,
    program: Pubkey = TOKEN,
) -> Instruction:
    data = b"\x0c" + struct.pack("<QB", amount, decimals)
    return _call(program, data, source, mint, target, signer=authority)


def move_with_fee(
    source: Pubkey,
    mint: Pubkey,
    target: Pubkey,
    authority: Pubkey,
    amount: int,
    fee: int,
    *,
    decimals: int = 6,
) -> Instruction:
    data = b"\x1a\x01" + struct.pack("<QBQ", amount, decimals, fee)
    return _call(TOKEN_2022, data, source, mint, target, signer=authority)


def close(account: Pubkey, target: Pubkey, owner: Pubkey, program: Pubkey = TOKEN) -> Instruction:
    return _call(program, b"\x09", account, target, signer=owner)


def sync_native(account: Pubkey) -> Instruction:
    return _call(TOKEN, b"\x11", account)


def hand_over(account: Pubkey, owner: Pubkey, to: Pubkey, program: Pubkey = TOKEN) -> Instruction:
    """Give the account itself, with all tokens in it, to another owner."""
    return _call(program, b"\x06\x02\x01" + bytes(to), account, signer=owner)


def memo(text: str, signer: Pubkey) -> Instruction:
    return Instruction(
        MEMO, text.encode(), [AccountMeta(signer, is_signer=True, is_writable=False)]
    )


def transfer_fee(basis_points: int, most: int) -> tuple[int, bytes]:
    """Token-2022: the mint withholds a part of every transfer; nobody can change or collect it."""
    return 108, b"\x1a\x00\x00\x00" + struct.pack("<HQ", basis_points, most)


def permanent_delegate(who: Pubkey) -> tuple[int, bytes]:
    """Token-2022: this key may move or burn anybody's tokens."""
    return 32, b"\x23" + bytes(who)
