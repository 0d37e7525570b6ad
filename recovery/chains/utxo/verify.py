"""The second look before money is promised: do the raw bytes say what the answer says?

Knows: the raw transaction beside its decoded answer, and bitcoinlib, which reads BTC, LTC and DOGE
transactions independently of our own reader. Must not know: nodes. It is slow (the library takes
most of a second to load) and stands on no path of the scanner.

Both APIs give the raw transaction: `getrawtransaction` beside the decoded form, in every dialect, and
Esplora under a path of its own, which is always asked. Some services leave it out: their answer is
then as good as that of any API without raw bytes, and a large sum needs a second opinion anyway. What
the bytes can't tell is not verified: the block and its depth, who owned the outputs that are spent (the
parents' own bytes would), Litecoin's MWEB part, and the hash of Zcash transactions after version 5,
of which the outputs alone are compared.
"""

from __future__ import annotations

import atexit
import importlib.util
import logging
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

from recovery.chains.family import RawTx
from recovery.chains.shape import garbled
from recovery.chains.utxo.chain import chain_of
from recovery.chains.utxo.decode import read_owner
from recovery.chains.utxo.rawtx import RawOutput, RawTransaction, parse_raw
from recovery.chains.utxo.seen import parse_hex
from recovery.model import Evidence
from recovery.networks import Network

_MWEB_FLAG = 0x08


def verify(network: Network, raw: RawTx, evidence: Evidence) -> None:
    """Compare hash, amounts and recipients with the raw bytes; raises `Garbled` where they differ."""
    text = raw.answers.get("hex") if raw.api == "esplora" else raw.answers["tx"].get("hex")
    if text is None:
        return
    data = parse_hex(text, "hex")
    kind, chain = network.parameters, chain_of(network)
    try:
        own = parse_raw(
            data, segwit=chain.segwit, zcash="sapling_hrp" in kind, tokens="cashaddr" in kind
        )
    except ValueError as wrong:
        raise garbled(f"the raw transaction can't be read: {wrong}") from None
    _compare(network, own, evidence, "the raw transaction")
    library_name = kind.get("bitcoinlib")
    has_mweb = chain.mweb and data[4:5] == b"\x00" and data[5] & _MWEB_FLAG
    if library_name and not has_mweb:
        second = _read_with_bitcoinlib(data, library_name)
        if second is not None:
            _compare(network, second, evidence, "bitcoinlib", addressed_only=True)


def _compare(
    network: Network,
    raw: RawTransaction,
    evidence: Evidence,
    who: str,
    *,
    addressed_only: bool = False,
) -> None:
    if raw.txid is not None and raw.txid != evidence.tx_hash:
        raise garbled(f"{who} hashes to {raw.txid}, not to {evidence.tx_hash}")
    decoded = [t for t in evidence.transfers if t.position.count(":") == 1]
    if len(decoded) != len(raw.outputs):
        raise garbled(f"{who} has {len(raw.outputs)} outputs, the answer {len(decoded)}")
    bearing = {t.position.rpartition(":")[0] for t in evidence.transfers}
    for transfer, output in zip(decoded, raw.outputs, strict=True):
        if transfer.amount != output.value:
            raise garbled(
                f"{transfer.position} is {output.value} in {who}, {transfer.amount} in the answer"
            )
        if output.token != (transfer.position in bearing):
            raise garbled(f"{transfer.position} bears a token in one of {who} and the answer")
        if addressed_only and transfer.recipient.address is None:
            continue
        if transfer.recipient != read_owner(network, output.script):
            raise garbled(f"{transfer.position} pays another script in {who} than in the answer")


def _read_with_bitcoinlib(data: bytes, library_name: str) -> RawTransaction | None:
    """The library's reading; None where it gives up on bytes that our own reader understood.

    It rewrites scripts whose last push is cut short. They pay no address, and of outputs that
    pay none only the amounts are compared with it.
    """
    transactions = load_bitcoinlib()
    from bitcoinlib.encoding import EncodingError
    from bitcoinlib.keys import BKeyError
    from bitcoinlib.scripts import ScriptError

    refusals = (transactions.TransactionError, EncodingError, BKeyError, ScriptError, ValueError)
    try:
        tx = transactions.Transaction.parse_bytes(data, strict=False, network=library_name)
    except refusals:
        return None
    return RawTransaction(
        tx.txid, tuple(RawOutput(o.value, bytes(o.lock_script)) for o in tx.outputs)
    )


def load_bitcoinlib() -> Any:
    """bitcoinlib's transactions module, imported so that it writes nothing to the home directory.

    At import it creates a data folder, a configuration and log files; ``BCL_DATA_DIR`` moves them,
    and a prepared folder keeps it from logging and caching at all.
    """
    if "BCL_DATA_DIR" not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="recovery-bitcoinlib-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _prepare(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it leaves a file open and calls a deprecated function
        from bitcoinlib import transactions
    logging.getLogger("bitcoinlib").setLevel(logging.CRITICAL)  # it remarks on every taproot input
    return transactions


def _prepare(folder: Path) -> None:
    found = importlib.util.find_spec("bitcoinlib")  # finds it without importing it
    assert found is not None
    assert found.origin is not None
    for file in (Path(found.origin).parent / "data").glob("*.json"):
        shutil.copyfile(file, folder / file.name)
    settings = "[logs]\nenable_bitcoinlib_logging=False\n[common]\nservice_caching_enabled=False\n"
    (folder / "config.ini").write_text(settings, "utf-8")
    (folder / "install.log").touch()  # else the first import writes its own config.ini
    os.environ["BCL_DATA_DIR"] = str(folder)
