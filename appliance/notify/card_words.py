"""The mails that say that a card ends soon, French first (texts of the guide's pages)."""

from collections.abc import Sequence
from datetime import datetime

from appliance.domain.sharing import PARIS
from appliance.domain.sign_in import Channel
from appliance.usecases.ports import Message

_FRENCH = """Bonjour,

Votre carte CPS arrive à échéance le {date}, dans {days}.

À cette date, les connexions par mot de passe à usage unique, application et clé d’accès seront suspendues, comme \
l’exige la règle d’accès aux données de santé. Elles reprendront dès que vous vous serez connecté une fois avec votre \
nouvelle carte.

{advice}

{hospital}
"""
_ENGLISH = """Hello,

Your CPS card expires on {date}, in {days}.

On that date, log-ins by one-time password, authenticator and passkey will be suspended, as the rules on access to \
health data require. They resume as soon as you log in once with your new card.

{advice}

{hospital}
"""
_ADVICE = {
    60: (
        "Vous n’avez rien à faire si le renouvellement automatique de votre carte est en cours. Vérifiez que votre "
        "adresse est à jour auprès de votre Ordre.",
        "You need do nothing if your card is being renewed automatically. Check that your professional body has your "
        "current address.",
    ),
    15: (
        "Si vous avez reçu votre nouvelle carte, connectez-vous une fois avec elle dès maintenant : il n’y aura pas "
        "d’interruption.",
        "If you have received your new card, log in with it once now: there will be no interruption.",
    ),
    3: (
        "Sans nouvelle carte, pensez à Pro Santé Connect (e-CPS). En cas d’urgence, appelez le service qui a réalisé "
        "l’examen.",
        "Without a new card, consider Pro Santé Connect (e-CPS). If it is urgent, call the service that performed the "
        "exam.",
    ),
}


class CardMails:
    """`appliance.usecases.ports.CardWords` for one hospital; ``phones`` are services and their numbers."""

    def __init__(self, hospital: str, language: str = "fr", phones: Sequence[tuple[str, str]] = ()) -> None:
        self._foot = "\n".join([hospital, *(f"{service} : {number}" for service, number in phones)])
        self._french = language == "fr"

    def card_ends(self, to: str, until: datetime, days: int, warning: int) -> Message:
        """Return the mail; ``warning`` (60, 15 or 3) chooses the advice, ``days`` are those really left."""
        french = self._french
        left = (f"{days} jour" if french else f"{days} day") + ("s" if days > 1 else "")
        date = until.astimezone(PARIS).strftime("%d/%m/%Y")
        advice = _ADVICE[warning][0 if french else 1]
        text = (_FRENCH if french else _ENGLISH).format(date=date, days=left, advice=advice, hospital=self._foot)
        subject = f"Votre carte CPS expire dans {left}" if french else f"Your CPS card expires in {left}"
        return Message(Channel.EMAIL, to, subject, text)
