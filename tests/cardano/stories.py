"""Cardano transactions made from their signed bytes up, and both APIs' answers about them.

Knows: CBOR of a transaction from the writer's side, the shapes of Blockfrost and Koios, one moment in
which all stories are told. Must not know: the decoder.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import cbor2
from base58_bech32.base58 import b58decode
from base58_bech32.bech32 import BECH32_1_CONST, bech32_decode_bytes, bech32_encode_bytes

NOW = "2026-11-20T12:00:00Z"
NOW_S = 1_795_176_000
HEAD, HEAD_S = 12_700_000, NOW_S - 12

Json = dict[str, Any]
Value = dict[str, int]


def slot_of(seconds: int) -> int:
    """Shelley counts seconds on from slot 4492800 at 1596059091."""
    return seconds - 1_596_059_091 + 4_492_800


def digest(text: str, size: int = 32) -> bytes:
    return hashlib.blake2b(f"cardano story: {text}".encode(), digest_size=size).digest()


def somebody(name: str, stake: str | None = None, *, script: bool = False) -> str:
    """A base address of nobody; ``stake`` names another's stake part, "" an enterprise address."""
    payment = digest(f"payment {name}", 28)
    kind = (6 if stake == "" else 0) + (1 if script else 0)
    raw = bytes([kind << 4 | 1]) + payment
    if stake != "":
        raw += digest(f"stake {stake or name}", 28)
    return bech32_encode_bytes("addr", raw, m=BECH32_1_CONST).decode()


ALICE, BOB, CAROL, DAVE = map(somebody, ("alice", "bob", "carol", "dave"))
FRANKEN = somebody("bob", "mallory")
SCRIPT = somebody("lock", "", script=True)
ALICE_STAKE = bech32_encode_bytes(
    "stake", b"\xe1" + digest("stake alice", 28), m=BECH32_1_CONST
).decode()


def policy(name: str) -> str:
    return digest(f"policy {name}", 28).hex()


USDM = policy("usdm") + b"USDM".hex()
FAKE = policy("mallory") + b"USDM".hex()
LOOK_ALIKE = policy("mallory") + "UЅDM".encode().hex()  # the second letter is Cyrillic
CIP68 = policy("shop") + "0014df10" + b"PTS".hex()
PICTURE = policy("pictures") + "000de140" + b"Picture7".hex()
REGISTER: dict[str, Json] = {
    USDM: {
        "ticker": "USDM",
        "name": "Fiat-backed dollar",
        "decimals": 6,
        "supply": "9000000000000",
    },
    FAKE: {"supply": "45000000000000000"},
    LOOK_ALIKE: {"supply": "45000000000000000"},
    CIP68: {"supply": "1000000"},
    PICTURE: {"supply": "1"},
}


@dataclass(frozen=True)
class In:
    address: str
    value: Value
    collateral: bool = False
    reference: bool = False
    tx: str = ""
    index: int = 0

    @property
    def source(self) -> str:
        return self.tx or digest(f"spent {self.address} {sorted(self.value.items())}").hex()


@dataclass(frozen=True)
class Out:
    address: str
    value: Value
    collateral: bool = False
    datum: bool = False


