"""The words of the messages, French first. A code and its life, never a patient."""

from datetime import datetime

from appliance.domain.notices import Notice
from appliance.domain.sharing import PARIS
from appliance.domain.sign_in import Channel
from appliance.notify.account_words import ENGLISH, FRENCH
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
    """`appliance.usecases.ports.Words` and `AccountWords` for one hospital."""

    def __init__(self, hospital: str, language: str = "fr") -> None:
        self._hospital = hospital
        self._french = language == "fr"
        self._words = FRENCH if self._french else ENGLISH

    def otp_message(self, channel: Channel, to: str, digits: str, minutes: int) -> Message:
        """Return the message that carries the six digits, which stand together."""
        if channel is Channel.SMS:
            short = _FRENCH_SMS if self._french else _ENGLISH_SMS
            return Message(channel, to, "", short.format(digits=digits, minutes=minutes))
        subject = "Votre code de connexion" if self._french else "Your log-in code"
        text = (_FRENCH if self._french else _ENGLISH).format(digits=digits, minutes=minutes, hospital=self._hospital)
        return Message(channel, to, subject, text)

    def confirmation(self, channel: Channel, to: str, digits: str, minutes: int) -> Message:
        """Return the message whose six digits prove that the address or the number is the reader's."""
        if channel is Channel.SMS:
            return Message(channel, to, "", self._words["confirm.sms"].format(digits=digits, minutes=minutes))
        return self._mail(to, "confirm", digits=digits, minutes=minutes)

    def address_taken(self, to: str) -> Message:
        """Return the mail to the owner of an address that somebody wanted for another account."""
        return self._mail(to, "taken")

    def notice(self, to: str, what: Notice, at: datetime) -> Message:
        """Return the mail that says what happened to the reader's account."""
        local = at.astimezone(PARIS)
        told = {"date": f"{local:%d/%m/%Y}", "time": f"{local:%H:%M}"}
        return self._mail(to, "notice", what=self._words[what], **told)

    def account_goes(self, to: str, at: datetime) -> Message:
        """Return the mail that says that the account goes at ``at`` unless its owner logs in."""
        return self._mail(to, "goes", date=f"{at.astimezone(PARIS):%d/%m/%Y}")

    def _mail(self, to: str, name: str, **facts: str | int) -> Message:
        text = self._words[name].format(hospital=self._hospital, **facts)
        return Message(Channel.EMAIL, to, self._words[f"{name}.subject"], text)
