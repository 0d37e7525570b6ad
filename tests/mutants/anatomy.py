"""Where each API says what decides: how it ended, whether it is final, which chain this is.

Knows: the protocols' documented fields. Must not know: any decoder. The places are written down from
the protocols' documentation, so that a decoder that looks elsewhere is found out.

`TOLD` are the places whose word stands alone: nothing else of one node's answer repeats or binds it, so a
node that lies there is believed by itself, and only a second source (or the bytes, where they are served)
can contradict it. A mutant there may say more, and never more than all its answers tell together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from mutants.stories import Story

from recovery.demo.fixtures import RpcExchange


@dataclass(frozen=True, slots=True)
class Place:
    """Fields of an API's answers that change together: ``(request, path)`` patterns, and what they say then."""

    kind: str
    api: str
    fields: tuple[tuple[str, str], ...]
    values: tuple[Any, ...]
    family: str = ""
    rule: str = ""
    but: tuple[str, ...] = ()

    def concerns(self, story: Story) -> bool:
        return (
            self.api == story.fixture.api
            and self.family in ("", story.family)
            and self.rule in ("", story.network.finality.rule)
            and story.network.code not in self.but
        )


ENDED, UNFINAL, CHAIN = "ended badly", "not final", "another chain"

_ZERO_HASH = "0x" + "00" * 32

