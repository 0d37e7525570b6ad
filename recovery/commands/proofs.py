"""`recovery prove`: asking a case's senders for a proof, and taking their answers.

Knows: which use-case an option calls and how a proof is shown. Must not know: what proves anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recovery.commands.options import Actor, CaseId, ConfigFile, Json, name_actor, read_config
from recovery.commands.output import print_facts, print_lines, show

if TYPE_CHECKING:
    from recovery.proofs.values import SignedAnswer

MAX_FILE = 65_536
"""Characters of a signature's file: more than any wallet gives back."""


def register(app: typer.Typer) -> None:
    app.command()(prove)


def prove(
    case_id: CaseId,
    address: Annotated[
        str | None, typer.Option("--address", help="The sending address that signed, or is asked.")
    ] = None,
    signature: Annotated[
        str | None, typer.Option("--signature", help="Its signature, or @FILE; - reads stdin.")
    ] = None,
    public_key: Annotated[
        str | None, typer.Option("--public-key", help="Its public key, where the wallet gives one.")
    ] = None,
    extra: Annotated[
        list[str] | None,
        typer.Option("--extra", help="KEY=VALUE the wallet gave beside it (VALUE or @FILE)."),
    ] = None,
    scheme: Annotated[
        str | None, typer.Option("--scheme", help="How it was signed, where that is not plain.")
    ] = None,
    deposit: Annotated[
        bool, typer.Option("--deposit", help="Ask for a verification deposit, not a signature.")
    ] = False,
    tx: Annotated[
        str | None, typer.Option("--tx", help="Hash of the verification deposit that was sent.")
    ] = None,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Ask the sender of a case's deposit for a proof, or take the answer."""
    from recovery.checker import open_checker
    from recovery.proofs import desk
    from recovery.proofs.printing import print_proof

    _check_usage(address, signature, tx, (public_key, extra, scheme), deposit=deposit)
    answer = None if signature is None else read_answer(signature, public_key, extra or [])
    config = read_config(config_file)
    who = name_actor(actor)
    with open_checker(config) as checker:
        if tx is not None:
            seen = desk.answer_with_deposit(checker, case_id, tx, actor=who)
        elif answer is not None:
            assert address is not None
            seen = desk.answer_with_signature(
                checker, case_id, address=address, answer=answer, actor=who, scheme=scheme
            )
        else:
            seen = desk.ask(checker, case_id, actor=who, deposit=deposit, address=address)
        document = print_proof(seen)
    show(document, as_json=as_json, person=lambda: show_proof(document))
    return 0


def _check_usage(
    address: str | None,
    signature: str | None,
    tx: str | None,
    beside: Sequence[object],
    *,
    deposit: bool,
) -> None:
    from recovery.errors import BadInput

    wrong = None
    if tx is not None and (signature is not None or address is not None or deposit):
        wrong = "--tx names a deposit that was sent: no other option goes with it"
    elif deposit and signature is not None:
        wrong = "--deposit asks for a deposit, --signature answers a challenge"
    elif signature is not None and address is None:
        wrong = "--signature needs --address, the address that signed"
    elif signature is None and any(beside):
        wrong = "--public-key, --extra and --scheme go with --signature"
    if wrong is not None:
        raise BadInput("bad-usage", wrong, hint="recovery prove --help")


def read_answer(signature: str, public_key: str | None, extras: Sequence[str]) -> SignedAnswer:
    """What the options say, files read; raises `BadInput`."""
    from recovery.errors import BadInput
    from recovery.proofs.values import SignedAnswer

    found: dict[str, str] = {}
    for text in extras:
        key, equals, value = text.partition("=")
        if not equals or not key or key in found:
            raise BadInput(
                "bad-extra",
                f"--extra {text[:40]!r} is not KEY=VALUE, or stands there twice",
                where="--extra",
            )
        found[key] = _read(value, "--extra")
    key_text = None if public_key is None else _read(public_key, "--public-key")
    return SignedAnswer(_read(signature, "--signature"), key_text, found)


def _read(text: str, where: str) -> str:
    """The text, or the file that ``@FILE`` names, without the space around it."""
    from recovery.errors import BadInput

    if text == "-" and where == "--signature":
        return typer.get_text_stream("stdin").read(MAX_FILE + 1)[:MAX_FILE].strip()
    if not text.startswith("@"):
        return text.strip()
    try:
        with Path(text[1:]).open(encoding="utf-8") as file:
            read = file.read(MAX_FILE + 1)
    except (OSError, UnicodeDecodeError, ValueError) as wrong:
        raise BadInput("unreadable-file", f"can't read {text[1:]}: {wrong}", where=where) from None
    if len(read) > MAX_FILE:
        raise BadInput("too-long", f"{text[1:]} has more than {MAX_FILE} characters", where=where)
    return read.strip()


def show_proof(document: Mapping[str, Any]) -> None:
    """A proof for a person: what is asked of whom, word for word, and what is there already."""
    facts = [
        ("state", document["state"]),
        ("complete", "yes" if document["complete"] else "not yet"),
        ("refused", f"{document['attempts']['refused']}, {document['attempts']['left']} left"),
    ]
    if document["review"] is not None:
        facts.append(("reviewer", document["review"]["text"]))
    facts += [
        ("deposit", f"{line['tx_hash']} {line['position']}: {line['amount']}, {line['becomes']}")
        for line in document["verification_deposits"]
    ]
    print_facts(f"proof of the sender, case {document['case']}", facts)
    for sender in document["senders"]:
        _show_sender(document, sender)


def _show_sender(document: Mapping[str, Any], sender: Mapping[str, Any]) -> None:
    facts = [("proven", sender["proven_by"] if sender["proven"] else "not yet")]
    if sender["note"] is not None:
        facts.append(("note", sender["note"]["text"]))
    if sender.get("shared") is not None:
        facts.append(("reviewer", sender["shared"]["text"]))
    print_facts(f"sender {sender['address']}", facts)
    challenge, deposit = sender["challenge"], sender["deposit"]
    if challenge is not None and not sender["proven"]:
        print_lines(["", "sign exactly this text, every line of it:", ""])
        print_lines([f"    {line}" for line in challenge["text"].split("\n")])
        print_lines([""])
        for scheme in sender["schemes"]:
            asks = f" Hand in too: {', '.join(scheme['asks'])}." if scheme["asks"] else ""
            print_lines([f"{scheme['title']}: {scheme['instructions']}{asks}"])
        print_lines(
            [
                f"then: recovery prove {document['case']} --address {sender['address']} "
                "--signature SIGNATURE",
                f"it ends at {challenge['expires_at']}, {challenge['attempts_left']} attempts left",
            ]
        )
    if deposit is not None and not sender["proven"]:
        print_lines(
            [
                "",
                deposit["text"],
                f"until {deposit['expires_at']}; then: recovery prove {document['case']} --tx HASH",
            ]
        )
