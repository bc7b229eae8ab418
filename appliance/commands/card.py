"""``negatoscope card``: readers and cards of this machine. A remote physician's card is read by the browser."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from appliance.commands.asking import NOT_ASKED, SAID_NO, AsJson, Config, facts, leave, table, words

if TYPE_CHECKING:
    from cps_card.card import Card
    from cps_card.certificate import Identity
    from cryptography.x509 import Certificate

app = typer.Typer(no_args_is_help=True)
Reader = Annotated[str, typer.Option("--reader", metavar="NAME", help="lecteur / reader")]
Module = Annotated[
    Path | None, typer.Option("--module", metavar="FILE", help="module PKCS#11 (CPS4 : Cryptolib) / PKCS#11 module")
]


@app.callback()
def group() -> None:
    """Keep every verb a verb of its own."""


@app.command("list")
def listed(as_json: AsJson = False) -> None:
    """Lister les lecteurs / list the readers."""
    from cps_card import pcsc

    say = words()
    with _told(as_json=as_json):
        readers = pcsc.readers()
    if as_json:
        shown = [{"name": one.name, "state": one.state, "atr": one.atr} for one in readers]
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    elif not readers:
        typer.echo(say("card.no_reader"))
    else:
        table(("reader", "card"), [(one.name, say(f"card.{one.state}")) for one in readers])


@app.command("read")
def read(reader: Reader = "", module: Module = None, as_json: AsJson = False) -> None:
    """Lire l'identité, sans code porteur / read the identity, without a PIN."""
    from cps_card import certificate

    with _told(as_json=as_json), _opened(reader, module) as card:
        seen = _seen(card, certificate.identity(card.authentication()))
    if as_json:
        typer.echo(json.dumps(seen.as_json(), ensure_ascii=False, indent=2))
    else:
        facts(seen.lines())


