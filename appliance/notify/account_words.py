"""The words of what an account sends to its owner: confirmation codes, and what was changed."""

from appliance.domain.notices import Notice

FRENCH = {
    "confirm.subject": "Confirmez votre adresse e-mail",
    "confirm": """Bonjour,

Le code qui confirme cette adresse : {digits}

Saisissez-le dans « Mon compte » dans les {minutes} minutes. Cette adresse sera alors votre identifiant de connexion.

Si vous n’avez rien demandé, ignorez ce message.

{hospital}
""",
    "confirm.sms": "Négatoscope : le code qui confirme ce numéro est {digits}. Valable {minutes} min.",
    "taken.subject": "Votre adresse e-mail est déjà utilisée",
    "taken": """Bonjour,

Quelqu’un vient de demander que cette adresse devienne l’identifiant d’un compte. C’est déjà celui du vôtre : \
rien n’a changé.

Si c’était vous, connectez-vous avec votre compte habituel. Sinon, ignorez ce message.

{hospital}
""",
    "goes.subject": "Votre compte sera supprimé",
    "goes": """Bonjour,

Vous ne vous êtes pas connecté à Négatoscope depuis près de deux ans. Votre compte et les données qui vous concernent \
seront supprimés le {date}.

Pour le garder, il suffit de vous connecter une fois avant cette date, avec votre carte CPS, Pro Santé Connect ou \
votre mot de passe. Si vous n’y parvenez pas, appelez l’hôpital.

Si vous n’en avez plus besoin, vous n’avez rien à faire. Vous pourrez en ouvrir un autre plus tard avec votre carte.

{hospital}
""",
    "notice.subject": "Votre compte a été modifié",
    "notice": """Bonjour,

{what}, le {date} à {time}.

Si ce n’est pas vous : connectez-vous avec votre carte CPS, fermez les autres sessions et changez votre mot de passe, \
ou appelez l’hôpital.

{hospital}
""",
    Notice.PASSWORD: "Le mot de passe de votre compte a été changé",
    Notice.EMAIL: "L’adresse e-mail de votre compte a été remplacée par une autre",
    Notice.PHONE: "Le téléphone mobile de votre compte a été changé",
    Notice.OTP_OFF: "La connexion par mot de passe à usage unique a été désactivée sur votre compte",
    Notice.TOTP_ON: "Une application d’authentification a été ajoutée à votre compte",
    Notice.TOTP_OFF: "L’application d’authentification de votre compte a été retirée",
    Notice.PASSKEY_ADDED: "Une clé d’accès a été ajoutée à votre compte",
    Notice.PASSKEY_REMOVED: "Une clé d’accès de votre compte a été supprimée",
    Notice.SUSPENDED: "Après de nombreux mots de passe erronés, la connexion par mot de passe à usage unique a été "
    "suspendue pour une heure (la carte CPS et Pro Santé Connect restent possibles)",
}
ENGLISH = {
    "confirm.subject": "Confirm your e-mail address",
    "confirm": """Hello,

The code that confirms this address: {digits}

Enter it in “My account” within {minutes} minutes. This address will then be your log-in identifier.

If you did not ask for it, ignore this message.

{hospital}
""",
    "confirm.sms": "Négatoscope: the code that confirms this number is {digits}. Valid {minutes} min.",
    "taken.subject": "Your e-mail address is already in use",
    "taken": """Hello,

Somebody just asked for this address to become the identifier of an account. It is already that of yours: nothing has \
changed.

If it was you, log in with your usual account. Otherwise ignore this message.

{hospital}
""",
    "goes.subject": "Your account will be deleted",
    "goes": """Hello,

You have not logged in to Négatoscope for nearly two years. Your account and the data about you will be deleted on \
{date}.

To keep it, log in once before that date, with your CPS card, Pro Santé Connect or your password. If you cannot, call \
the hospital.

If you no longer need it, there is nothing to do. You can open another one later with your card.

{hospital}
""",
    "notice.subject": "Your account was changed",
    "notice": """Hello,

{what}, on {date} at {time}.

If this was not you: log in with your CPS card, close the other sessions and change your password, or call the hospital.

{hospital}
""",
    Notice.PASSWORD: "The password of your account was changed",
    Notice.EMAIL: "The e-mail address of your account was replaced by another",
    Notice.PHONE: "The mobile phone of your account was changed",
    Notice.OTP_OFF: "Logging in with a one-time password was turned off for your account",
    Notice.TOTP_ON: "An authenticator application was added to your account",
    Notice.TOTP_OFF: "The authenticator application of your account was removed",
    Notice.PASSKEY_ADDED: "A passkey was added to your account",
    Notice.PASSKEY_REMOVED: "A passkey of your account was removed",
    Notice.SUSPENDED: "After many wrong passwords, logging in with a one-time password was suspended for one hour "
    "(the CPS card and Pro Santé Connect remain possible)",
}
