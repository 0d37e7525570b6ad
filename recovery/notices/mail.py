"""One notice to a customer, by mail.

Knows: what a mail is made of, and how it is handed to an SMTP server. Must not know: cases, stores. It is
plain text: nothing in it can be clicked by mistake but the exchange's own page, and it carries the receipt
by which an impostor's mail can be told.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from recovery.clock import now
from recovery.errors import Unreachable
from recovery.messages import speak

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and who sends it."""

    host: str
    port: int
    sender: str
    starttls: bool = True
    user: str | None = None
    password: str | None = None


def write_mail(
    *,
    notice_id: str,
    kind: str,
    case_id: str,
    word: str | None,
    to: str,
    language: str,
    sender: str,
    public_url: str | None,
) -> EmailMessage:
    """The mail in the customer's language. The same notice has the same Message-ID each time."""
    speaker = speak(language)
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = speaker.say(f"notice.{kind}.subject", case=case_id)
    mail["From"] = sender
    mail["To"] = to
    mail["Date"] = format_datetime(now())
    domain = sender.rpartition("@")[2].strip("> ") or "localhost"
    mail["Message-ID"] = f"<notice.{notice_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = speaker.language
    parts = [speaker.say("mail.greeting"), speaker.say(f"notice.{kind}.body")]
    if public_url is not None:
        parts.append(f"{speaker.say('mail.see_case')}\n{public_url.rstrip('/')}/case")
    if word is not None:
        parts.append(speaker.say("mail.receipt", case=case_id, word=word))
        if public_url is not None:
            where = f"{public_url.rstrip('/')}/verify"
            parts.append(speaker.say("mail.verify", url=where))
    parts += [speaker.say("mail.never"), speaker.say("mail.signature")]
    mail.set_content("\n\n".join(parts) + "\n", cte="base64")
    return mail


def send_mail(server: MailServer, mail: EmailMessage) -> None:
    """Hand it to the server; raises `Unreachable` where that can't be done now."""
    try:
        with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS) as smtp:
            if server.starttls:
                smtp.starttls(context=ssl.create_default_context())
            if server.user is not None:
                smtp.login(server.user, server.password or "")
            smtp.send_message(mail)
    except (smtplib.SMTPException, OSError) as wrong:
        # no address in the text: an error is kept and may be logged
        name = type(wrong).__name__
        raise Unreachable("mail-unreachable", f"the mail server can't take it: {name}") from None
