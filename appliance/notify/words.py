"""The words of the messages, French first. A code and its life, never a patient."""

from appliance.domain.sign_in import Channel
from appliance.usecases.ports import Message

_FRENCH = """Bonjour,

Votre code de connexion : {digits}

Il est valable {minutes} minutes, pour une seule connexion, sur l’ordinateur qui l’a demandé.

Ne le communiquez à personne : l’hôpital ne vous le demandera jamais. Si vous n’avez rien demandé, ignorez ce message \
et changez votre mot de passe.

{hospital}
"""
_ENGLISH = """Hello,

Your log-in code: {digits}

It is valid for {minutes} minutes, for one log-in, on the computer that asked for it.

Do not give it to anyone: the hospital will never ask for it. If you did not ask for it, ignore this message and \
change your password.

{hospital}
"""
_FRENCH_SMS = "Négatoscope : votre code est {digits}. Valable {minutes} min, ne le communiquez à personne."
_ENGLISH_SMS = "Négatoscope: your code is {digits}. Valid {minutes} min, give it to nobody."


class OtpWords:
    """`appliance.usecases.ports.Words` for one hospital."""

    def __init__(self, hospital: str, language: str = "fr") -> None:
        self._hospital = hospital
        self._french = language == "fr"

    def otp_message(self, channel: Channel, to: str, digits: str, minutes: int) -> Message:
        """Return the message that carries the six digits, which stand together."""
        if channel is Channel.SMS:
            short = _FRENCH_SMS if self._french else _ENGLISH_SMS
            return Message(channel, to, "", short.format(digits=digits, minutes=minutes))
        subject = "Votre code de connexion" if self._french else "Your log-in code"
        text = (_FRENCH if self._french else _ENGLISH).format(digits=digits, minutes=minutes, hospital=self._hospital)
        return Message(channel, to, subject, text)
