"""Opening cases and looking at them; the transitions are `recovery.commands.transitions`.

Knows: which use-case a command calls and how a case is shown. Must not know: what is allowed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recovery.commands.evidence import check_exit, show_check, show_evidence, show_verdict
from recovery.commands.options import (
    Actor,
    CaseId,
    ClaimedAddress,
    ClaimedAmount,
    ClaimedAsset,
    ClaimedMemo,
    ConfigFile,
    Json,
    NetworkName,
    ReturnMemo,
    ReturnTo,
    TxHash,
    User,
    name_actor,
    read_config,
)
from recovery.commands.output import print_facts, print_lines, print_table, show

if TYPE_CHECKING:
    from recovery.cases.values import Case
    from recovery.config import Config
    from recovery.store import Store

Document = Mapping[str, Any]


def register(app: typer.Typer) -> None:
    app.command("open")(open_)
    app.command("cases")(cases)
    app.command("case")(case)
    app.command("linked")(linked)
    app.command("explain")(explain)
    app.command("audit")(audit)


def open_(
    tx_hash: TxHash,
    network: NetworkName = None,
    user: User = None,
    address: ClaimedAddress = None,
    memo: ClaimedMemo = None,
    asset: ClaimedAsset = None,
    amount: ClaimedAmount = None,
    return_to: ReturnTo = None,
    return_memo: ReturnMemo = None,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Check a claim and store it as a case (one for each transfer to us)."""
    from recovery.abuse.attempts import Attempt, require_room
    from recovery.abuse.policy import Channel, load_abuse_policy
    from recovery.cases.desk import open_claim
    from recovery.cases.people import parse_actor
    from recovery.checker import open_checker
    from recovery.claims import parse_claim
    from recovery.clock import now
    from recovery.documents import print_check

    config = read_config(config_file)
    policy = load_abuse_policy(config.abuse_policy)
    opener = parse_actor(name_actor(actor))
    claim = parse_claim(
        tx_hash,
        network=network,
        user=user,
        address=address,
        memo=memo,
        asset=asset,
        amount=amount,
        development=config.development(),
    )
    with open_checker(config) as checker:
        attempt = Attempt(claim.user, opener, Channel.STAFF, claim.tx_hash, now())
        require_room(checker.store, attempt, policy)  # before a node is asked
        check = checker.check(claim)
        if len(check.search.found) > 1 and check.found is None:
            document = print_check(check)
            show(document, as_json=as_json, person=lambda: show_check(document))
            return check_exit(document)
        opened = open_claim(
            checker.store,
            check,
            actor=opener,
            return_to=return_to,
            return_memo=return_memo,
            needs_wallet=checker.needs_wallet,
            row_of=config.network,
            policy=policy,
        )
    show_cases(opened, as_json=as_json)
    return 0


def show_cases(found: tuple[Case, ...], *, as_json: bool) -> None:
    """One case as ``recovery.case/1``, several as ``recovery.cases/1``."""
    from recovery.documents import print_case, print_cases

    document = print_case(found[0]) if len(found) == 1 else print_cases(found)

    def person() -> None:
        for one in found:
            show_case(print_case(one))

    show(document, as_json=as_json, person=person)


