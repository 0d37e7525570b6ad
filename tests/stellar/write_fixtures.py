"""Writes the fixtures of Stellar: ``python -m stellar.write_fixtures`` from the folder of the tests.

The evidence is what the family says when the file is played; what it has to be is stated by the
tests beside, story by story.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from stellar import stories as s
from stellar.stories import ALICE, BOB, CAROL, DAVE, DOLLAR, EXCHANGE, HEAD, NOW, XLM, Json, Told

from recovery.chains.codecs import parse_hash
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer
from recovery.documents import print_evidence
from recovery.networks import load_registry
from recovery.triage import ask_node

FOLDER = Path(__file__).parents[2] / "fixtures" / "XLM"
WRITTEN = "written by hand after Horizon's documented answers; signed bytes, hash and accounts are of nobody"
STAND_IN = "the ledger's hash is a stand-in; head and health belong to the story's clock"

STORIES: dict[str, Json] = {}


def tell(name: str, story: str, exchanges: list[Json], tx_hash: str, **more: Any) -> None:
    fixture: Json = {"story": story, "origin": "synthetic", "source": WRITTEN}
    fixture |= {"network": "XLM", "api": "horizon", "now": NOW, "tx_hash": tx_hash}
    STORIES[name] = fixture | {"exchanges": exchanges} | more


def tell_tx(name: str, story: str, told: Told, **more: Any) -> None:
    typed = more.pop("typed", told.tx_hash)
    tell(name, story, answers_of_default(told, more), typed, **more)


def answers_of_default(told: Told, more: Json) -> list[Json]:
    return more.pop("exchanges", None) or s.answers_of(told)


def mainnet(name: str, story: str, document: Json, operations: list[Json], **more: Any) -> None:
    tx_hash = document["hash"]
    source = f"facts of the mainnet transaction {tx_hash}; {STAND_IN}"
    document = {
        "id": tx_hash,
        "successful": True,
        "fee_charged": "100",
        "max_fee": "100",
    } | document
    listed = []
    for place, op in enumerate(operations):
        number = str(int(document["paging_token"]) + place + 1)
        told = {"id": number, "paging_token": number, "transaction_hash": tx_hash}
        told |= {"transaction_successful": document["successful"]}
        told |= {"source_account": document["source_account"], "created_at": document["created_at"]}
        listed.append(told | op)
    typed = more.pop("typed", tx_hash)
    exchanges = s.answers(document, listed)
    tell(name, story, exchanges, typed, origin="mainnet", source=source, **more)


def signed(hash: str, token: int, at: str, source: str, envelope: str, **more: Any) -> Json:
    """A recorded transaction; its signatures stand in the envelope's end."""
    count = more.pop("signed_by", 1)
    raw = base64.b64decode(envelope)
    tail = raw[len(raw) - 72 * count :]
    signatures = [tail[i * 72 + 8 : i * 72 + 72] for i in range(count)]
    return {
        "hash": hash,
        "paging_token": str(token),
        "ledger": token >> 32,
        "created_at": at,
        "source_account": source,
        "source_account_sequence": "1",
        "fee_account": source,
        "operation_count": 1,
        "envelope_xdr": envelope,
        "result_xdr": "AAAAAAAAAGQAAAAAAAAAAQAAAAAAAAABAAAAAAAAAAA=",
        "memo_type": "none",
        "signatures": [base64.b64encode(x).decode() for x in signatures],
    } | more


