"""Passkeys (WebAuthn level 2), by py_webauthn: what an authenticator made or signed is verified here and nowhere else.

The key must be discoverable (nobody types a name) and the authenticator must have verified its user (fingerprint, face
or PIN): possession and something of the person, thus two factors in one gesture. No attestation is asked for: which
model of authenticator somebody owns is none of the hospital's business.
"""

import json
from collections.abc import Sequence

import webauthn
from cryptography.exceptions import InvalidSignature
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from appliance.domain.errors import Refused
from appliance.usecases.ports import MadeKey, PasskeyRow, Site

_MOST_CHARACTERS = 32 * 1024
_VERIFIED = UserVerificationRequirement.REQUIRED
_WRONG = (WebAuthnException, InvalidSignature, ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What the library raises at an answer that does not hold, or that is none at all."""


class WebauthnCeremonies:
    """`appliance.usecases.ports.PasskeyCeremonies`."""

    def creation(self, site: Site, user: bytes, name: str, challenge: bytes, known: Sequence[bytes]) -> str:
        """Return the JSON that `navigator.credentials.create` takes; ``known`` keys are not made twice."""
        options = webauthn.generate_registration_options(
            rp_id=site.rp_id,
            rp_name=site.name,
            user_id=user,
            user_name=name,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        )
        return webauthn.options_to_json(options)

    def created(self, site: Site, challenge: bytes, answer: str) -> MadeKey:
        """Return the key that the authenticator made; raise `Refused` ``passkey``."""
        try:
            made = webauthn.verify_registration_response(
                credential=_read(answer),
                expected_challenge=challenge,
                expected_rp_id=site.rp_id,
                expected_origin=list(site.origins),
                require_user_verification=True,
            )
        except _WRONG as exc:
            raise Refused("passkey") from exc
        return MadeKey(made.credential_id, made.credential_public_key, made.sign_count)

    def request(self, site: Site, challenge: bytes, known: Sequence[bytes] = ()) -> str:
        """Return the JSON that `navigator.credentials.get` takes; any key may sign when none is named."""
        options = webauthn.generate_authentication_options(
            rp_id=site.rp_id,
            challenge=challenge,
            allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
            user_verification=_VERIFIED,
        )
        return webauthn.options_to_json(options)

    def credential_of(self, answer: str) -> bytes:
        """Return which key the answer says it is signed with; raise `Refused` ``passkey``."""
        try:
            return base64url_to_bytes(str(_read(answer)["rawId"]))
        except _WRONG as exc:
            raise Refused("passkey") from exc

    def signed(self, site: Site, challenge: bytes, answer: str, key: PasskeyRow) -> int:
        """Return the authenticator's counter, which only grows; raise `Refused` ``passkey``."""
        try:
            verified = webauthn.verify_authentication_response(
                credential=_read(answer),
                expected_challenge=challenge,
                expected_rp_id=site.rp_id,
                expected_origin=list(site.origins),
                credential_public_key=key.public_key,
                credential_current_sign_count=key.sign_count,
                require_user_verification=True,
            )
        except _WRONG as exc:
            raise Refused("passkey") from exc
        return verified.new_sign_count


def _read(answer: str) -> dict[str, object]:
    if len(answer) > _MOST_CHARACTERS:
        raise ValueError("too long")
    read = json.loads(answer)
    if not isinstance(read, dict):
        raise TypeError("no object")
    return read
