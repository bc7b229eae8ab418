"""The mail that points an exam out to a colleague, French first: a link, and nothing of the patient."""

from collections.abc import Sequence
from datetime import datetime

from appliance.domain.sharing import PARIS
from appliance.domain.sign_in import Channel
from appliance.usecases.ports import Message

_FRENCH = """Bonjour,

{sender} vous propose de consulter un examen d’imagerie :

{address}
{message}
Après connexion (carte CPS, mot de passe à usage unique ou Pro Santé Connect), l’examen s’ouvre si le patient figure \
dans votre liste. Sinon, son code de partage vous sera demandé.

Ce message ne contient aucune donnée de santé. Le lien expire le {date}.

{hospital}
"""
_ENGLISH = """Hello,

{sender} invites you to view an imaging exam:

{address}
{message}
After you log in (CPS card, one-time password or Pro Santé Connect), the exam opens if the patient is in your list. \
Otherwise you will be asked for the share code.

This message contains no health data. The link expires on {date}.

{hospital}
"""


class LetterMails:
    """`appliance.usecases.ports.LetterWords` for one hospital; ``phones`` are services and their numbers."""

    def __init__(self, hospital: str, language: str = "fr", phones: Sequence[tuple[str, str]] = ()) -> None:
        self._foot = "\n".join([hospital, *(f"{service} : {number}" for service, number in phones)])
        self._french = language == "fr"

    def letter(self, to: str, sender: str, message: str, address: str, until: datetime) -> Message:
        """Return the mail; `message` are the sender's own words, maybe none."""
        words = ("Son message :" if self._french else "Their message:") if message else ""
        quoted = "\n".join(f"> {line}" for line in message.splitlines())
        text = (_FRENCH if self._french else _ENGLISH).format(
            sender=sender, address=address, message=f"\n{words}\n{quoted}\n" if message else "",
            date=until.astimezone(PARIS).strftime("%d/%m/%Y"), hospital=self._foot,
        )  # fmt: skip
        subject = "Un examen vous est signalé" if self._french else "An exam has been pointed out to you"
        return Message(Channel.EMAIL, to, subject, text)
