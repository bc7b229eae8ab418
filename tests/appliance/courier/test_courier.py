"""The courier with a real SMTP server and a real HTTP provider."""

import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from appliance.courier.service import senders
from appliance.domain.errors import Refused, Unavailable
from appliance.domain.sign_in import Channel
from appliance.notify.sms import HttpSmsSender, Provider
from appliance.notify.smtp import Relay, SmtpSender
from appliance.usecases.ports import Message, Page
from tests.appliance.usecases.conftest import clock, house  # noqa: F401

MAIL = Message(Channel.EMAIL, "doc@example.org", "Votre code", "Voici : 123456, à bientôt")
SMS = Message(Channel.SMS, "+33 6 00 00 00 01", "", 'Code "123456"')


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Inbox:
    def __init__(self) -> None:
        self.mails: list[str] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.answer.startswith("250"):
            self.mails.append(envelope.content.decode())
        return self.answer


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    handler = Inbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield handler, controller.server.sockets[0].getsockname()[1]
    controller.stop()


@pytest.fixture
def provider() -> Iterator[tuple[list[dict[str, str]], list[int], str]]:
    got: list[dict[str, str]] = []
    status = [200]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            got.append({"path": self.path})
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if status[0] == 0:
                self.wfile.write(b"not HTTP\r\n\r\n")
                return
            self.send_response(status[0])
            if status[0] == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield got, status, f"http://127.0.0.1:{server.server_address[1]}/sms"
    server.shutdown()
    thread.join()
    server.server_close()


def relay(port: int) -> SmtpSender:
    return SmtpSender(Relay("127.0.0.1", port, "negatoscope@hospital.example", "none"))


def put(house, message: Message) -> None:  # noqa: F811
    with house.database.writing() as work:
        work.outbox.add(message, house.clock.now())


def state(house) -> str:  # noqa: F811
    with house.database.reading() as work:
        row = work.outbox.listed(Page())[0][0]
    assert row.state == "waiting" or row.message.text == ""
    return row.state


def test_a_mail_arrives_and_its_body_goes(house, inbox):  # noqa: F811
    put(house, MAIL)
    assert house.outbox.send_next({Channel.EMAIL: relay(inbox[1])})
    assert not house.outbox.send_next({Channel.EMAIL: relay(inbox[1])})
    assert "To: doc@example.org" in inbox[0].mails[0]
    assert state(house) == "sent"


def test_a_relay_that_is_busy_gets_the_mail_later(house, clock, inbox):  # noqa: F811
    put(house, MAIL)
    inbox[0].answer = "451 busy"
    house.outbox.send_next({Channel.EMAIL: relay(inbox[1])})
    assert state(house) == "waiting"
    inbox[0].answer = "250 OK"
    clock.move(seconds=90)
    assert house.outbox.send_next({Channel.EMAIL: relay(inbox[1])})
    assert state(house) == "sent"


def test_a_mail_whose_courier_died_before_it_said_so_goes_again_under_the_same_name(house, clock, inbox):  # noqa: F811
    class Dying:
        def send(self, message: Message) -> None:
            relay(inbox[1]).send(message)
            raise SystemExit(9)

    put(house, MAIL)
    with pytest.raises(SystemExit):
        house.outbox.send_next({Channel.EMAIL: Dying()})
    assert not house.outbox.send_next({Channel.EMAIL: relay(inbox[1])})  # perhaps it is being sent elsewhere
    clock.move(seconds=90)
    put(house, MAIL)
    while house.outbox.send_next({Channel.EMAIL: relay(inbox[1])}):
        pass
    names = [re.search(r"(?m)^Message-ID: (<[^ @>]+@[^ @>]+>)\r?$", mail).group(1) for mail in inbox[0].mails]
    assert len(names) == 3
    assert len(set(names)) == 2


def test_a_relay_that_never_will_ends_the_mail_and_is_journaled(house, inbox):  # noqa: F811
    put(house, MAIL)
    inbox[0].answer = "550 no"
    house.outbox.send_next({Channel.EMAIL: relay(inbox[1])})
    assert state(house) == "dead"
    assert house.journal.listed(Page())[0][0].event.verb == "message.dead"


