"""XRP payments of a key of our own, told in the shape of a real node's answers."""

from __future__ import annotations

import copy
import hashlib
from datetime import UTC, datetime
from typing import Any

from nacl.signing import SigningKey
from outer.desk import print_time

from recovery.chains.codecs import format_address
from recovery.chains.xrpl.serial import hash_transaction
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.model import AddressKey
from recovery.networks import load_registry

XRP = load_registry()["XRP"]
OURS = "rnZmVGX6f4pUYyS4oXYJzoLdRojQV8y297"
TEMPLATE = next(f for f in load_fixtures(network="XRP") if f.name == "XRP/native_tag_missing")
RIPPLE = datetime(2000, 1, 1, tzinfo=UTC)


class Wallet:
    """An ed25519 account, as xrpl.js makes them."""

    def __init__(self, seed: int) -> None:
        self.key = SigningKey(bytes([seed]) * 32)
        self.public_key = "ED" + bytes(self.key.verify_key).hex().upper()
        account = hashlib.new("ripemd160", hashlib.sha256(bytes.fromhex(self.public_key)).digest())
        address = format_address(XRP, AddressKey("xrpl", account.digest()))
        assert address is not None
        self.address = address

    def sign(self, text: str) -> str:
        return self.key.sign(text.encode("ascii")).signature.hex().upper()

    def pay(
        self,
        amount: int,
        at: datetime,
        *,
        sequence: int = 1,
        tag: int | None = None,
        account: dict[str, Any] | None = None,
    ) -> Fixture:
        """The story of a payment to us, in the shape of the node's answers; ``at`` is its ledger's time.

        ``account`` is what the ledger says of the payer's account beside the usual.
        """
        told = TEMPLATE.model_dump(by_alias=True, exclude_unset=True)
        (asked,) = (e for e in told["exchanges"] if e["rpc"] == "tx")
        result = asked["result"] = copy.deepcopy(asked["result"])
        tx = result["tx_json"]
        tx |= {
            "Account": self.address,
            "SigningPubKey": self.public_key,
            "Sequence": sequence,
            "DeliverMax": str(amount),
            "date": int((at - RIPPLE).total_seconds()),
        }
        if tag is not None:
            tx["DestinationTag"] = tag
        sender, recipient = (n["ModifiedNode"] for n in result["meta"]["AffectedNodes"])
        sender["FinalFields"] |= {"Account": self.address, "Balance": "1000"}
        sender["PreviousFields"] |= {"Balance": str(1011 + amount)}
        recipient["FinalFields"] |= {"Balance": str(5000 + amount)}
        recipient["PreviousFields"] = {"Balance": "5000"}
        result["meta"]["delivered_amount"] = str(amount)
        result["close_time_iso"] = print_time(at)
        signed = {k: v for k, v in tx.items() if k not in ("DeliverMax", "date", "ledger_index")}
        tx_hash = hash_transaction(XRP, {**signed, "Amount": str(amount)})
        result["hash"] = tx_hash
        asked["params"][0]["transaction"] = tx_hash
        (holder,) = (e for e in told["exchanges"] if e["rpc"] == "account_info")
        holder["params"][0]["account"] = self.address
        holder["result"]["account_data"] |= {"Account": self.address} | (account or {})
        told |= {"tx_hash": tx_hash, "origin": "synthetic"}
        return Fixture.model_validate(told)