def show_case(document: Document) -> None:
    """A case for a person: where it stands, what is known, the money, who signed, what happened."""
    claim = document["claim"]
    facts = [
        ("state", document["state"]),
        ("queue", ", ".join(document["queues"]) or "none"),
        ("hash", claim["tx_hash"]),
        ("user", claim["user"] or "unknown"),
    ]
    destination = document["destination"]
    if destination is not None:
        where = destination["address"] or (
            "" if destination["kind"] == "credit" else "not named yet"
        )
        memo = f" memo {destination['memo']}" if destination["memo"] else ""
        facts.append(("destination", f"{destination['kind']} {where}{memo}".strip()))
    if document["next_look_at"]:
        facts.append(("next look", document["next_look_at"]))
    if document["digest"]:
        facts.append(("digest", document["digest"]))
    facts += [
        ("signed", f"{s['role']} by {s['actor']} at {s['at']}") for s in document["signatures"]
    ]
    facts += [
        ("confirmed", f"{c['condition']} by {c['actor']} at {c['at']}: {c['reason']}")
        for c in document["confirmations"]
    ]
    facts += [
        ("with it", f"verification deposit {d['tx_hash']}, {d['amount']}: {d['becomes']}")
        for d in document["verification_deposits"]
    ]
    if document["reference"]:
        facts.append(("settled by", document["reference"]))
    print_facts(f"case {document['id']}", facts)
    check = document["check"]
    if check["evidence"] is not None:
        show_evidence(check["evidence"])
    for verdict in check["verdicts"]:
        if verdict["transfer"] in (None, document["transfer"]):
            show_verdict(verdict)
    print_table(
        ("seq", "at", "event", "actor", "from", "to", "why"),
        [
            (str(e["seq"]), e["at"], e["event"], e["actor"], e["from"] or "", e["to"], _why(e))
            for e in document["trail"]
        ],
    )


def _why(entry: Document) -> str:
    """What was said with an entry: a refused attempt's reason above all."""
    detail = entry["detail"]
    if "attempt" in detail:
        why = f"{detail['attempt']} [{detail['reference']}] {detail.get('text', '')}"
        return why.strip()
    said = (detail.get(name) for name in ("condition", "request", "change", "reason", "reference"))
    return ": ".join(text for text in said if text)


@contextmanager
def open_database(config: Config) -> Iterator[Store]:
    from recovery.store import open_store

    with open_store(config.database_url) as store:
        yield store