@dataclass(frozen=True)
class Told:
    """One transaction. Without ``hash`` it is made from bytes, and has that of its body."""

    inputs: list[In]
    outputs: list[Out]
    fee: int = 170_000
    height: int = HEAD - 100
    block_time: int = 0
    valid: bool = True
    withdrawn: int | None = None
    minted: list[tuple[str, int]] = field(default_factory=list)
    metadata: Json = field(default_factory=dict)
    expires: int | None = slot_of(NOW_S + 3600)
    hash: str = ""
    block: str = ""
    raw: str = ""

    @property
    def time(self) -> int:
        return self.block_time or HEAD_S - 20 * (HEAD - self.height)

    @property
    def block_hash(self) -> str:
        return self.block or digest(f"block {self.height}").hex()

    @property
    def cbor(self) -> str | None:
        """None of a transaction that is told without its bytes."""
        if self.raw or self.hash:
            return self.raw or None
        body: dict[int, Any] = {
            0: [[bytes.fromhex(i.source), i.index] for i in self.spent],
            1: [_output(o) for o in self.outputs if not o.collateral],
            2: self.fee,
        }
        if self.expires is not None:
            body[3] = self.expires
        if any(i.collateral for i in self.inputs):
            body[13] = [[bytes.fromhex(i.source), i.index] for i in self.inputs if i.collateral]
        for returned in (o for o in self.outputs if o.collateral):
            body[16] = _output(returned)
        return cbor2.dumps([body, {}, self.valid, None]).hex()

    @property
    def tx_hash(self) -> str:
        if self.hash:
            return self.hash
        assert self.cbor is not None
        body = cbor2.dumps(cbor2.loads(bytes.fromhex(self.cbor))[0])
        return hashlib.blake2b(body, digest_size=32).hexdigest()

    @property
    def spent(self) -> list[In]:
        return [i for i in self.inputs if not i.collateral and not i.reference]

    @property
    def total(self) -> Value:
        total: Value = {}
        for out in self.outputs:
            for unit, quantity in out.value.items():
                if not out.collateral:
                    total[unit] = total.get(unit, 0) + quantity
        return total

    @property
    def units(self) -> list[str]:
        return sorted(u for u in self.total if u != "lovelace")


def _output(out: Out) -> list[Any]:
    coin = out.value["lovelace"]
    tokens: dict[bytes, dict[bytes, int]] = {}
    for unit, quantity in out.value.items():
        if unit != "lovelace":
            raw = bytes.fromhex(unit)
            tokens.setdefault(raw[:28], {})[raw[28:]] = quantity
    return [address_bytes(out.address), [coin, tokens] if tokens else coin]


def address_bytes(text: str) -> bytes:
    if text.startswith("addr"):
        return bytes(bech32_decode_bytes(text, m=BECH32_1_CONST, limit=None)[1])
    return b58decode(text, max_length=len(text))


def pay(recipient: str = BOB, amount: int = 25_000_000, /, **more: Any) -> Told:
    """Alice pays coin to somebody and keeps the change."""
    spent = [In(ALICE, {"lovelace": 100_000_000})]
    change = 100_000_000 - amount - 170_000
    made = [Out(recipient, {"lovelace": amount}), Out(ALICE, {"lovelace": change})]
    return Told(**{"inputs": spent, "outputs": made, **more})


def send(token: str, quantity: int, /, recipient: str = BOB, **more: Any) -> Told:
    """Alice sends a token with the coin that it must travel with."""
    spent = [In(ALICE, {"lovelace": 50_000_000, token: quantity + 5})]
    made = [
        Out(recipient, {"lovelace": 1_200_000, token: quantity}),
        Out(ALICE, {"lovelace": 48_630_000, token: 5}),
    ]
    return Told(**{"inputs": spent, "outputs": made, **more})


# -- Blockfrost -----------------------------------------------------------------------------
NOT_FOUND = {
    "status_code": 404,
    "error": "Not Found",
    "message": "The requested component has not been found.",
}


def get(path: str, answer: Any, status: int = 200) -> Json:
    return {"get": path, "status": status, "json": answer}


def missing(path: str) -> Json:
    return get(path, NOT_FOUND, 404)


def blockfrost_health(*, magic: int = 764_824_073, time: int = HEAD_S) -> list[Json]:
    genesis = {
        "active_slots_coefficient": 0.05,
        "update_quorum": 5,
        "max_lovelace_supply": "45000000000000000",
        "network_magic": magic,
        "epoch_length": 432_000,
        "system_start": 1_506_203_091,
        "slot_length": 1,
        "security_param": 2160,
    }
    latest = {
        "time": time,
        "height": HEAD,
        "hash": digest(f"block {HEAD}").hex(),
        "slot": slot_of(time),
        "confirmations": 0,
    }
    return [get("/genesis", genesis), get("/blocks/latest", latest)]


