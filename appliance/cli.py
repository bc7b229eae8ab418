"""``negatoscope``: finds the verb asked for, imports its module alone, and runs it.

Nothing else is imported, so that ``--help`` answers at once. What a verb does is in `appliance.commands`.
"""

import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import typer

from appliance.commands.language import spoken
from appliance.config.refusals import SettingsRefused
from appliance.supervisor import CannotStart

CANNOT_CONFIGURE = 78
CANNOT_START = 69


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb and where it lives: a module with ``app`` (a group) or with ``command`` (one verb)."""

    module: str
    french: str
    english: str
    group: bool = True
    alone: bool = False
    """Whether the group's own name is a verb too."""

    def help(self) -> str:
        """Return the line of ``--help``."""
        return self.english if spoken() == "en" else self.french


_HERE = "appliance.commands."
VERBS = {
    "demo": Verb(_HERE + "demo", "Essayer sur des examens fictifs", "Try it on made-up exams", group=False),
    "run": Verb(_HERE + "run", "Lancer tous les services", "Run every service", group=False),
    "service": Verb(_HERE + "service", "Lancer un service", "Run one service", group=False),
    "migrate": Verb(_HERE + "migrate", "Mettre la base à niveau", "Upgrade the database", group=False),
    "console": Verb(_HERE + "console", "Console d'administration", "Administration console", group=False),
    "pacs": Verb(_HERE + "pacs", "Nœuds PACS", "PACS nodes"),
    "codes": Verb(_HERE + "codes", "Codes de partage", "Share codes"),
    "identity": Verb(_HERE + "identity", "Identités en doute", "Identities in doubt"),
    "reports": Verb(_HERE + "reports", "Comptes rendus et embargo", "Reports and the embargo"),
    "hl7": Verb(_HERE + "hl7", "Messages HL7 reçus", "HL7 messages received"),
    "accounts": Verb(_HERE + "accounts", "Comptes des correspondants", "Accounts of correspondents"),
    "staff": Verb(_HERE + "staff", "Personnel de l'hôpital", "Staff of the hospital"),
    "keys": Verb(_HERE + "keys", "Clés des machines (DICOMweb)", "Keys of machines (DICOMweb)"),
    "card": Verb(_HERE + "card", "Lecteurs et cartes CPS", "Readers and CPS cards"),
    "journal": Verb(_HERE + "journal", "Journal des accès", "Access journal"),
    "jobs": Verb(_HERE + "jobs", "Travaux en attente", "Waiting jobs"),
    "storage": Verb(_HERE + "storage", "Place sur les disques", "Room on the disks"),
    "conformance": Verb(
        _HERE + "conformance", "Déclaration de conformité DICOM", "DICOM conformance statement", group=False
    ),
    "doctor": Verb(_HERE + "doctor", "Diagnostic, et matrice de flux", "Checks, and the flow matrix", alone=True),
}


def application(asked: Sequence[str]) -> typer.Typer:
    """Return the command line with the verb of ``asked`` whole and the others by name and help alone."""
    app = typer.Typer(
        name="negatoscope",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    wanted = next((word for word in asked if not word.startswith("-")), None)
    for name, verb in VERBS.items():
        _add(app, name, verb, whole=name == wanted)
    return app


def _add(app: typer.Typer, name: str, verb: Verb, *, whole: bool) -> None:
    if not whole:
        app.command(name, help=verb.help())(_placeholder)
        return
    module = importlib.import_module(verb.module)
    if verb.group:
        app.add_typer(module.app, name=name, help=verb.help(), no_args_is_help=not verb.alone)
    else:
        command: Callable[..., None] = module.command
        app.command(name, help=verb.help())(command)


def _placeholder() -> None:
    """Stand in for a verb that was not asked for; never run."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line of this process; exits."""
    asked = list(sys.argv[1:] if argv is None else argv)
    try:
        application(asked)(asked)
    except SettingsRefused as refused:
        _leave(f"Réglages refusés / Settings refused\n{refused}", CANNOT_CONFIGURE)
    except CannotStart as why:
        _leave(str(why), CANNOT_START)


def _leave(text: str, status: int) -> None:
    print(text, file=sys.stderr)  # noqa: T201
    raise SystemExit(status)


if __name__ == "__main__":
    main()
