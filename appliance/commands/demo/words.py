"""What the demo says, in French and in English."""

from collections.abc import Mapping
from typing import Any

_TEXTS = {
    "one_source": (
        "--dicom et --pacs ne vont pas ensemble : choisissez l'un des deux.",
        "--dicom and --pacs do not go together: choose one.",
    ),
    "no_folder": ("{folder} n'est pas un dossier.", "{folder} is not a folder."),
    "bad_pacs": (
        "« {pacs} » : on attend AET@HÔTE:PORT, par exemple ORTHANC@127.0.0.1:4242.",
        "“{pacs}”: AET@HOST:PORT is expected, for example ORTHANC@127.0.0.1:4242.",
    ),
    "state_taken": (
        "Une démonstration tourne déjà dans {folder} ; arrêtez-la ou choisissez un autre dossier avec --state.",
        "A demo is running in {folder} already; stop it or choose another folder with --state.",
    ),
    "drawing": (
        "Premier lancement : dessin des examens fictifs (une dizaine de secondes)…",
        "First start: drawing the made-up exams (about ten seconds)…",
    ),
    "not_drawn": (
        "Les examens fictifs n'ont pas pu être écrits : reste-t-il de la place sur le disque ?",
        "The made-up exams could not be written: is there room left on the disk?",
    ),
    "not_prepared": (
        "La base de la démonstration n'a pas pu être préparée ; essayez un autre dossier avec --state.",
        "The demo's database could not be prepared; try another folder with --state.",
    ),
    "not_seeded": (
        "Les comptes et les codes de la démonstration n'ont pas pu être créés.",
        "The demo's accounts and codes could not be made.",
    ),
    "ready": ("Négatoscope est prêt. Ctrl-C pour arrêter.", "Négatoscope is ready. Ctrl-C stops it."),
    "physician": (
        "1. Médecin correspondant : {web}/\n"
        "   « Mot de passe à usage unique », adresse {email}, mot de passe {password}\n"
        "   Le code à six chiffres arrive dans la boîte de démonstration : {box}",
        "1. Correspondent physician: {web}/?lang=en\n"
        "   “One-time password”, address {email}, password {password}\n"
        "   The six digits arrive in the demo's mailbox: {box}",
    ),
    "card": (
        "   Ou « Carte de Professionnel de Santé » : importez dans le navigateur {file}\n"
        "   (certificat, sans mot de passe) et acceptez l'avertissement de {card} : la démonstration y fait le sien",
        "   Or “Health professional card”: import {file} into the browser\n"
        "   (a certificate, no password) and accept the warning about {card}: the demo made its own there",
    ),
    "code": (
        "   Code de partage {code}, né(e) le {birth}, prénom {given}",
        "   Share code {code}, born {birth}, first name {given}",
    ),
    "secretary": (
        "2. Accueil : {web}/desk\n   Identifiant {login}, mot de passe {password}\n"
        "   Secret de l'application d'authentification : {secret}",
        "2. Reception: {web}/desk\n   Login {login}, password {password}\n   Secret for the authenticator: {secret}",
    ),
    "console": (
        "3. Console : NEGATOSCOPE_ADMIN_SOCKET={socket} negatoscope console",
        "3. Console: NEGATOSCOPE_ADMIN_SOCKET={socket} negatoscope console",
    ),
    "dicom": (
        "4. DICOM : {aet} sur {host}:{port} accepte tout appelant de cette machine",
        "4. DICOM: {aet} at {host}:{port} takes any caller of this machine",
    ),
}


class Words:
    """The texts of one language; calling it fills one in."""

    def __init__(self, language: str) -> None:
        self._column = 1 if language == "en" else 0

    def __call__(self, key: str, **facts: object) -> str:
        """Return a text with its facts."""
        return _TEXTS[key][self._column].format(**facts)

    def guide(self, told: Mapping[str, Any]) -> str:
        """Return what to click once everything answers."""
        physician, secretary = told["accounts"]["physician"], told["accounts"]["secretary"]
        box = told["mailbox"].removesuffix("messages")
        lines = ["", self("ready"), ""]
        lines.append(
            self("physician", web=told["web"], box=box, email=physician["email"], password=physician["password"])
        )
        if told["card"] and physician.get("certificate"):
            lines.append(self("card", card=told["card"], file=physician["certificate"]))
        lines += [
            self("code", code=f"{c['code'][:4]} {c['code'][4:]}", birth=c["birth_date"], given=c["given_name"])
            for c in told["codes"]
        ]
        lines.append(
            self(
                "secretary",
                web=told["web"],
                login=secretary["login"],
                password=secretary["password"],
                secret=secretary["totp_secret"],
            )
        )
        lines += [self("console", socket=told["admin_socket"]), self("dicom", **told["dicom"]), ""]
        return "\n".join(lines)
