"""The courier: sends what waits in the outbox until it is told to stop."""

import signal
import threading
from collections.abc import Mapping

import structlog

from appliance.bootstrap import House, open_house
from appliance.config.runtime import say_ready
from appliance.config.settings import Settings
from appliance.courier import lists, questions
from appliance.domain.errors import Fault
from appliance.domain.sign_in import Channel
from appliance.notify.sms import HttpSmsSender, Provider
from appliance.notify.smtp import Relay, SmtpSender
from appliance.usecases.ports import Sender

_log = structlog.get_logger(__name__)
_WAIT_S = 0.5
"""Also how long the end is waited for: the bell does not hear a signal."""
_PAUSE_S = 5.0
_END_S = 2.0
"""A list on its way is not waited for: it is put in place whole or not at all; nor is a question."""


def main(settings: Settings) -> int:
    """Run until SIGTERM; return the exit status."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with open_house(settings, threads=2, service="courier") as house:
        fetching = threading.Thread(target=lists.run, args=(house, stop), name="lists", daemon=True)
        fetching.start()
        asked = threading.Thread(target=questions.run, args=(house, stop), name="questions", daemon=True)
        asked.start()
        say_ready()
        run(house, senders(settings), stop)
        fetching.join(_END_S)
        asked.join(_END_S)
    return 0


def run(house: House, ways: Mapping[Channel, Sender], stop: threading.Event) -> None:
    """Send until ``stop`` is set; a database away is waited for."""
    while not stop.is_set():
        try:
            if not house.outbox.send_next(ways):
                house.outbox.wait(_WAIT_S)
        except Fault as fault:
            _log.warning("outbox", cause=fault.cause)
            stop.wait(_PAUSE_S)


def senders(settings: Settings) -> Mapping[Channel, Sender]:
    """Return the sender of each channel that is set up."""
    mail, sms = settings.mail, settings.sms
    ways: dict[Channel, Sender] = {}
    if mail.host:
        secret = mail.password.get_secret_value()
        ways[Channel.EMAIL] = SmtpSender(Relay(mail.host, mail.port, mail.sender, mail.security, mail.user, secret))
    if sms.url:
        headers = {name: value.get_secret_value() for name, value in sms.headers.items()}
        ways[Channel.SMS] = HttpSmsSender(Provider(sms.url, sms.method, sms.content_type, sms.body, headers))
    return ways