def real_stories() -> None:
    payer = "GDKIJJIKXLOM2NRMPNQZUUYK24ZPVFC6426GZAEP3KUK6KEJLACCWNMX"
    payee = "GDBX63ONLLI372D7FHJYEPKP3KOCH7HZPKJWZPYJMC5RN7L5HB4VFXLM"
    document = signed(
        "2912d519b2c2174b0147a9e02208f3ed14820228913142f8c6a5cd360783c029",
        118_409_941_953_355_776,
        "2020-01-03T00:26:37Z",
        payer,
        "AAAAANSEpQq63M02LHthmlMK1zL6lF7mvGyAj9qoryiJWAQrAAAAZABY004AAAAQAAAAAAAAAAAAAAABAAAAAQAAAADU"
        "hKUKutzNNix7YZpTCtcy+pRe5rxsgI/aqK8oiVgEKwAAAAEAAAAAw39tzVrRv+h/KdOCPU/anCP8+XqTbL8JYLsW/X04"
        "eVIAAAAAAAAEjCc5UAAAAAAAAAAAA4lYBCsAAABAM4j0FWLKI8qMUcJMO3tP4rMAoIDZdbRlFjiFNACVoAd9dCtdgBBp"
        "bi6ZnXtimE370ar19q/qrbvOKBJrnYXjC2b459kAAABAtIedy2ER3ep90HE5rEPwh03iyQRp644Sm8/wK0c9sk6qPSTG"
        "2VEFEj85Jk0TrXLxDmxvnktEhPyec67ZcdxfDrEQC4sAAABAoabKlFbeUmDTtAiGVOHthzrCZHK8mpyFkKIS7QzjL4a6"
        "ASQ6RweWNUKedUBj4uuO5z1vHDr3I5EiLUhK8xceAQ==",
        signed_by=3,
        source_account_sequence="25002129911447568",
    )
    paid = {"type": "payment", "type_i": 1, "from": payer, "to": payee, "asset_type": "native"}
    mainnet(
        "native-payment",
        "500,000 XLM from an account of several signers, without a memo.",
        document,
        [paid | {"amount": "500000.0000000"}],
        typed="https://stellar.expert/explorer/public/tx/" + document["hash"],
    )
    funder = "GBVFTZL5HIPT4PFQVTZVIWR77V7LWYCXU4CLYWWHHOEXB64XPG5LDMTU"
    document = signed(
        "729e441893075fe40b6a6db0acbe38dd39243417cc8717f968414934331a6260",
        121_168_230_080_335_872,
        "2020-02-13T21:21:01Z",
        funder,
        "AAAAAGpZ5X06Hz48sKzzVFo//X67YFenBLxaxzuJcPuXebqxAAAAZAFQS7YAAAAHAAAAAQAAAAAAAAAAAAAAAF5Fvg4A"
        "AAABAAAAC2hlbGxvIHdvcmxkAAAAAAEAAAAAAAAAAAAAAAD7exWPWaCVKiygoj7vEoUox3IdGR0BGEwgrfvu7xj49gAA"
        "AAAL68IAAAAAAAAAAAGXebqxAAAAQPNJSRhqEmEaKqtigW3PTPmm0SPF2befw+hH+j7hhDW9L7xDA6FDZlEvFESKAQxW"
        "BMQeV9r3D/7Y8tx5uW2WwQk=",
        result_xdr="AAAAAAAAAGQAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAA=",
        **s.text_memo("hello world"),
    )
    made = {
        "type": "create_account",
        "type_i": 0,
        "funder": funder,
        "account": "GD5XWFMPLGQJKKRMUCRD53YSQUUMO4Q5DEOQCGCMECW7X3XPDD4PMWMC",
        "starting_balance": "20.0000000",
    }
    mainnet("create-account", "20 XLM bring an account to life, with a text.", document, [made])
    document = signed(
        "4826a3d41a5a795bf795767d0fb5e39c4abbcf695cf888b3578aa126b5b257ee",
        94_658_837_230_923_776,
        "2019-01-18T14:40:47Z",
        "GBYSOAM7D42RMUN4KUJCFYNXZU3F7TJVIPJVSR67RZ436KBCH6DE4BKR",
        "AAAAAHEnAZ8fNRZRvFiUIuG3zTZfzTVQ9NZH39J5v+giP4ZOAAAAZAFAzGcAAAAJAAAAAQAAAAAAAAAAAAAAAFxB5cMA"
        "AAABAAAAAAAAAAEAAAAAAAAAAAAAAABqWeV9Oh8+PLCs81RaP/1+u2BXpwS8Wsc7iXD7l3m6sQAAAAAC+vCAAAAAAAAA"
        "AAEiP4ZOAAAAQO421wcb/JYfBpnYEJzHpMyQnrM8rHd4PUoyHXpPlvQAUGzARqwbX8hcLSM4tlk51AwbuZOaZfWCaFQf"
        "zFZJuAA=",
        result_xdr="AAAAAAAAAGQAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAA=",
        memo_type="text",
    )
    document["source_account"] = document["fee_account"] = s.strkey(
        6 << 3, base64.b64decode(document["envelope_xdr"])[4:36]
    )
    made = made | {"funder": document["source_account"], "account": funder}
    made["starting_balance"] = "5.0000000"
    mainnet("memo-empty-text", "A text memo of nothing is no memo.", document, [made])
    payer = "GBM7VIKSHFBR5SRXM7YMIM7RGVAEOPWBQRLCHGRGTE4NGYVJQAXGZLTB"
    document = signed(
        "b8084d1cf9b44ac9b84b4064a6b0919ed9251b1ead000a89e7abd483d1165b17",
        166_819_725_233_311_744,
        "2021-12-22T18:25:16Z",
        payer,
        "AAAAAgAAAABZ+qFSOUMeyjdn8MQz8TVARz7BhFYjmiaZONNiqYAubAAAAGQA8NnMAAAPZwAAAAAAAAADAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAQAAAABZ+qFSOUMeyjdn8MQz8TVARz7BhFYjmiaZONNiqYAubAAA"
        "AAEAAAAAZNE/IGhLRo0JMrqUrEHTWVgEWA3Xm3kCn6KWkURc/v8AAAABWFJQAAAAAABvF6+da84qsKUGM1pUpaqkjO/a"
        "zcr/o0SbYbgrLCrfEQAAAAGnvy38AAAAAAAAAAGpgC5sAAAAQCGGpiPBIRoYr6LNNxZwYgvxG625pdPmsM6+wffOgOEw"
        "cO7KrUFQwakRlsMKmMbz/gyBF0b2wyOJjvA4qFQYjwc=",
        **s.hash_memo(b""),
    )
    payee = "GBSNCPZANBFUNDIJGK5JJLCB2NMVQBCYBXLZW6ICT6RJNEKELT7P633J"
    issuer = "GBXRPL45NPHCVMFFAYZVUVFFVKSIZ362ZXFP7I2ETNQ3QKZMFLPRDTD5"
    paid = {"type": "payment", "type_i": 1, "from": payer, "to": payee, "amount": "710.9291516"}
    paid |= {"asset_type": "credit_alphanum4", "asset_code": "XRP", "asset_issuer": issuer}
    text = "An issuer's token with another coin's name, and a hash memo of zeros."
    mainnet("issued-named-like-xrp", text, document, [paid])
    payer = "GAN2JTIWVKGZIDN5R2AFYLUV4IUXLBG3MQA3R5ECIIM5RUYT74Y3LDOP"
    document = signed(
        "95811f45cbc7bb08ddb60cf096c30d272c9a2d533ff95cd588de3028d8b407f6",
        251_581_183_991_885_824,
        "2025-08-22T01:30:41Z",
        payer,
        "AAAAAgAAAAAbpM0Wqo2UDb2OgFwuleIpdYTbZAG49IJCGdjTE/8xtQAAAGQDRUz0AAAAEgAAAAAAAAAAAAAAAQAAAAAA"
        "AAAAAAAAAKjkxlriiHlR1PPkqVN/1hk8sw8UP8v6OgqGvrbIzNKMAAAAAAABhqAAAAAAAAAAARP/MbUAAABAalIP4+do"
        "7KxrHgYUYyBFy0Dr4StLCbhbgHO8eyz8YC6KSwNI+pr7gxKO4HM/f1SfKhbuImxwvxHRg1GOpmm4AQ==",
        successful=False,
        result_xdr="AAAAAAAAAGT/////AAAAAQAAAAAAAAAA/////QAAAAA=",
    )
    made = {"type": "create_account", "type_i": 0, "funder": payer}
    made["account"] = "GCUOJRS24KEHSUOU6PSKSU372YMTZMYPCQ74X6R2BKDL5NWIZTJIYV4R"
    text = "0.01 XLM are too few to bring an account to life: only the fee was taken."
    mainnet("failed-create-account", text, document, [made | {"starting_balance": "0.0100000"}])
    funder = "GALPCCZN4YXA3YMJHKL6CVIECKPLJJCTVMSNYWBTKJW4K5HQLYLDMZTB"
    document = signed(
        "2db4b22ca018119c5027a80578813ffcf582cda4aa9e31cd92b43cf1bda4fc5a",
        33_676_838_572_032,
        "2015-10-01T04:15:01Z",
        funder,
        "AAAAABbxCy3mLg3hiTqX4VUEEp60pFOrJNxYM1JtxXTwXhY2AAABLAAAAAMAAAACAAAAAAAAAAEAAAATdGVzdHBvb2ws"
        "ZmF1Y2V0LHNkZgAAAAADAAAAAAAAAAAAAAAAH6Ue1GOPj6Hb/ROPyIFCJpQPMujihEIvJSfK0UfMDIgAAAAAC+vCAAAA"
        "AAAAAAAAAAAAALMw4P7yJTyqj6ptNh7BPyXEoT+zVwTcU4JVbGyonvgbAAAAAAvrwgAAAAAAAAAAAAAAAABJlwu05Op/"
        "5x1uyrweYsyR6pTTos33hRNZe5IF6blnzwAAAAAL68IAAAAAAAAAAAHwXhY2AAAAQDSBB5eNEKkWIoQbZ1YQabJuE5mW"
        "/AKhrHTxw9H3m/sai90YcaZlsAe3ueO9jExjSZF289ZcR4vc0wFw1p/WyAc=",
        operation_count=3,
        fee_charged=300,
        max_fee=300,
        source_account_sequence="12884901890",
        result_xdr="AAAAAAAAASwAAAAAAAAAAwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        **s.text_memo("testpool,faucet,sdf"),
    )
    accounts = (
        "GAP2KHWUMOHY7IO37UJY7SEBIITJIDZS5DRIIQRPEUT4VUKHZQGIRWS4",
        "GCZTBYH66ISTZKUPVJWTMHWBH4S4JIJ7WNLQJXCTQJKWY3FIT34BWZCJ",
        "GBEZOC5U4TVH7ZY5N3FLYHTCZSI6VFGTULG7PBITLF5ZEBPJXFT46YZM",
    )
    made = {"type": "create_account", "type_i": 0, "funder": funder}
    listed = [made | {"account": a, "starting_balance": "20.0000000"} for a in accounts]
    mainnet("several-recipients", "Three accounts of 20 XLM in one batch.", document, listed)
    maker = "GDCJIHD3623OCYNH65UUQC3NLG2D6YCNCDPZULRLCLOA76TBQRL6A3TF"
    document = signed(
        "fc5a98fc3869df408ebd4ac1c2e3fefec8b0a858e82ff1d14e362676708b91e8",
        140_648_659_841_806_336,
        "2020-11-23T16:02:38Z",
        maker,
        "AAAAAgAAAADElBx79rbhYaf3aUgLbVm0P2BNEN+aLisS3A/6YYRX4AAAAGQB862QAAAAAgAAAAEAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAEAAAAAAAAADgAAAAJCT0RISQAAAAAAAAAAAAAAxJQce/a24WGn92lIC21ZtD9gTRDfmi4rEtwP+mGE"
        "V+AAAAAAAA9CQAAAAAEAAAAAAAAAAElBqA1BXzKd9k9nuPoodv0YBKY+Hgh6Uz/UxozgnvyzAAAAAAAAAAAAAAABYYRX"
        "4AAAAEDf41ykW+eq8IVpJNOc4iDaht5Beil8NpQB8WMHkOxW3rocUBF3EHKqUXDIsD9CzzY7Xr1PbzVk5FZ4iBKNF4MM",
        result_xdr="AAAAAAAAAGQAAAAAAAAAAQAAAAAAAAAOAAAAAAAAAAAXiCb7/jOeH1xTQXxv7f4sBei+wUMDFD7EaziYGwnD+QAAAAA=",
    )
    may = {"destination": "GBEUDKANIFPTFHPWJ5T3R6RIO36RQBFGHYPAQ6STH7KMNDHAT36LHOLD"}
    promise = {
        "type": "create_claimable_balance",
        "type_i": 14,
        "sponsor": maker,
        "asset": f"BODHI:{maker}",
        "amount": "0.1000000",
        "claimants": [may | {"predicate": {"unconditional": True}}],
    }
    text = "A claimable balance is made: nobody has received it yet."
    mainnet("hostile-claimable-balance", text, document, [promise])