def _amount(value: Value) -> list[Json]:
    return [{"unit": unit, "quantity": str(quantity)} for unit, quantity in value.items()]


def _blockfrost_utxos(told: Told, *, mempool: bool = False) -> Json:
    inputs = []
    for spent in told.inputs:
        row: Json = {} if mempool else {"address": spent.address, "amount": _amount(spent.value)}
        row |= {"tx_hash": spent.source, "output_index": spent.index}
        if not mempool:
            row |= {"data_hash": None, "inline_datum": None, "reference_script_hash": None}
        inputs.append(row | {"collateral": spent.collateral, "reference": spent.reference})
    outputs: list[Json] = []
    for index, made in enumerate(told.outputs):
        row = {"address": made.address, "amount": _amount(made.value), "output_index": index}
        row |= {"data_hash": digest("datum").hex() if made.datum else None, "inline_datum": None}
        row |= {"collateral": made.collateral, "reference_script_hash": None}
        outputs.append(row if mempool else row | {"consumed_by_tx": None})
    return {"inputs": inputs, "outputs": outputs}


def _blockfrost_summary(told: Told) -> Json:
    return {
        "hash": told.tx_hash,
        "output_amount": _amount(told.total),
        "fees": str(told.fee),
        "deposit": "0",
        "size": 300,
        "invalid_before": None,
        "invalid_hereafter": None if told.expires is None else str(told.expires),
        "utxo_count": len(told.inputs) + len(told.outputs),
        "withdrawal_count": 0 if told.withdrawn is None else 1,
        "asset_mint_or_burn_count": len(told.minted),
        "redeemer_count": int(any(i.collateral for i in told.inputs)),
        "valid_contract": told.valid,
    }


def blockfrost(told: Told) -> list[Json]:
    """Every exchange of one look at a transaction in a block."""
    path = f"/txs/{told.tx_hash}"
    tx = _blockfrost_summary(told) | {
        "block": told.block_hash,
        "block_height": told.height,
        "block_time": told.time,
        "slot": slot_of(told.time),
        "index": 3,
    }
    said = [{"label": k, "json_metadata": v} for k, v in told.metadata.items()]
    exchanges = [
        *blockfrost_health(),
        get(path, tx),
        get(f"{path}/utxos", {"hash": told.tx_hash} | _blockfrost_utxos(told)),
        get(f"{path}/metadata", said),
    ]
    if told.withdrawn is not None:
        rows = [{"address": ALICE_STAKE, "amount": str(told.withdrawn)}]
        exchanges.append(get(f"{path}/withdrawals", rows))
    cbor = f"{path}/cbor"
    exchanges.append(missing(cbor) if told.cbor is None else get(cbor, {"cbor": told.cbor}))
    return exchanges + [_blockfrost_asset(unit) for unit in told.units]


def _blockfrost_asset(unit: str) -> Json:
    if unit not in REGISTER:
        return missing(f"/assets/{unit}")
    said = REGISTER[unit]
    register = {k: said[k] for k in ("name", "ticker", "decimals") if k in said}
    answer = {
        "asset": unit,
        "policy_id": unit[:56],
        "asset_name": unit[56:],
        "quantity": said["supply"],
        "mint_or_burn_count": 1,
        "onchain_metadata": None,
        "metadata": register or None,
    }
    return get(f"/assets/{unit}", answer)


def blockfrost_mempool(told: Told) -> list[Json]:
    tx_hash = told.tx_hash
    answer = {"tx": _blockfrost_summary(told)} | _blockfrost_utxos(told, mempool=True)
    found = get(f"/mempool/{tx_hash}", answer | {"redeemers": []})
    named = [_blockfrost_asset(unit) for unit in told.units]
    return [*blockfrost_health(), missing(f"/txs/{tx_hash}"), found, *named]


def blockfrost_absent(tx_hash: str) -> list[Json]:
    return [*blockfrost_health(), missing(f"/txs/{tx_hash}"), missing(f"/mempool/{tx_hash}")]