def cases(
    state: Annotated[str | None, typer.Option("--state", help="Only cases in this state.")] = None,
    queue: Annotated[
        str | None, typer.Option("--queue", help="wallet, clearing, security or review.")
    ] = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """The cases, of one state or queue where named."""
    from recovery.cases.desk import list_cases
    from recovery.cases.table import Queue, State
    from recovery.documents import print_cases

    config = read_config(config_file)
    wanted_state = parse_choice(State, state, "--state")
    wanted_queue = parse_choice(Queue, queue, "--queue")
    with open_database(config) as store:
        found = list_cases(store, state=wanted_state, queue=wanted_queue)
    document = print_cases(found)

    def person() -> None:
        rows = [_case_row(one) for one in document["cases"]]
        print_table(("id", "state", "queue", "cause", "network", "hash", "user"), rows)

    show(document, as_json=as_json, person=person)
    return 0


def parse_choice(
    kind: Any, text: str | None, option: str, *, among: Collection[Any] | None = None
) -> Any:
    """The member of that name, one of ``among`` where that is given; raises `BadInput`."""
    from recovery.errors import BadInput

    if text is None:
        return None
    choices = {member.value: member for member in (kind if among is None else among)}
    try:
        return choices[text.strip().lower()]
    except KeyError:
        raise BadInput(
            "unknown-choice",
            f"{option} {text!r} is not known",
            hint=f"one of {', '.join(choices)}",
            where=option,
        ) from None


def _case_row(document: Document) -> tuple[str, ...]:
    verdicts = document["check"]["verdicts"]
    mine = [v for v in verdicts if v["transfer"] in (None, document["transfer"])]
    evidence = document["check"]["evidence"]
    return (
        document["id"],
        document["state"],
        ", ".join(document["queues"]),
        mine[0]["cause"] if mine else "",
        evidence["network"] if evidence else document["claim"]["network"] or "",
        document["claim"]["tx_hash"],
        document["claim"]["user"] or "",
    )


def case(case_id: CaseId, as_json: Json = False, config_file: ConfigFile = None) -> int:
    """One case with its trail; for a person, with the score and the linked cases in short."""
    from recovery.abuse.look import look_at, print_look
    from recovery.abuse.policy import load_abuse_policy
    from recovery.cases.desk import load_case

    config = read_config(config_file)
    with open_database(config) as store:
        found = load_case(store, case_id)
        look = None
        if not as_json:
            look = look_at(store, found.id, load_abuse_policy(config.abuse_policy))
    show_cases((found,), as_json=as_json)
    if look is not None:
        show_look(print_look(look), whole=False)
    return 0


def linked(case_id: CaseId, as_json: Json = False, config_file: ConfigFile = None) -> int:
    """For staff alone: which cases share something with this one, and what a reviewer should know."""
    from recovery.abuse.look import look_at, print_look
    from recovery.abuse.policy import load_abuse_policy

    config = read_config(config_file)
    with open_database(config) as store:
        look = look_at(store, case_id, load_abuse_policy(config.abuse_policy))
    document = print_look(look)
    show(document, as_json=as_json, person=lambda: show_look(document, whole=True))
    return 0


def show_look(document: Document, *, whole: bool) -> None:
    """Score and links: every linked case where ``whole``, else how many there are."""
    found = document["score"]
    links = document["links"]
    about = [(reason["code"], str(reason["points"])) for reason in found["reasons"]]
    shared = [(link["why"], _how_many(link)) for link in links]
    title = f"score {found['points']} of 100, {found['band']} (for staff alone)"
    if not whole:
        print_facts(title, [*about, *((f"same {why}", many) for why, many in shared)])
        if links:
            print_lines([f"  see `recovery linked {document['id']}`"])
        return
    print_facts(f"case {document['id']}", [("score", title)])
    print_table(
        ("points", "reason", "figures", "also what it may be"),
        [(str(r["points"]), r["code"], r["text"], r["benign"]) for r in found["reasons"]],
    )
    for link in links:
        print_lines([f"same {link['why']} ({link['what']}): {_how_many(link)}"])
        print_table(
            ("id", "user", "state", "cause", "opened"),
            [
                (c["id"], c["user"] or "", c["state"], c["cause"] or "", c["opened_at"])
                for c in link["cases"]
            ],
        )


def _how_many(link: Document) -> str:
    return f"{link['total']}{' or more' if link['more'] else ''} other cases"


def explain(case_id: CaseId, as_json: Json = False, config_file: ConfigFile = None) -> int:
    """Every rule in decision order: held, did not hold, or why it could not be decided."""
    from recovery.cases.desk import load_case
    from recovery.checker import open_checker

    config = read_config(config_file)
    with open_checker(config) as checker:
        found = load_case(checker.store, case_id)
        explained = checker.judging.explain(found)
    document: dict[str, Any] = {
        "schema": "recovery.explanation/1",
        "id": found.id,
        "subjects": [
            {
                "transfer": transfer,
                "rules": [
                    {
                        "step": line.step,
                        "cause": line.cause.value,
                        "why": line.why,
                        "held": line.held.value,
                        "text": line.text,
                    }
                    for line in lines
                ],
            }
            for transfer, lines in explained
        ],
    }

    def person() -> None:
        for subject in document["subjects"]:
            about = "transaction" if subject["transfer"] is None else subject["transfer"]
            print_lines([f"case {found.id}, transfer {about}"])
            print_table(
                ("step", "cause", "held", "because", "the rule"),
                [
                    (str(r["step"]), r["cause"], r["held"], r["text"], r["why"])
                    for r in subject["rules"]
                ],
            )

    show(document, as_json=as_json, person=person)
    return 0


def audit(as_json: Json = False, config_file: ConfigFile = None) -> int:
    """Verify the hash chain of every trail; exit 1 where anything is not as it was written."""
    from recovery.cases.audit import audit as audit_store

    config = read_config(config_file)
    with open_database(config) as store:
        report = audit_store(store)
    document = {
        "schema": "recovery.audit/1",
        "cases": report.cases,
        "entries": report.entries,
        "clean": report.is_clean,
        "problems": [{"case": p.case_id, "seq": p.seq, "text": p.text} for p in report.problems],
    }

    def person() -> None:
        print_lines([f"{report.cases} cases, {report.entries} trail entries verified"])
        for problem in report.problems:
            seq = "" if problem.seq is None else f" entry {problem.seq}"
            print_lines([f"case {problem.case_id}{seq}: {problem.text}"])
        print_lines(["clean" if report.is_clean else f"{len(report.problems)} problems"])

    show(document, as_json=as_json, person=person)
    return 0 if report.is_clean else 1