def payment_stories() -> None:
    coins = 250_000_000
    token = Told(s.payment(coins, coin=DOLLAR), memo=s.id_memo(104_857))
    tell_tx("token-memo-id", "25 USDC with a memo id, the right way.", token)
    told = Told(s.payment(310_000_000), memo=s.text_memo("104857"))
    tell_tx("memo-id-typed-as-text", "The number that should be an id came as a text.", told)
    tell_tx("memo-missing", "A payment to a shared account without a memo.", Told(s.payment(77)))
    told = Told(s.payment(80_000_000), memo=s.text_memo(b"\xff\xfe104857"))
    tell_tx("memo-not-utf8", "A memo text of bytes that are no text.", told)
    told = Told(s.payment(90_000_000), memo=s.hash_memo(b"104857"))
    tell_tx("memo-hash-of-ascii", "The memo was put into a hash, as letters and zeros.", told)
    told = Told(s.payment(91_000_000), memo=s.hash_memo(bytes(range(32)), "return"))
    tell_tx("memo-return", "A refund that names the transaction it returns.", told)
    told = Told(s.payment(coins, coin=DOLLAR, number=420))
    tell_tx("muxed-destination", "The id stands in the muxed destination, there is no memo.", told)
    told = Told(s.payment(coins, number=420), memo=s.id_memo(421))
    tell_tx("muxed-and-memo-differ", "Memo and muxed id name two customers.", told)
    told = Told(s.payment(coins, number=420), memo=s.id_memo(420))
    tell_tx("muxed-and-memo-agree", "Memo and muxed id name the same customer.", told)
    told = Told(
        s.payment(10_000_000),
        s.payment(20_000_000, BOB),
        s.payment(30_000_000, coin=DOLLAR),
        memo=s.id_memo(104_857),
    )
    tell_tx("batch", "One transaction with three payments to two accounts.", told)
    told = Told(s.payment(60_000_000, source=DAVE), s.payment(61_000_000, BOB), memo=s.id_memo(7))
    tell_tx("two-payers", "Two accounts pay in one transaction that both signed.", told)
    told = Told(s.payment(44_000_000), memo=s.id_memo(104_857), bump=True)
    document = told.document | {"hash": told.inner_hash, "id": told.inner_hash}
    exchanges = s.answers(document, told.operations(), typed=told.inner_hash)
    text = "The wallet showed the inner hash; the transaction is known by its fee bump's."
    tell_tx("fee-bump-by-inner-hash", text, told, typed=told.inner_hash, exchanges=exchanges)
    told = Told(s.payment(45_000_000), s.payment(46_000_000, BOB), memo=s.id_memo(104_857))
    first = f"/transactions?cursor={told.paging_id - 1}&order=asc&limit=1&include_failed=true"
    exchanges = [e for e in s.answers_of(told) if e["get"] != f"/transactions/{told.tx_hash}"]
    exchanges.append(s.get(first, s.page(told.document)))
    text = "The id of an operation, copied from an explorer, leads to its transaction."
    typed = str(told.paging_id + 2)
    tell_tx("by-operation-id", text, told, typed=typed, exchanges=exchanges)
    told = Told(s.path_send((50_000_000, XLM), 5_000_000, (6_250_000, DOLLAR), EXCHANGE))
    text = "5 XLM were sent along a path and 0.625 USDC arrived, more than the least asked for."
    tell_tx("path-payment-strict-send", text, told)
    big = (9_000_000_000_000, ("SHIB", s.ISSUER))
    told = Told(s.path_receive(big, 9_100_000_000_000, (10_000, XLM), EXCHANGE))
    text = "A path payment spends 900,000 of a worthless token and delivers 0.001 XLM."
    tell_tx("hostile-path-payment-send-side", text, told)


