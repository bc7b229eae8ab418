"""The mail that says that a report was changed, French first: which one is behind the log-in, never in the mail."""

from collections.abc import Sequence
from datetime import datetime

from appliance.domain.reports import ReportState
from appliance.domain.sharing import PARIS
from appliance.domain.sign_in import Channel
from appliance.usecases.ports import Message

_FRENCH = """Bonjour,

Un compte rendu que vous avez ouvert dans Négatoscope a été {what} le {date} à {time}.

Connectez-vous pour lire la version à jour : l’examen est marqué dans votre liste jusqu’à ce que vous l’ayez ouverte. \
Pour protéger le patient, ce message ne dit pas de quel examen il s’agit.

Ce message ne remplace pas un appel : en cas de doute, joignez le service.

{hospital}
"""
_ENGLISH = """Hello,

A report that you opened in Négatoscope was {what} on {date} at {time}.

Log in to read the current version: the exam is marked in your list until you have opened it. To protect the patient, \
this message does not say which exam it is.

This message replaces no telephone call: if in doubt, call the service.

{hospital}
"""
_WHAT = {
    ReportState.VALIDATED: ("complété", "added to"),
    ReportState.CORRECTED: ("corrigé", "corrected"),
    ReportState.PROVISIONAL: ("complété", "added to"),
    ReportState.CANCELLED: ("annulé", "cancelled"),
}


class ReportMails:
    """`appliance.usecases.ports.ReportWords` for one hospital; ``phones`` are services and their numbers."""

    def __init__(self, hospital: str, language: str = "fr", phones: Sequence[tuple[str, str]] = ()) -> None:
        self._foot = "\n".join([hospital, *(f"{service} : {number}" for service, number in phones)])
        self._french = language == "fr"

    def report_changed(self, to: str, state: ReportState, at: datetime) -> Message:
        """Return the mail; it names neither the patient, nor the exam."""
        there = at.astimezone(PARIS)
        what = _WHAT[state][0 if self._french else 1]
        text = (_FRENCH if self._french else _ENGLISH).format(
            what=what, date=there.strftime("%d/%m/%Y"), time=there.strftime("%H:%M"), hospital=self._foot
        )
        subject = f"Un compte rendu a été {what}" if self._french else f"A report was {what}"
        return Message(Channel.EMAIL, to, subject, text)
