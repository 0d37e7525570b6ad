"""Notices go out: signed, in the customer's language, again after a failure, once after a kill."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import hmac
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cases.factories import AT, make_check, make_evidence, make_verdict
from cases.walks import bring_case
from notices.servers import receiving, taking_mail

from recovery.api.receipts import check_word
from recovery.cases import desk
from recovery.cases.table import State
from recovery.classify.verdict import Recoverability
from recovery.config import Config, NoticesConfig
from recovery.errors import BadInput
from recovery.messages import LANGUAGES, speak
from recovery.notices import outbox, sending
from recovery.notices.plan import NoticeKind
from recovery.notices.sending import Sender, Sent
from recovery.notices.webhook import check_target, read_secret
from recovery.store import Store

DUE = AT + outbox.GRACE


def config_of(**told: object) -> Config:
    return Config(notices=NoticesConfig.model_validate({"allow_private": True, **told}))


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> bytes:
    key = base64.b64encode(b"k" * 24).decode()
    monkeypatch.setenv("HOOK_KEY", f"whsec_{key}")
    monkeypatch.setenv("RECOVERY_SECRET", "check words " * 4)
    return b"k" * 24


def test_a_webhook_is_signed_as_the_standard_says(store: Store, secrets: bytes) -> None:
    case = bring_case(store, State.QUOTED, "0x" + "a1" * 32)
    with receiving() as receiver:
        config = config_of(webhook_url=receiver.url, webhook_secret="env:HOOK_KEY")
        assert Sender(config, store, clock=lambda: DUE).send_due() == Sent(done=1)
    ((headers, body),) = receiver.got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = base64.b64encode(hmac.digest(secrets, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{made}"
    told = json.loads(body)
    assert told["id"] == headers["webhook-id"] == f"{case.id}.{case.trail[-1].seq}"
    assert (told["case"], told["kind"], told["state"]) == (case.id, "quoted", "quoted")
    secret = config.api.find_secret()
    assert secret is not None
    assert told["check_word"] == check_word(case.id, secret)
    assert outbox.list_waiting(store) == []


@pytest.mark.parametrize("status", [500, 503, 429, 404, 301])
def test_a_receiver_that_does_not_take_it_is_asked_again_later(store: Store, status: int) -> None:
    bring_case(store, State.QUOTED, "0x" + "b1" * 32)
    with receiving() as receiver:
        receiver.answers = [status, 204]
        config = config_of(webhook_url=receiver.url)
        assert Sender(config, store, clock=lambda: DUE).send_due() == Sent(put_off=1)
        (row,) = outbox.list_waiting(store)
        assert row.last_error is not None
        assert str(status) in row.last_error
        later = DUE + timedelta(seconds=30)
        assert Sender(config, store, clock=lambda: later).send_due() == Sent(done=1)
    first, second = (headers["webhook-id"] for headers, _ in receiver.got)
    assert first == second


def test_a_receiver_that_is_gone_is_not_asked_again(store: Store) -> None:
    bring_case(store, State.QUOTED, "0x" + "b2" * 32)
    with receiving() as receiver:
        receiver.answers = [410]
        sender = Sender(config_of(webhook_url=receiver.url), store, clock=lambda: DUE)
        assert sender.send_due() == Sent(done=1)


def test_a_mail_speaks_the_customers_language_and_carries_the_receipt(
    store: Store, secrets: bytes
) -> None:
    case = bring_case(store, State.QUOTED, "0x" + "c1" * 32)
    with store.begin() as session:
        outbox.keep_contact(session, [case.id], email="kim@example.org", language="ko", at=AT)
    with taking_mail() as box:
        config = config_of(
            smtp_host="127.0.0.1",
            smtp_port=box.port,
            smtp_from="desk@exchange.example",
            smtp_starttls=False,
            public_url="https://exchange.example/recovery",
        )
        assert Sender(config, store, clock=lambda: DUE).send_due() == Sent(done=1)
    ((sender, to, text),) = box.got
    assert (sender, to) == ("desk@exchange.example", "kim@example.org")
    mail = email.message_from_string(text, policy=email.policy.default)
    korean = speak("ko")
    assert mail["Subject"] == korean.say("notice.quoted.subject", case=case.id)
    body = mail.get_body()
    assert body is not None
    words = body.get_content()
    assert korean.say("mail.never") in words
    secret = config.api.find_secret()
    assert secret is not None
    assert check_word(case.id, secret) in words
    assert "https://exchange.example/recovery/verify" in words


def test_one_channel_that_fails_does_not_repeat_the_other(store: Store) -> None:
    case = bring_case(store, State.QUOTED, "0x" + "c2" * 32)
    with store.begin() as session:
        outbox.keep_contact(session, [case.id], email="kim@example.org", language="en", at=AT)
    with receiving() as receiver, taking_mail() as box:
        box.refuse = True
        config = config_of(
            webhook_url=receiver.url,
            smtp_host="127.0.0.1",
            smtp_port=box.port,
            smtp_from="desk@exchange.example",
            smtp_starttls=False,
        )
        assert Sender(config, store, clock=lambda: DUE).send_due() == Sent(put_off=1)
        box.refuse = False
        later = DUE + timedelta(seconds=30)
        assert Sender(config, store, clock=lambda: later).send_due() == Sent(done=1)
    assert len(receiver.got) == len(box.got) == 1


def test_a_sender_killed_between_sending_and_marking_sends_once_more_with_the_same_id(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_case(store, State.QUOTED, "0x" + "d1" * 32)

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with receiving() as receiver:
        config = config_of(webhook_url=receiver.url)
        with monkeypatch.context() as killed:
            killed.setattr(sending, "mark", die)
            with pytest.raises(Killed):
                Sender(config, store, clock=lambda: DUE).send_due()
        assert Sender(config, store, clock=lambda: DUE).send_due() == Sent()
        later = DUE + timedelta(minutes=3)
        assert Sender(config, store, clock=lambda: later).send_due() == Sent(done=1)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 2


def test_a_thousand_notices_go_out_page_by_page(store: Store) -> None:
    checks = [
        make_check(make_verdict(Recoverability.WAIT), evidence=make_evidence(tx_hash=f"0x{n:064x}"))
        for n in range(120)
    ]
    desk.store_checks(store, checks, at=AT)
    with receiving() as receiver:
        sender = Sender(config_of(webhook_url=receiver.url), store, clock=lambda: DUE)
        assert sender.send_due() == Sent(done=120)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 120
    assert outbox.list_waiting(store) == []


def test_a_private_target_has_to_be_allowed() -> None:
    for url in (
        "http://example.org/",
        "https://127.0.0.1/",
        "https://169.254.169.254/x",
        "https://[::1]/",
    ):
        with pytest.raises(BadInput, match=r"webhook|private"):
            check_target(url, allow_private=False)
    check_target("http://127.0.0.1/", allow_private=True)


def test_a_secret_is_read_in_both_spellings() -> None:
    assert read_secret("whsec_" + base64.b64encode(b"abc").decode()) == b"abc"
    assert read_secret("plain words") == b"plain words"


def test_every_kind_has_its_words_in_every_language() -> None:
    for language in LANGUAGES:
        for kind in NoticeKind:
            assert speak(language).say(f"notice.{kind.value}.subject", case="abc")
            assert speak(language).say(f"notice.{kind.value}.body")


def test_the_command_sends_lists_and_retries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from recovery.commands import run
    from recovery.store import open_store

    url = f"sqlite:///{tmp_path}/desk.db"
    with open_store(url) as store:
        bring_case(store, State.QUOTED, "0x" + "e1" * 32)
    monkeypatch.setenv("RECOVERY_NOW", "2030-01-01T00:00:00Z")
    config = tmp_path / "recovery.toml"
    config.write_text(
        f'database_url = "{url}"\n[notices]\nwebhook_url = "http://127.0.0.1:9/"\nallow_private = true\n'
    )
    options = ["--config", str(config)]
    assert run(["notices", "send", *options]) == 3
    assert run(["notices", "list", *options]) == 0
    with open_store(url) as store:
        (row,) = outbox.list_waiting(store)
    assert row.dead_at is not None
    capsys.readouterr()
    assert run(["notices", "retry", row.id, "--json", *options]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "recovery.notices/1"
    assert [(one["id"], one["attempts"]) for one in told["waiting"]] == [(row.id, 1)]
    assert told["waiting"][0]["status"].startswith("waits: ")
    assert run(["notices", "retry", row.id, *options]) == 0
    assert run(["notices", "retry", "nobody.1", *options]) == 1


def test_without_a_channel_the_notices_wait_and_the_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from recovery.commands import run
    from recovery.store import open_store

    url = f"sqlite:///{tmp_path}/desk.db"
    monkeypatch.setenv("RECOVERY_NOW", "2030-01-01T00:00:00Z")
    config = tmp_path / "recovery.toml"
    config.write_text(f'database_url = "{url}"\n[notices]\nsmtp_host = "127.0.0.1"\n')
    send = ["notices", "send", "--json", "--config", str(config)]
    assert run(send) == 0
    assert capsys.readouterr().err == "", "nothing waits: nothing to say"
    with open_store(url) as store:
        bring_case(store, State.QUOTED, "0x" + "e2" * 32)
        before = outbox.list_waiting(store)
        assert run(send) == 0
        told = capsys.readouterr()
        document = {"schema": "recovery.notices/1", "sent": 0, "put_off": 0}
        assert json.loads(told.out) == document
        assert told.err == (
            f"note: {len(before)} notice{'s wait' if len(before) > 1 else ' waits'}: neither "
            "notices.webhook_url nor notices.smtp_host with smtp_from is configured\n"
        )
        assert outbox.list_waiting(store) == before
        with receiving() as receiver:
            sender = Sender(config_of(webhook_url=receiver.url), store)
            assert sender.send_due() == Sent(done=len(before))


def test_the_command_sends_in_a_process_of_its_own(tmp_path: Path) -> None:
    """Which has loaded nothing but what sending needs."""
    from recovery.store import open_store

    url = f"sqlite:///{tmp_path}/desk.db"
    with open_store(url) as store:
        bring_case(store, State.QUOTED, "0x" + "e3" * 32)
        waiting = len(outbox.list_waiting(store))
    config = tmp_path / "recovery.toml"
    with receiving() as receiver:
        config.write_text(
            f'database_url = "{url}"\n'
            f'[notices]\nwebhook_url = "{receiver.url}"\nallow_private = true\n'
        )
        recovery = Path(sys.executable).parent / "recovery"
        done = subprocess.run(
            [recovery, "notices", "send", "--config", config],
            env={**os.environ, "RECOVERY_NOW": "2030-01-01T00:00:00Z"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stdout) == (0, f"{waiting} sent, 0 put off\n"), done.stderr
    assert len(receiver.got) == waiting