def special_stories() -> None:
    told = Told(s.merge(EXCHANGE, 1_234_567_890, source=DAVE), memo=s.id_memo(104_857), source=DAVE)
    tell_tx("account-merge", "An account is merged into ours: the effect tells how much.", told)
    told = Told(s.claim(150_000_000, DOLLAR, EXCHANGE, BOB), source=EXCHANGE)
    tell_tx("claim", "A claimable balance that Bob made is claimed by our account.", told)
    told = Told(
        s.contract_call(
            s.change("transfer", 250_000_000, DOLLAR, giver=s.WALLET, to=EXCHANGE)
            | {"destination_muxed_id": "420"},
            s.change("transfer", 70_000_000, XLM, giver=s.WALLET, to=EXCHANGE),
            s.change("burn", 1_000_000, DOLLAR, giver=s.WALLET),
            s.change("mint", 5_000_000, ("POINT", s.ISSUER), to=BOB),
        )
    )
    text = "A smart wallet pays USDC and XLM: XLM of the native contract is XLM, the id is muxed."
    tell_tx("contract-payment", text, told)
    told = Told(s.contract_call(function="swap"))
    text = "A contract call that moved no classic asset: pure contract tokens can't be seen."
    tell_tx("contract-call-unseen", text, told)
    told = Told(s.offer(BOB, (50_000_000, XLM), (10_000_000, DOLLAR)))
    tell_tx("offer-taken", "An offer takes another at once: both get what they bought.", told)
    told = Told(s.withdraw((80_000_000, XLM), (16_000_000, DOLLAR)))
    tell_tx("pool-withdrawal", "A share of a liquidity pool is taken out.", told)
    told = Told(s.clawback(250_000_000, ("COIN", s.ISSUER), EXCHANGE), source=s.ISSUER)
    tell_tx("clawback", "An issuer takes back what our account held: nobody received it.", told)
    told = Told(s.Op("teleport", 99, b"", {"amount": "5.0000000", "to": EXCHANGE}))
    tell_tx("unknown-operation", "An operation of a later protocol, unknown here.", told)