# -- Koios ----------------------------------------------------------------------------------
def post(path: str, body: Json, answer: Any) -> Json:
    return {"post": path, "body": body, "json": answer}


def koios_health() -> list[Json]:
    tip = {
        "hash": digest(f"block {HEAD}").hex(),
        "epoch_no": 598,
        "abs_slot": slot_of(HEAD_S),
        "epoch_slot": 100_000,
        "block_height": HEAD,
        "block_no": HEAD,
        "block_time": HEAD_S,
    }
    genesis = get("/genesis?select=networkmagic", [{"networkmagic": "764824073"}])
    return [genesis, get("/tip", [tip])]


def _koios_row(address: str, value: Value, tx_hash: str, index: int, *, datum: bool) -> Json:
    assets = [
        {
            "policy_id": unit[:56],
            "asset_name": unit[56:],
            "decimals": REGISTER.get(unit, {}).get("decimals", 0),
            "quantity": str(quantity),
            "fingerprint": "asset1" + digest(unit).hex()[:38],
        }
        for unit, quantity in reversed(value.items())
        if unit != "lovelace"
    ]
    return {
        "value": str(value["lovelace"]),
        "tx_hash": tx_hash,
        "tx_index": index,
        "asset_list": assets,
        "datum_hash": digest("datum").hex() if datum else None,
        "stake_addr": None,
        "inline_datum": None,
        "payment_addr": {"bech32": address, "cred": None},
        "reference_script": None,
    }


def _koios_inputs(inputs: list[In]) -> list[Json]:
    return [_koios_row(i.address, i.value, i.source, i.index, datum=False) for i in inputs]


def koios_question(tx_hash: str) -> Json:
    parts = ("_inputs", "_metadata", "_assets", "_withdrawals", "_scripts")
    return {"_tx_hashes": [tx_hash], **dict.fromkeys(parts, True)}


def koios(told: Told) -> list[Json]:
    """Every exchange of one look at a transaction in a block."""
    tx_hash = told.tx_hash
    rows = [
        _koios_row(o.address, o.value, tx_hash, i, datum=o.datum)
        for i, o in enumerate(told.outputs)
    ]
    plain = [r for r, o in zip(rows, told.outputs, strict=True) if not o.collateral]
    returned = [r for r, o in zip(rows, told.outputs, strict=True) if o.collateral]
    collateral = [i for i in told.inputs if i.collateral]
    minted = [
        {"policy_id": u[:56], "asset_name": u[56:], "quantity": str(q)} for u, q in told.minted
    ]
    withdrawals = []
    if told.withdrawn is not None:
        withdrawals = [{"amount": str(told.withdrawn), "stake_addr": ALICE_STAKE}]
    tx = {
        "tx_hash": tx_hash,
        "block_hash": told.block_hash,
        "block_height": told.height,
        "epoch_no": 598,
        "absolute_slot": slot_of(told.time),
        "tx_timestamp": told.time,
        "tx_block_index": 3,
        "tx_size": 300,
        "total_output": str(told.total["lovelace"]),
        "fee": str(told.fee),
        "deposit": "0",
        "invalid_before": None,
        "invalid_after": None if told.expires is None else str(told.expires),
        "collateral_inputs": _koios_inputs(collateral),
        "collateral_output": returned[0] if returned else None,
        "reference_inputs": _koios_inputs([i for i in told.inputs if i.reference]),
        "inputs": _koios_inputs(told.spent),
        "outputs": plain,
        "withdrawals": withdrawals,
        "assets_minted": minted,
        "metadata": told.metadata or None,
        "certificates": [],
        "native_scripts": [],
        "plutus_contracts": [
            {"script_hash": digest("script", 28).hex(), "valid_contract": told.valid}
            for _ in collateral[:1]
        ],
    }
    exchanges = [*koios_health(), post("/tx_info", koios_question(tx_hash), [tx])]
    raws = [] if told.cbor is None else [{"tx_hash": tx_hash, "cbor": told.cbor}]
    exchanges.append(post("/tx_cbor", {"_tx_hashes": [tx_hash]}, raws))
    if told.units:
        body = {"_asset_list": [[u[:56], u[56:]] for u in told.units]}
        exchanges.append(
            post("/asset_info", body, [_koios_asset(u) for u in told.units if u in REGISTER])
        )
    return exchanges