def test_a_message_too_old_is_not_sent(house, clock, inbox):  # noqa: F811
    put(house, MAIL)
    clock.time += timedelta(hours=1)
    house.outbox.send_next({Channel.EMAIL: relay(inbox[1])})
    assert (state(house), inbox[0].mails) == ("dead", [])


def test_a_line_break_never_makes_a_header(inbox):
    with pytest.raises(Refused, match="mail_header"):
        relay(inbox[1]).send(Message(Channel.EMAIL, "a@b.example", "x\r\nBcc: c@d.example", "t"))


def test_nobody_at_the_relay_is_tried_again():
    with pytest.raises(Unavailable, match="mail"):
        relay(1).send(MAIL)


def test_a_text_message_goes_through_the_provider(provider):
    got, status, url = provider
    sender = HttpSmsSender(Provider(url))
    sender.send(SMS)
    assert got == [{"to": "+33600000001", "text": 'Code "123456"'}]
    status[0] = 503
    with pytest.raises(Unavailable, match="sms"):
        sender.send(SMS)
    status[0] = 400
    with pytest.raises(Refused, match="sms"):
        sender.send(SMS)
    with pytest.raises(Refused, match="sms_number"):
        sender.send(Message(Channel.SMS, "06;rm", "", "x"))


@pytest.mark.parametrize("answer", [0, 302, 500, 429])
def test_a_provider_that_talks_nonsense_is_tried_again_and_never_followed(provider, answer):
    got, status, url = provider
    status[0] = answer
    with pytest.raises(Unavailable, match="sms"):
        HttpSmsSender(Provider(url)).send(SMS)
    assert len(got) == 1


def test_a_template_in_the_address_is_escaped(provider):
    got, _, url = provider
    HttpSmsSender(Provider(url + "?to={to}&text={text}", "GET")).send(Message(Channel.SMS, "+33600000001", "", "a&b=é"))
    assert got == [{"path": "/sms?to=%2B33600000001&text=a%26b%3D%C3%A9"}]


@pytest.mark.parametrize(
    "to", ["a@b.example, c@d.example", "a@b.example\nBcc: c@d.example", "", "nobody", "G: a@b.c, d@e.f;"]
)
def test_a_mail_has_one_recipient(inbox, to):
    with pytest.raises(Refused, match="mail_header"):
        relay(inbox[1]).send(Message(Channel.EMAIL, to, "x", "t"))
    assert inbox[0].mails == []


def test_a_relay_without_encryption_gets_nothing_when_encryption_is_asked_for(inbox):
    with pytest.raises(Unavailable, match="mail"):
        SmtpSender(Relay("127.0.0.1", inbox[1], "n@hospital.example", "starttls")).send(MAIL)
    assert inbox[0].mails == []


@pytest.fixture
def self_signed(tmp_path):
    """A server context with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    day = timedelta(days=1)
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - day).not_valid_after(now + day)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem = tmp_path / "relay.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return pem, context


@pytest.fixture
def encrypted(self_signed) -> Iterator[tuple[Inbox, int]]:
    handler = Inbox()
    controller = Controller(
        handler, hostname="127.0.0.1", port=free_port(), tls_context=self_signed[1], require_starttls=True
    )
    controller.start()
    yield handler, controller.server.sockets[0].getsockname()[1]
    controller.stop()


def test_a_relay_that_nobody_vouches_for_gets_nothing(encrypted):
    with pytest.raises(Unavailable, match="mail"):
        SmtpSender(Relay("localhost", encrypted[1], "n@hospital.example", "starttls")).send(MAIL)
    assert encrypted[0].mails == []


def test_a_relay_that_is_known_gets_the_mail_encrypted(encrypted, self_signed, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(self_signed[0]))
    SmtpSender(Relay("localhost", encrypted[1], "n@hospital.example", "starttls")).send(MAIL)
    assert len(encrypted[0].mails) == 1


def test_a_channel_that_is_not_set_up_has_no_sender(house):  # noqa: F811
    assert senders(house.settings) == {}