def hostile_stories() -> None:
    told = Told(s.payment(9_999_000_000_000), memo=s.id_memo(104_857), code=-1)
    text = "A payment of 999,900 XLM stands in the ledger with its full amount, and failed."
    tell_tx("hostile-failed-payment", text, told)
    told = Told(s.payment(500_000_000_000, coin=("USDC", s.ISSUER)), memo=s.id_memo(104_857))
    tell_tx("hostile-usdc-of-another-issuer", "50,000 USDC of an issuer that anybody is.", told)
    told = Told(s.create_balance(990_000_000_000, DOLLAR, EXCHANGE, ALICE))
    text = "99,000 USDC that we may claim, and the sender may take back: nobody has them."
    tell_tx("hostile-unclaimed-balance", text, told)
    told = Told(s.payment(1), memo=s.text_memo("visit lumens.example"))
    tell_tx("hostile-dust-with-advert", "A stroop with an advertisement in its memo.", told)
    told = Told(s.payment(12_000_000), memo=s.id_memo(104_857), code=-1)
    lied = [o | {"transaction_successful": True} for o in told.operations()]
    text = "The transaction failed and its operation says it succeeded."
    exchanges = s.answers(told.document, lied)
    tell_tx("garbled-success-of-operation", text, told, exchanges=exchanges, error="garbled")
    told = Told(s.payment(13_000_000), memo=s.id_memo(104_857), code=-1)
    exchanges = s.answers(told.document | {"successful": True}, told.operations())
    text = "The answer says success, the result's own code says failure."
    tell_tx("garbled-success", text, told, exchanges=exchanges, error="garbled")
    told = Told(s.payment(14_000_000), s.payment(15_000_000, BOB), memo=s.id_memo(104_857))
    exchanges = s.answers(told.document, told.operations()[:1])
    text = "One of two operations is missing in the list."
    tell_tx("garbled-operation-missing", text, told, exchanges=exchanges, error="garbled")


