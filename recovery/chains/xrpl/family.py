"""The XRP Ledger's functions, by the names of the family interface."""

from __future__ import annotations

from recovery.chains.family import Family, RawTx
from recovery.chains.ledgered import read_received
from recovery.chains.shape import garbled
from recovery.chains.xrpl.answer import read_tx
from recovery.chains.xrpl.decode import decode
from recovery.chains.xrpl.fetch import fetch, fetch_cost, fetch_health, fetch_replacement
from recovery.chains.xrpl.scan import SCAN
from recovery.chains.xrpl.serial import Unwritable, hash_transaction
from recovery.model import Evidence
from recovery.networks import Network


def verify(network: Network, raw: RawTx, evidence: Evidence) -> None:
    """Recompute the hash from the transaction's fields: sender, recipient, tag and amount asked for.

    Raises `Garbled` where the fields are not those of the hash. What was delivered stands in the
    metadata, which the hash does not cover: there the decoder compares statement and balances.
    A transaction with fields this desk can't write (new types) can't be checked and passes.
    """
    tx = dict(read_tx(raw.answers["tx"]).tx)
    if "DeliverMax" in tx:  # the API's other name for what was signed as Amount
        tx["Amount"] = tx["DeliverMax"]
    try:
        computed = hash_transaction(network, tx)
    except Unwritable:
        return
    except (ArithmeticError, LookupError, TypeError, ValueError) as wrong:
        raise garbled(f"the transaction's fields can't be written: {wrong}") from None
    if computed != evidence.tx_hash:
        raise garbled(f"the fields given hash to {computed}, not to {evidence.tx_hash}")


FAMILY = Family(
    name="xrpl",
    apis=("jsonrpc",),
    fetch=fetch,
    decode=decode,
    fetch_health=fetch_health,
    fetch_cost=fetch_cost,
    fetch_received=read_received,  # issued currencies and MPTs lie in the ledger's own objects
    fetch_replacement=fetch_replacement,
    verify=verify,
    scan=SCAN,
)