@app.command("check")
def check(
    reader: Reader = "",
    module: Module = None,
    sign: Annotated[
        bool, typer.Option("--sign", help="signer un défi, code porteur demandé / sign, asks the PIN")
    ] = False,
    last_try: Annotated[bool, typer.Option("--last-try", help="risquer le dernier essai / risk the last try")] = False,
    authorities: Annotated[Path | None, typer.Option("--authorities", metavar="DIR")] = None,
    lists: Annotated[Path | None, typer.Option("--lists", metavar="DIR", help="CRL")] = None,
    issuer: Annotated[list[str] | None, typer.Option("--issuer", metavar="NAME")] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Dire si la carte serait acceptée ; 1 quand non / say whether the card would be accepted; 1 when not."""
    trusted = _Trusted.of(config, authorities, lists, issuer)
    with _told(as_json=as_json), _opened(reader, module) as card:
        shown = card.authentication()
        verdict = trusted.judge(shown)
        signed = _signed(card, shown, last_try=last_try) if sign else None
        seen = _seen(card, verdict.identity)
    if as_json:
        said = {"trusted": not verdict.cause, "cause": verdict.cause, "fresh_until": _iso(verdict.until)}
        typer.echo(json.dumps(seen.as_json() | said | {"signature": signed}, ensure_ascii=False, indent=2))
    else:
        facts(seen.lines())
        _say_verdict(verdict, signed)
    if verdict.cause or signed is False:
        raise typer.Exit(SAID_NO)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a card says of itself. ``tries_left`` None: it does not tell."""

    reader: str
    serial: str
    tries_left: int | None
    identity: "Identity | None"

    def as_json(self) -> dict[str, Any]:
        who = None
        if self.identity is not None:
            who = {name: _iso(v) if isinstance(v, datetime) else v for name, v in asdict(self.identity).items()}
        return {"reader": self.reader, "serial": self.serial, "tries_left": self.tries_left, "identity": who}

    def lines(self) -> list[tuple[str, str]]:
        told = "—" if self.tries_left is None else str(self.tries_left)
        lines = [("reader", self.reader), ("serial", self.serial), ("pin_tries", told)]
        who = self.identity
        if who is not None:
            lines += [
                ("national_id", who.national_id),
                ("name", f"{who.family_name} {who.given_name}".strip() or who.organisation),
                ("profession", f"{who.profession} {who.profession_code and f'({who.profession_code})'}".strip()),
                ("issuer", who.issuer),
                ("valid_from", who.not_before.strftime("%d/%m/%Y")),
                ("valid_until", who.not_after.strftime("%d/%m/%Y")),
            ]
        return lines


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Whom the certificate names if anybody, and why it is refused; ``cause`` empty when it is not."""

    identity: "Identity | None"
    cause: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class _Trusted:
    """What is believed: of the settings unless the command line says otherwise."""

    authorities: Path
    lists: Path
    issuers: tuple[str, ...]

    @classmethod
    def of(
        cls, config: Path | None, authorities: Path | None, lists: Path | None, issuers: list[str] | None
    ) -> "_Trusted":
        from appliance.config.settings import load

        settings = load(config)
        return cls(
            authorities or settings.authorities_dir,
            lists or settings.lists_dir,
            tuple(issuers or settings.card.issuers),
        )

    def judge(self, shown: "Certificate") -> _Verdict:
        from cps_card import certificate, trust
        from cps_card.crls import CrlFolder
        from cps_card.errors import CertificateRejected

        try:
            policy = trust.TrustPolicy(trust.authorities(self.authorities), CrlFolder(self.lists), issuers=self.issuers)
            found = policy.verify(shown, datetime.now(UTC))  # noqa: TID251
        except CertificateRejected as no:
            try:
                return _Verdict(certificate.identity(shown), str(no.cause), None)
            except CertificateRejected:
                return _Verdict(None, str(no.cause), None)
        return _Verdict(found.identity, "", found.fresh_until)


def _seen(card: "Card", identity: "Identity | None") -> _Seen:
    return _Seen(card.reader, card.serial(), card.tries_left(), identity)


def _signed(card: "Card", shown: "Certificate", *, last_try: bool) -> bool:
    """Ask the PIN, unseen, and return whether the card's signature of a new challenge is its certificate's."""
    from cps_card.card import proves
    from cps_card.errors import LastTry, PinBlocked

    say, left = words(), card.tries_left()
    if left == 0:
        raise PinBlocked
    if left == 1 and not last_try:
        raise LastTry
    asked = say("card.pin") if left is None else say("card.pin_tries", n=left)
    pin = typer.prompt(asked, hide_input=True, err=True)
    challenge = b"negatoscope card check\0" + secrets.token_bytes(32)
    return proves(shown, challenge, card.sign(challenge, pin, last_try=last_try))


def _say_verdict(verdict: _Verdict, signed: bool | None) -> None:
    say = words()
    typer.echo(say(f"card.cause.{verdict.cause}") if verdict.cause else say("card.trusted", day=_day(verdict.until)))
    if signed is not None:
        typer.echo(say("card.signed" if signed else "card.signed_wrong"))


@contextmanager
def _opened(reader: str, module: Path | None) -> "Iterator[Card]":
    from cps_card import pcsc, pkcs11

    card: Card = pkcs11.opened(module, reader) if module else pcsc.opened(reader)
    try:
        yield card
    finally:
        card.close()


@contextmanager
def _told(*, as_json: bool) -> Iterator[None]:
    """Say what went wrong with a card and exit: 2 when it could not be asked, 1 when it said no."""
    from cps_card.errors import ApduFailed, CardError, CardUnavailable, CertificateRejected, PinWrong

    try:
        yield
    except CertificateRejected as no:
        leave(str(no.cause), words()(f"card.cause.{no.cause}"), SAID_NO, as_json=as_json)
    except CardError as no:
        known: dict[str, str | int | float | bool | None] = {}
        if isinstance(no, PinWrong) and no.tries_left is not None:
            known = {"n": no.tries_left}
        elif isinstance(no, ApduFailed):
            known = {"status": f"{no.sw:04X}"}
        text = f"card.fault.{no.cause}_tries" if "n" in known else f"card.fault.{no.cause}"
        status = NOT_ASKED if isinstance(no, CardUnavailable) else SAID_NO
        leave(no.cause, words()(text, **known), status, as_json=as_json, facts=known)


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _day(instant: datetime | None) -> str:
    return instant.strftime("%d/%m/%Y") if instant else "—"