def _koios_asset(unit: str) -> Json:
    said = REGISTER[unit]
    register = {k: said[k] for k in ("name", "ticker", "decimals") if k in said}
    return {
        "policy_id": unit[:56],
        "asset_name": unit[56:],
        "total_supply": said["supply"],
        "token_registry_metadata": register or None,
    }


def koios_absent(tx_hash: str) -> list[Json]:
    return [*koios_health(), post("/tx_info", koios_question(tx_hash), [])]


# -- transactions of the main network -------------------------------------------------------
REAL_PAYMENT = Told(
    hash="06aa4452446ddbd0773694bfe4f5d2ba2faa05bbf96ae318f115ca3633cc30d1",
    block="56b40fff73f4a3bc946b516d507b822eb92781f67327bc7bb6f46a08dd5dfdf0",
    height=5_412_127,
    block_time=1_614_900_000,
    fee=179_361,
    expires=None,
    inputs=[
        In(
            "addr1qxqxphm80tt8yyu25cy3w6k45kcmhy0ec8wtds57vy7jnwl3vdnqjcaf0s2xxaupf67k50pgulcujcyh20l8vx2x92ms609ga6",
            {"lovelace": 22_620_000_000},
            tx="9ded65803caa08ab0805e566f504cb5f2a1e078e6e2d94816cfcf69e77b94d06",
        )
    ],
    outputs=[
        Out(
            "addr1q9x3j88pwufrnttdcaft9rnsmxnjnvlck064l905ul3hmkh3vdnqjcaf0s2xxaupf67k50pgulcujcyh20l8vx2x92msk33lpr",
            {"lovelace": 1_000_000},
        ),
        Out(
            "addr1qyvgatmpv9g2q4wnjkl5eqhcy62vl39lr3vattj3wk5aqvl3vdnqjcaf0s2xxaupf67k50pgulcujcyh20l8vx2x92ms2e8d94",
            {"lovelace": 22_618_820_639},
        ),
    ],
)
REAL_BYRON = Told(
    hash="20e1d2343cbe16ab4b02c57ab17fa99d9a562af57a82dc562f48ee170f866f16",
    block="57e16e0bf74356f949d6d7a06f33f031283c81887233d33c76692790e8137e7f",
    height=31_322,
    block_time=1_506_830_000,
    fee=171_070,
    expires=None,
    inputs=[
        In(
            "DdzFFzCqrhsje6fw2vbCiDkkgUAs8oMhqH4VkFdiPGGJNo28gbXEXqJ2igZYqnA4Zk3H7b9Wd8iPXnCqPuRDj7Npz4Rx6tVNMZuDSoxk",
            {"lovelace": 684_988_315_368},
            tx="96ce9dd0565d2d255925dc33461488c8d3bcbca0622616a3cf87bbe9248ca6df",
        )
    ],
    outputs=[
        Out(
            "DdzFFzCqrhsiHvdrwXtzmLzJb8yp1qY7nVR5FkwdEQoaPZSYLf6K9BzbDG1vQsp3gdyHGFN6ST3eL6MkKZmGGhVoA9F6G859gPdtC14d",
            {"lovelace": 684_987_144_298},
        ),
        Out(
            "DdzFFzCqrht7kRa3H83VGtMagziigeStH1CgywX5VsKoRhveG9bHXbJdZWbsrbh2GSfoqJtUNMQvjcaGyXmEnPRta7EGHr5oyMmUayuM",
            {"lovelace": 1_000_000},
        ),
    ],
)
COTO = "24a87872afa67f8860b7f6e910a63ddaffe39ed3a8affb04981eeaa9" + b"COTO".hex()
REAL_TOKEN_BYTES = (
    "84a40081825820eb8cfbbb925e265b2cea57b98141d3065c0b1c2799fd1634abee3d096e26071e010182825839"
    "01cd877d39952e7a00661692eced3106ed5fac40e4013c36213d2ad0f686ea3f6165a358095c1c53a9e50eb7cb"
    "a29c13fb0e58451d2a5d07f81a000f4240825839017d771371e5a7eaff1b3a342623eb115ce861e3e203216511"
    "b937640386ea3f6165a358095c1c53a9e50eb7cba29c13fb0e58451d2a5d07f8821a001d73d0a1581c24a87872"
    "afa67f8860b7f6e910a63ddaffe39ed3a8affb04981eeaa9a144434f544f1844021a0002985d031a07c50452a1"
    "0081825820b6c901bc71a2d4b8fc37ecce852c786652483c1b4ee7fcb01aeccd076daae55b5840bb89620e337b"
    "eee4d876c1f0fabd60639a58b398aad107ecc7c6896c2cdabdbce70e43645c979c45b31d7e0443c53397f434a2"
    "0fff21d2a8fac64971f4daae06f5f6"
)