PLACES: tuple[Place, ...] = (
    # -- EVM: the execution API's receipt and block, EIP-695
    Place(ENDED, "jsonrpc", ((r"eth_getTransactionReceipt", r"^status$"),), ("0x0",), "evm"),
    Place(
        UNFINAL,
        "jsonrpc",
        ((r'eth_getBlockByNumber \["(finalized|safe)"', r"^number$"),),
        ("0x1",),
        "evm",
        "tag",
    ),
    Place(
        UNFINAL,
        "jsonrpc",
        ((r'eth_getBlockByNumber \["latest"', r"^number$"),),
        ("0x1",),
        "evm",
        "depth",
        ("AVAXC",),  # what its nodes accept is final at once
    ),
    Place(CHAIN, "jsonrpc", ((r"eth_chainId", r"^$"),), ("0x539", "0x2a"), "evm"),
    # -- UTXO: Core's getrawtransaction and getblockheader; Esplora
    Place(UNFINAL, "core", ((r"getrawtransaction|getblock", r"^confirmations$"),), (1, 0, -1)),
    Place(CHAIN, "core", ((r"getblockhash \[0\]", r"^$"),), ("00" * 32,)),
    Place(UNFINAL, "esplora", ((r"/tx", r"status/confirmed$"),), (False,)),
    Place(UNFINAL, "esplora", ((r"/block", r"in_best_chain$"),), (False,)),
    # -- XRP Ledger: the tx method's metadata
    Place(
        ENDED,
        "jsonrpc",
        ((r"rpc tx ", r"meta/TransactionResult$"),),
        ("tecPATH_DRY", "tecUNFUNDED_PAYMENT", "tefPAST_SEQ", "temBAD_FEE"),
        "xrpl",
    ),
    Place(UNFINAL, "jsonrpc", ((r"rpc tx ", r"^validated$"),), (False,), "xrpl"),
    Place(CHAIN, "jsonrpc", ((r"rpc server_info", r"network_id$"),), (2, 21337), "xrpl"),
    # -- Solana: TransactionError in meta and in the status; commitment
    Place(
        ENDED,
        "jsonrpc",
        (
            (r"rpc getTransaction ", r"^meta/err$"),
            (r"rpc getSignatureStatuses", r"^value/0/err$"),
        ),
        ({"InstructionError": [0, {"Custom": 1}]},),
        "solana",
    ),
    Place(
        ENDED,
        "jsonrpc",
        ((r"rpc getTransaction ", r"^meta/err$"),),
        ({"InstructionError": [0, {"Custom": 1}]},),
        "solana",
    ),
    Place(
        UNFINAL,
        "jsonrpc",
        ((r"rpc getSignatureStatuses", r"confirmationStatus$"),),
        ("processed", "confirmed"),
        "solana",
    ),
    Place(CHAIN, "jsonrpc", ((r"rpc getGenesisHash", r"^$"),), ("4uhc" * 11,), "solana"),
    # -- Stellar: Horizon's transaction
    Place(
        ENDED,
        "horizon",
        (
            (r"/transactions/", r"^successful$"),
            (r"/operations", r"transaction_successful$"),
        ),
        (False,),
    ),
    Place(ENDED, "horizon", ((r"/transactions/", r"^successful$"),), (False,)),
    Place(CHAIN, "horizon", ((r"GET /$", r"network_passphrase$"),), ("Test SDF Network ; 1",)),
    # -- Tron: the receipt's result, contractRet, and the solidified view
    Place(
        ENDED,
        "fullnode",
        (
            (r"gettransactioninfobyid", r"^receipt/result$"),
            (r"gettransactionbyid", r"ret/\d+/contractRet$"),
        ),
        ("REVERT", "OUT_OF_ENERGY"),
    ),
    Place(ENDED, "fullnode", ((r"gettransactioninfobyid", r"^receipt/result$"),), ("REVERT",)),
    Place(
        CHAIN,
        "fullnode",
        ((r'getblock.*"id_or_num":"0"', r"^blockID$"),),
        ("00" * 32,),
    ),
    # -- TON: the phases of an account's transaction; the masterchain's view
    Place(UNFINAL, "toncenter-v3", ((r"/traces|/transactions", r"finality$"),), ("pending",)),
    # -- Cosmos SDK: a non-zero code, whatever events stand beside it
    Place(ENDED, "lcd", ((r"/tx/v1beta1/txs/", r"tx_response/code$"),), (5, 11)),
    Place(ENDED, "cometbft", ((r"rpc tx ", r"tx_result/code$"),), (5, 11)),
    Place(CHAIN, "lcd", ((r"/blocks/latest", r"header/chain_id$"),), ("theta-testnet-001",)),
    Place(CHAIN, "cometbft", ((r"rpc status", r"node_info/network$"),), ("osmosis-1",)),
    # -- Aptos
    Place(ENDED, "rest", ((r"/transactions/", r"^success$"),), (False,)),
    Place(CHAIN, "rest", ((r"GET /v1$", r"^chain_id$"),), (2,)),
    # -- Sui
    Place(ENDED, "graphql", ((r"transaction\(digest", r"effects/status$"),), ("FAILURE",)),
    Place(
        ENDED,
        "jsonrpc",
        ((r"sui_getTransactionBlock", r"effects/status/status$"),),
        ("failure",),
        "sui",
    ),
    Place(CHAIN, "graphql", ((r"chainIdentifier", r"chainIdentifier$"),), ("4c78adac",)),
    Place(CHAIN, "jsonrpc", ((r"sui_getChainIdentifier", r"^$"),), ("4c78adac",), "sui"),
    # -- Algorand
    Place(CHAIN, "indexer", ((r"/v2/transactions/", r"genesis-hash$"),), ("A" * 43 + "=",)),
    Place(CHAIN, "algod", ((r"/v2/transactions/params", r"genesis-hash$"),), ("A" * 43 + "=",)),
    Place(ENDED, "algod", ((r"/pending/", r"^pool-error$"),), ("overspend",)),
    # -- Hedera: every code but SUCCESS (and the few that still mean it) is a failure
    Place(
        ENDED,
        "mirror",
        ((r"/transactions", r"^transactions/\d+/result$"),),
        ("INSUFFICIENT_TOKEN_BALANCE", "CONTRACT_REVERT_EXECUTED", "INVALID_SIGNATURE"),
    ),
    # -- NEAR
    Place(
        ENDED,
        "jsonrpc",
        (
            (r"tx_status", r"^receipts_outcome/\d+/outcome/status$"),
            (r"tx_status", r"^status$"),
        ),
        ({"Failure": {"ActionError": {"index": 0, "kind": {"LackBalanceForState": {}}}}},),
        "near",
    ),
    Place(CHAIN, "jsonrpc", ((r"rpc status", r"^chain_id$"),), ("testnet",), "near"),
    # -- Polkadot: Sidecar and Subscan
    Place(
        ENDED,
        "sidecar",
        ((r"/blocks/", r"extrinsics/\d+/success$"),),
        (False, "Error: Token.FundsUnavailable"),
    ),
    Place(UNFINAL, "sidecar", ((r"/blocks/\d", r"^finalized$"),), (False,)),
    Place(
        CHAIN,
        "sidecar",
        ((r"/runtime/spec|/transaction/material", r"genesisHash$"),),
        (_ZERO_HASH,),
    ),
    Place(ENDED, "subscan", ((r"/scan/extrinsic", r"data/success$"),), (False,)),
    Place(UNFINAL, "subscan", ((r"/scan/(extrinsic|block)", r"data/finalized$"),), (False,)),
    # -- Cardano: an invalid script
    Place(ENDED, "blockfrost", ((r"GET /txs/[0-9a-f]+$", r"^valid_contract$"),), (False,)),
    Place(CHAIN, "blockfrost", ((r"GET /genesis", r"network_magic$"),), (1, 2)),
    Place(CHAIN, "koios", ((r"GET /genesis", r"networkmagic$"),), ("1",)),
    # -- Tezos: every operation's own status
    Place(
        ENDED,
        "tzkt",
        ((r"/operations/", r"^\d+/status$"),),
        ("failed", "backtracked", "skipped"),
    ),
    Place(ENDED, "octez", ((r"/operations/", r"result/status$"),), ("failed", "backtracked")),
    Place(CHAIN, "tzkt", ((r"/v1/head", r"^chainId$"),), ("NetXnHfVqm9iesp",)),
    Place(CHAIN, "octez", ((r"chain_id", r"^$"),), ("NetXnHfVqm9iesp",)),
    # -- Antelope
    Place(
        ENDED,
        "nodeos",
        (
            (r"get_transaction_trace", r"^status$"),
            (r"get_block", r"^transactions/\d+/status$"),
            (r"get_block", r"^transactions/\d+/receipt/status$"),
        ),
        ("hard_fail", "expired", "soft_fail"),
    ),
    Place(ENDED, "hyperion", ((r"get_transaction", r"^executed$"),), (False,)),
    Place(
        UNFINAL,
        "hyperion",
        ((r"get_transaction", r"^lib$"), (r"health", r"last_irreversible_block$")),
        (1,),
    ),
    Place(UNFINAL, "nodeos", ((r"get_info", r"last_irreversible_block_num$"),), (1,)),
    Place(CHAIN, "nodeos", ((r"get_info", r"^chain_id$"),), ("00" * 32,)),
    Place(CHAIN, "hyperion", ((r"health", r"service_data/chain_id$"),), ("00" * 32,)),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A place whose word stands alone, with the reason, and where the answers tell amounts."""

    family: str
    request: str
    path: str
    reason: str
    amounts: str = ""
    stories: str = ""


_BLIND = (
    r"BTC/(payout|inscription|omni|runes|coinbase_immature|bare_multisig)|BCH/(cashtoken|slp)"
    r"|DASH/chainlock|LTC/(mweb|old_p2sh)|ZEC/(coinbase|orchard_origin|shielded_origin|native)"
)
_UNBOUND = r"ETH/unknown-type|ZKSYNC/paymaster|ARB/(deposit|retryable)|POL/state-sync"

TOLD: tuple[Told, ...] = (
    Told(
        "evm",
        "eth_getTransactionReceipt",
        r"^logs(/\d+(/(data|topics.*|address))?)?$",
        "a log is told once: no hash that a light client could check binds it",
    ),
    Told("evm", "trace", "", "a trace is the node's own account of what ran inside"),
    Told(
        "evm",
        "eth_getTransactionByHash",
        r"^value$",
        "a transaction of a type whose hash nobody here can recompute",
        stories=_UNBOUND,
    ),
    Told(
        "utxo",
        "getrawtransaction",
        r"^(vout|vin/\d+/txinwitness)",
        "the story was written down without its raw bytes: there is nothing to compare with",
        stories=_BLIND,
    ),
    Told(
        "xrpl", "rpc tx ", r"meta/AffectedNodes", "a holder's balance stands in the metadata alone"
    ),
    Told(
        "solana",
        "getTransaction",
        r"^meta/(pre|post)(Token)?Balances",
        "balances before and after are what counts, and stand in the metadata alone",
    ),
    Told(
        "stellar",
        "/(operations|effects|trades)",
        r"(amount|reserves_received|asset_balance_changes|claimants|_embedded/records(/\d+)?$)",
        "what a path, a trade, a claim, a merge or a contract paid is in no envelope",
    ),
    Told(
        "ton",
        "/(traces|transactions)",
        r"in_msg(/value)?$",
        "a message's value stands in its header, of which the API serves no cell",
    ),
    Told("ton", "jetton/wallets", r"owner$", "whose a jetton wallet is, as the index says"),
    Told(
        "cosmos",
        "/txs/|rpc tx ",
        r"events/",
        "events are what happened, and no hash of the transaction covers them",
        stories=r"fake-events-of-a-contract|cw20|rewards|authz|internal|ibc",
    ),
    Told(
        "algorand",
        "/v2/transactions",
        r"inner-txns|clos(e|ing)-amount",
        "inner transactions and closed remainders are applied data: no id covers them",
    ),
    Told(
        "algorand",
        "/v2/transactions",
        r"payment-transaction/amount$",
        "a field of later days: the id can't be recomputed",
        stories="unread-field",
    ),
    Told(
        "aptos",
        "/transactions/",
        r"^(events/\d+(/(data/amount|guid/creation_number))?$|changes/.*/frozen)",
        "events are told once; the balance in the write set bounds them",
    ),
    Told(
        "sui",
        "",
        r"(balanceChanges|gasSummary|gasUsed|gasSponsor|gasData)",
        "balance changes and gas stand in the effects alone",
    ),
    Told(
        "hedera",
        "/(transactions|airdrops|accounts)",
        r"(token_transfers|transfers|airdrops)",
        "transfer lists are the record; of an honest one all amounts of a kind add up to zero",
    ),
    Told(
        "near",
        "tx_status",
        r"^(receipts/|receipts$|receipts_outcome/\d+/outcome/(logs|status))",
        "receipts and logs are told once",
    ),
    Told(
        "polkadot",
        "/blocks/|/scan/extrinsic",
        r"(events/|event/\d+/params)",
        "events are what happened, and the extrinsic's hash does not cover them",
    ),
    Told(
        "cardano",
        "/txs/|/tx_info",
        r"outputs",
        "the server has no signed bytes of this transaction",
        stories=r"ADA/(koios-)?(native|byron|script-succeeded|token)",
    ),
    Told(
        "tezos",
        "/operations/|/tokens/transfers",
        r"(amount|contractBalance|parameters/value.*|address|^\d*|^contents/\d+|to)$",
        "rows of an indexer and results of a node are told once",
    ),
    Told(
        "antelope",
        "get_transaction",
        r"(receipts/\d+/receiver|act/data/from)$",
        "who ran an action, and who paid, is told once by an index",
    ),
)


def request_of(story: Story, exchange: int) -> str:
    return story.fixture.exchanges[exchange].request


def find_told(story: Story, exchange: int, path: str) -> Told | None:
    """The entry of `TOLD` that covers a place."""
    request = request_of(story, exchange)
    for told in TOLD:
        if (
            told.family == story.family
            and re.search(told.request, request)
            and re.search(told.path, path)
            and re.search(told.stories, story.name)
        ):
            return told
    return None


def is_rpc(story: Story, exchange: int) -> bool:
    return isinstance(story.fixture.exchanges[exchange], RpcExchange)
