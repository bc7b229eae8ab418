"""The words of the slip, French first. « CPS, OTP or PSC » follows what this appliance offers."""

from typing import Literal

Language = Literal["fr", "en"]

WORDS: dict[Language, dict[str, str]] = {
    "fr": {
        "title": "Bulletin de partage",
        "date": "Remis le",
        "heading": "Vos examens d'imagerie, à remettre à votre médecin",
        "born": "né(e) le",
        "code": "Code de partage",
        "until": "Valable jusqu'au",
        "how": "Pour le médecin",
        "1": "Ouvrez",
        "2": "Connectez-vous : carte CPS, mot de passe à usage unique ou Pro Santé Connect.",
        "3": "« Ajouter un code » : saisissez ce code, la date de naissance et le prénom du patient.",
        "exams": "Examens partagés",
        "more": "et {n} autres",
        "downloads": "Le médecin peut consulter ces images en ligne et les télécharger (DICOM).",
        "no_downloads": "Le médecin peut consulter ces images en ligne, sans les télécharger.",
        "privacy": "Ce code ne suffit pas à ouvrir vos images : il faut aussi être professionnel de santé et connaître "
        "votre date de naissance et votre prénom. Montrez-le au médecin de votre choix. Bulletin perdu ? Appelez-nous, "
        "nous l'annulerons.",
        "legal": "Vous pouvez demander à tout moment qui a consulté vos examens, ou retirer votre accord, auprès du "
        "secrétariat d'imagerie.",
    },
    "en": {
        "title": "Share slip",
        "date": "Given on",
        "heading": "Your imaging exams, to hand to your doctor",
        "born": "born",
        "code": "Share code",
        "until": "Valid until",
        "how": "For the doctor",
        "1": "Open",
        "2": "Log in: CPS card, one-time password or Pro Santé Connect.",
        "3": "« Add a code »: enter this code, the patient's birth date and first name.",
        "exams": "Shared exams",
        "more": "and {n} more",
        "downloads": "The doctor may view these images online and download them (DICOM).",
        "no_downloads": "The doctor may view these images online, not download them.",
        "privacy": "This code alone does not open your images: one must also be a health professional and know your "
        "birth date and first name. Show it to the doctor of your choice. Slip lost? Call us and we will cancel it.",
        "legal": "You may at any time ask the imaging reception who has viewed your exams, or withdraw your consent.",
    },
}

SPELLED: dict[str, str] = {
    "A": "Alpha", "B": "Bravo", "C": "Charlie", "D": "Delta", "E": "Écho", "F": "Fox-trot", "G": "Golf", "H": "Hôtel",
    "J": "Juliette", "K": "Kilo", "M": "Mike", "N": "Novembre", "P": "Papa", "Q": "Québec", "R": "Roméo", "T": "Tango",
    "U": "Uniforme", "V": "Victor", "W": "Whisky", "X": "X-ray", "Y": "Yankee",
}  # fmt: skip

MODALITIES: dict[Language, dict[str, str]] = {
    "fr": {
        "CT": "Scanner", "MR": "IRM", "CR": "Radiographie", "DX": "Radiographie", "MG": "Mammographie", "PT": "TEP",
        "US": "Échographie", "XA": "Angiographie", "NM": "Scintigraphie", "SR": "Compte rendu", "DOC": "Document",
    },
    "en": {
        "CT": "CT", "MR": "MRI", "CR": "Radiograph", "DX": "Radiograph", "MG": "Mammograph", "PT": "PET",
        "US": "Ultrasound", "XA": "Angiogram", "NM": "Scintigram", "SR": "Report", "DOC": "Document",
    },
}  # fmt: skip
