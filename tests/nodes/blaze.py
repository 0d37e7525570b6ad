"""Cardano's ledger as Blaze's emulator executes it, told in Blockfrost's own shape.

The emulator has no HTTP: `cardano_emulator.cjs` runs its transactions once and prints what a server
would say of each, and every balance before and after it. `exchanges` makes a replay of that.
"""

from __future__ import annotations

import json
import subprocess
from functools import cache
from typing import Any

from nodes import FOLDER, require

Json = dict[str, Any]


@cache
def execute() -> Json:
    """``head``, ``people``, ``units`` of the minted tokens, and ``told``: each transaction."""
    require("@blaze-cardano/emulator")
    done = subprocess.run(
        [require("node"), "cardano_emulator.cjs"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-800:])
    answer: Json = json.loads(done.stdout)
    return answer


def exchanges(told: Json) -> list[Json]:
    """Everything that a server on this ledger answers about one transaction."""
    path = f"/txs/{told['tx']['hash']}"
    parts = {path: told["tx"]} | {
        f"{path}/{part}": told[part] for part in ("utxos", "metadata", "cbor")
    }
    genesis = {"/genesis": {"network_magic": 1}, "/blocks/latest": execute()["head"]}
    found = [{"get": p, "json": answer} for p, answer in (genesis | parts).items()]
    units = {a["unit"] for o in told["utxos"]["outputs"] for a in o["amount"]} - {"lovelace"}
    missing = {"status_code": 404, "error": "Not Found", "message": "no such component"}
    return found + [{"get": f"/assets/{u}", "status": 404, "json": missing} for u in units]