def unanswered_stories() -> None:
    nobody = "5e" * 32
    missing = s.get(f"/transactions/{nobody}", s.MISSING, 404)
    text = "A healthy Horizon with the whole history does not know the hash."
    tell(
        "absent", text, [s.get("/", s.ROOT), missing, *costs()], f"0x{nobody.upper()}", absent=True
    )
    later = HEAD + 5000 << 32 | 1 << 12
    first = f"/transactions?cursor={later - 1}&order=asc&limit=1&include_failed=true"
    exchanges = [s.get("/", s.ROOT), s.get(first, s.page())]
    text = "An operation id of a ledger that is not closed yet."
    tell("absent-id-of-a-later-ledger", text, exchanges, str(later + 1), absent=True)
    unhealthy: dict[str, tuple[Json, str]] = {
        "recent-history": ({"history_elder_ledger": HEAD - 100_000}, "A Horizon of a few days"),
        "behind-its-core": ({"core_latest_ledger": HEAD + 500}, "A Horizon behind its core"),
        "stands-still": (
            {"history_latest_ledger_closed_at": "2026-11-20T11:40:00Z"},
            "A Horizon whose newest ledger is twenty minutes old",
        ),
        "other-network": (
            {"network_passphrase": "Test SDF Network ; September 2015"},
            "A Horizon of the test network",
        ),
    }
    for name, (root, story) in unhealthy.items():
        other = hashlib.sha256(name.encode()).hexdigest()
        missing = s.get(f"/transactions/{other}", s.MISSING, 404)
        exchanges = [s.get("/", s.ROOT | root), missing]
        text = f"{story} can prove no absence."
        tell(f"unhealthy-{name}", text, exchanges, other, error="unhealthy")
    old = "0d" * 32
    gone = {"type": "https://stellar.org/horizon-errors/before_history", "status": 410}
    gone |= {"title": "Data Requested Is Before Recorded History", "detail": "older than kept"}
    exchanges = [s.get("/", s.ROOT), s.get(f"/transactions/{old}", gone, 410)]
    text = "What is older than Horizon's history is not absent."
    tell("unhealthy-before-history", text, exchanges, old, error="unhealthy")


