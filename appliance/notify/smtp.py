"""Mails through the hospital's relay, by smtplib."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from appliance.domain.errors import Refused, Unavailable
from appliance.usecases.ports import Message

TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mails go. ``security`` is ``none``, ``starttls`` or ``tls``."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password: str = ""


class SmtpSender:
    """`appliance.usecases.ports.Sender` for e-mail."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def send(self, message: Message) -> None:
        """Send; raise `Unavailable` ``mail`` to try again, `Refused` ``mail`` when the relay never will.

        `Refused` ``mail_recipient`` when it is the address that the relay does not take: a bounce.
        """
        mail = _composed(message, self._relay.sender)
        try:
            with self._connected() as relay:
                relay.send_message(mail)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as exc:
            if _permanent(exc):
                bounce = isinstance(exc, smtplib.SMTPRecipientsRefused)
                raise Refused("mail_recipient" if bounce else "mail") from exc
            raise Unavailable("mail") from exc
        except (smtplib.SMTPException, OSError) as exc:
            raise Unavailable("mail") from exc

    def _connected(self) -> smtplib.SMTP:
        relay = self._relay
        context = ssl.create_default_context()
        if relay.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(relay.host, relay.port, timeout=TIMEOUT_S, context=context)
        else:
            smtp = smtplib.SMTP(relay.host, relay.port, timeout=TIMEOUT_S)
        try:
            if relay.security == "starttls":
                smtp.starttls(context=context)
            if relay.user:
                smtp.login(relay.user, relay.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def _composed(message: Message, sender: str) -> EmailMessage:
    mail = EmailMessage()
    try:
        mail["From"], mail["To"], mail["Subject"] = sender, message.to, message.subject
        recipients = mail["To"].addresses
    except (ValueError, IndexError) as exc:  # a line break in a header, or what no parser expects
        raise Refused("mail_header") from exc
    if len(recipients) != 1 or not recipients[0].domain:
        raise Refused("mail_header")  # a comma would send the code to a second person
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = _message_id(message, sender)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail


def _message_id(message: Message, sender: str) -> str:
    """Return the same for a message each time it goes (RFC 5322 3.6.4): a courier that died in between sends again."""
    domain = sender.rpartition("@")[2].rstrip(">") or "negatoscope.invalid"
    return f"<{message.reference}@{domain}>" if message.reference else make_msgid(domain=domain)


def _permanent(exc: smtplib.SMTPException) -> bool:
    if isinstance(exc, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in exc.recipients.values())
    return isinstance(exc, smtplib.SMTPResponseException) and 500 <= exc.smtp_code < 600