def real_token() -> Told:
    """The bytes tell outputs, fee and expiry; the spender is the key that signed, without stake."""
    body, witnesses, *_ = cbor2.loads(bytes.fromhex(REAL_TOKEN_BYTES))
    outputs = []
    for raw, value in body[1]:
        address = bech32_encode_bytes("addr", raw, m=BECH32_1_CONST).decode()
        amounts = {"lovelace": value if isinstance(value, int) else value[0]}
        if not isinstance(value, int):
            amounts[COTO] = 68
        outputs.append(Out(address, amounts))
    signer = hashlib.blake2b(witnesses[0][0][0], digest_size=28).digest()
    spender = bech32_encode_bytes("addr", b"\x61" + signer, m=BECH32_1_CONST).decode()
    (spent,) = body[0]
    value = {"lovelace": 1_000_000 + 1_930_192 + body[2], COTO: 68}
    return Told(
        hash="11f648d477779bf1dd2e853d26b12e061e762c60e3277e079553c42de8a580bc",
        raw=REAL_TOKEN_BYTES,
        height=10_500_000,
        block_time=slot_time(body[3] - 3600),
        fee=body[2],
        expires=body[3],
        inputs=[In(spender, value, tx=spent[0].hex(), index=spent[1])],
        outputs=outputs,
    )


def slot_time(slot: int) -> int:
    return slot - 4_492_800 + 1_596_059_091


_NODE_NFT = "c9aef063a35905d41b7c067a74cdf1efc495c80c45bdba2622ff11d843334e6f64654e4654"
_KEY = "addr1vyrrp6xxxtju3ts2sjdgv0smvw9eph5n28gsjf8d8e827gqutvkft"
_LOCK = "addr1w83yy69vkawcvya7eamsy7upqq5dzlrhd77m3myhkznfhrszj6emw"
_FROM = "580818d2156a04626134b35be864a01d8de35916c4f09a6f4900fc2abf23f01b"
REAL_SCRIPT = Told(
    hash="7ec5dd9f2fdd33b73786106b95be7737f6de5d53bb5e7b0610d1b9e947474d3c",
    height=6_500_000,
    block_time=1_637_000_000,
    fee=579_251,
    expires=None,
    inputs=[
        In(_KEY, {"lovelace": 41_498_201}, tx=_FROM),
        In(_LOCK, {"lovelace": 2_000_000, _NODE_NFT: 1}, tx=_FROM, index=1),
        In(_KEY, {"lovelace": 41_498_201}, collateral=True, tx=_FROM),
    ],
    outputs=[
        Out(_KEY, {"lovelace": 40_918_950}),
        Out(_LOCK, {"lovelace": 2_000_000, _NODE_NFT: 1}, datum=True),
    ],
)
REGISTER[_NODE_NFT] = {"supply": "1"}
