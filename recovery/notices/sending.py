"""Empty the outbox: every due notice by every channel that is configured.

Knows: the order of things: lease, send, mark. Must not know: how a request or a mail is made. One channel
failing does not hold up the other; what went out is marked at once, so that a retry repeats only what
failed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from recovery.api.receipts import check_word
from recovery.clock import now
from recovery.config import Config
from recovery.errors import RecoveryError
from recovery.messages.languages import ENGLISH, LANGUAGES
from recovery.notices.mail import MailServer, send_mail, write_mail
from recovery.notices.outbox import Due, lease_due, mark, put_off
from recovery.notices.plan import LAST
from recovery.notices.webhook import check_target, read_secret, send_webhook
from recovery.store import Store
from recovery.times import print_time

log = logging.getLogger("recovery.notices")


@dataclass(frozen=True, slots=True)
class Sent:
    """What one round did."""

    done: int = 0
    put_off: int = 0

    def __add__(self, other: Sent) -> Sent:
        return Sent(self.done + other.done, self.put_off + other.put_off)


class Sender:
    """Sends with one configuration; several may run at once, on one machine or many."""

    def __init__(self, config: Config, store: Store, *, clock: Callable[[], datetime] = now):
        """Raises `BadInput` for a webhook inside a private network that nobody allowed."""
        self._config = config.notices
        self._store = store
        self._clock = clock
        self._word_secret = config.api.find_secret()
        key = self._config.find_webhook_secret()
        self._webhook_secret = None if key is None else read_secret(key)
        self._server = self._find_server()
        if self._config.webhook_url is not None:
            check_target(self._config.webhook_url, allow_private=self._config.allow_private)

    @property
    def has_channel(self) -> bool:
        """Whether a webhook or a mail server is configured: without one nothing can go out."""
        return self._config.webhook_url is not None or self._server is not None

    def send_due(self) -> Sent:
        """Everything that is due now, page by page; without a channel all of it waits for one."""
        total = Sent()
        if not self.has_channel:
            return total
        while due := lease_due(self._store, at=self._clock()):
            for one in due:
                total += self._send(one)
        return total

    def _send(self, due: Due) -> Sent:
        failed: RecoveryError | None = None
        webhook = mailed = True
        if due.needs_webhook and self._config.webhook_url is not None:
            try:
                self._send_webhook(self._config.webhook_url, due)
            except RecoveryError as wrong:
                failed, webhook = wrong, False
        if due.needs_mail and self._server is not None and due.email is not None:
            try:
                self._send_mail(self._server, due, due.email)
            except RecoveryError as wrong:
                failed, mailed = wrong, False
        at = self._clock()
        last = due.state in LAST
        mark(self._store, due.id, at=at, webhook=webhook, mail=mailed, forget_contact=last)
        if failed is None:
            return Sent(done=1)
        log.info("notice %s is put off: %s", due.id, failed.reference)
        put_off(
            self._store, due, at=at, error=failed.text, give_up_after=self._config.give_up_after
        )
        return Sent(put_off=1)

    def _send_webhook(self, url: str, due: Due) -> None:
        document: dict[str, object] = {
            "schema": "recovery.notice/1",
            "id": due.id,
            "kind": due.kind,
            "case": due.case_id,
            "state": due.state,
            "user": due.user,
            "at": print_time(due.made_at),
            "check_word": self._word(due.case_id),
        }
        at = self._clock()
        send_webhook(url, notice_id=due.id, document=document, secret=self._webhook_secret, at=at)

    def _send_mail(self, server: MailServer, due: Due, to: str) -> None:
        wanted = due.language or self._config.language
        send_mail(
            server,
            write_mail(
                notice_id=due.id,
                kind=due.kind,
                case_id=due.case_id,
                word=self._word(due.case_id),
                to=to,
                language=wanted if wanted in LANGUAGES else ENGLISH,
                sender=server.sender,
                public_url=self._config.public_url,
            ),
        )

    def _word(self, case_id: str) -> str | None:
        return None if self._word_secret is None else check_word(case_id, self._word_secret)

    def _find_server(self) -> MailServer | None:
        told = self._config
        if told.smtp_host is None or told.smtp_from is None:
            return None
        return MailServer(
            told.smtp_host,
            told.smtp_port,
            told.smtp_from,
            starttls=told.smtp_starttls,
            user=told.smtp_user,
            password=told.find_smtp_password(),
        )