def costs() -> list[Json]:
    """What the price of moving a deposit is asked from."""
    charged = {"max": "5000", "min": "100", "mode": "100", "p10": "100", "p50": "100", "p90": "400"}
    stats = {"last_ledger": str(HEAD), "last_ledger_base_fee": "100", "fee_charged": charged}
    head = s.get(f"/ledgers/{HEAD}", s.ledger(HEAD, s.HEAD_TIME))
    accounts = [
        s.get(f"/accounts/{a}", {"id": a, "balances": [{"asset_type": "native"}]})
        for a in (ALICE, BOB, CAROL)
    ]
    gone = s.get(f"/accounts/{DAVE}", s.MISSING, 404)
    return [s.get("/fee_stats", stats), head, *accounts, gone]


def main() -> None:
    for tell_all in (
        real_stories,
        payment_stories,
        special_stories,
        hostile_stories,
        unanswered_stories,
    ):
        tell_all()
    os.environ["RECOVERY_NOW"] = NOW
    row = load_registry()["XLM"]
    for name, fixture in STORIES.items():
        if "absent" not in fixture and "error" not in fixture:
            told = Fixture.model_validate(fixture | {"file": name, "absent": True})
            with ReplayServer(Replay([told])) as server:
                node = Node(row.code, server.url, "horizon")
                (answer,) = ask_node(row, node, [parse_hash(row, fixture["tx_hash"])])
                node.close()
            if not isinstance(answer, Found):
                raise SystemExit(f"{name}: {answer} {server.unanswered}")
            fixture["evidence"] = print_evidence(answer.evidence)
        last = ("evidence", "absent", "error", "notes")
        ordered = {k: v for k, v in fixture.items() if k not in last}
        ordered |= {k: fixture[k] for k in last if k in fixture}
        (FOLDER / f"{name}.json").write_text(
            json.dumps(ordered, indent=1, ensure_ascii=False) + "\n"
        )
    print(f"{len(STORIES)} stories")


if __name__ == "__main__":
    main()
