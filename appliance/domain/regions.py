"""The part of the body an exam shows, in the words of French and English descriptions and of DICOM body parts.

Body Part Examined (0018,0015) and its values: PS3.16 annex L. Words are matched whole or by their beginning, without
accents; what says nothing known leaves the region empty, which is never the same as another.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Region(StrEnum):
    """Parts of the body as priors are compared by."""

    HEAD = "head"
    FACE = "face"
    NECK = "neck"
    CHEST = "chest"
    HEART = "heart"
    BREAST = "breast"
    ABDOMEN = "abdomen"
    PELVIS = "pelvis"
    CERVICAL_SPINE = "cervical_spine"
    THORACIC_SPINE = "thoracic_spine"
    LUMBAR_SPINE = "lumbar_spine"
    SHOULDER = "shoulder"
    ARM = "arm"
    WRIST = "wrist"
    HIP = "hip"
    KNEE = "knee"
    LEG = "leg"
    FOOT = "foot"
    WHOLE_BODY = "whole_body"


LIMBS = frozenset({Region.SHOULDER, Region.ARM, Region.WRIST, Region.HIP, Region.KNEE, Region.LEG, Region.FOOT})
_SPINE = (Region.CERVICAL_SPINE, Region.THORACIC_SPINE, Region.LUMBAR_SPINE)
_NEIGHBOURS = frozenset(
    frozenset(pair)
    for pair in (
        (Region.HEAD, Region.FACE), (Region.HEAD, Region.NECK), (Region.FACE, Region.NECK),
        (Region.HEAD, Region.CERVICAL_SPINE), (Region.NECK, Region.CHEST), (Region.NECK, Region.CERVICAL_SPINE),
        (Region.CERVICAL_SPINE, Region.THORACIC_SPINE), (Region.THORACIC_SPINE, Region.LUMBAR_SPINE),
        (Region.CHEST, Region.THORACIC_SPINE), (Region.CHEST, Region.HEART), (Region.CHEST, Region.BREAST),
        (Region.CHEST, Region.ABDOMEN), (Region.CHEST, Region.SHOULDER), (Region.ABDOMEN, Region.PELVIS),
        (Region.ABDOMEN, Region.LUMBAR_SPINE), (Region.PELVIS, Region.LUMBAR_SPINE), (Region.PELVIS, Region.HIP),
        (Region.SHOULDER, Region.ARM), (Region.ARM, Region.WRIST), (Region.HIP, Region.LEG),
        (Region.HIP, Region.KNEE), (Region.KNEE, Region.LEG), (Region.LEG, Region.FOOT),
    )
)  # fmt: skip
_BEGINNINGS = {
    Region.HEAD: "cran encephal cerebr cerveau tete head brain skull hypophys pituitary polygone",
    Region.FACE: "facial sinus orbit rocher mandibul dentaire dental maxill",
    Region.NECK: "cou neck cervical cervico thyroid carotid larynx parotid tsa",
    Region.CHEST: "thora chest poumon pulmon lung mediastin cotes ribs sternum",
    Region.HEART: "coeur cardia coronar coroscan coroct heart",
    Region.BREAST: "sein mamm breast",
    Region.ABDOMEN: (
        "abdo hepat foie liver bili pancrea rein renal renaux renales kidney uroscan entero colon coloscan "
        "splen surrenal asp"
    ),
    Region.PELVIS: "pelv bassin prostat uter vessie bladder ovair rectum rectal sacro sacrum",
    Region.CERVICAL_SPINE: "cspine",
    Region.THORACIC_SPINE: "tspine dorsal dorso",
    Region.LUMBAR_SPINE: "lspine lomb lumb",
    Region.SHOULDER: "epaul shoulder clavic omoplate scapul",
    Region.ARM: "humer bras avantbras coude elbow forearm arm",
    Region.WRIST: "poignet wrist main hand doigt finger scaphoid",
    Region.HIP: "hanche hip coxo",
    Region.KNEE: "genou knee rotul patell menisc",
    Region.LEG: "femur cuisse thigh jambe leg tibia mollet",
    Region.FOOT: "cheville ankle pied foot orteil toe calcane",
    Region.WHOLE_BODY: "tap wholebody tep pet myelome",
}
_WORDS = {word: region for region, words in _BEGINNINGS.items() for word in words.split()}
_WHOLE_WORDS = frozenset(
    {"cou", "arm", "leg", "hip", "toe", "tap", "asp", "tsa", "pet", "tep", "main", "sein", "sinus", "bras", "rein",
     "cotes", "colon"}
)  # fmt: skip
"""Words so short that others begin with them: they are matched whole, in the singular or the plural."""
_PHRASES = (("corps entier", "wholebody"), ("whole body", "wholebody"), ("avant bras", "avantbras"),
            ("thoraco abdomino pelvien", "tap"), ("de la face", "facial"),
            ("bilan extension", "oncologie"), ("bilan d extension", "oncologie"),
            ("c spine", "cspine"), ("t spine", "tspine"),
            ("l spine", "lspine"))  # fmt: skip
_SPINE_OF = {Region.NECK: Region.CERVICAL_SPINE, Region.CHEST: Region.THORACIC_SPINE}
_SPINAL = frozenset({"rachi", "spine", "colonne"})
_ONCOLOGY = ("onco", "cancer", "carcino", "metast", "tumeur", "tumor", "lymphom", "neoplas", "melanom", "recist",
             "myelom")  # fmt: skip
_TRUNK = frozenset({Region.CHEST, Region.ABDOMEN, Region.PELVIS})
_ARTICLES = re.compile(r"\b[dl]\s?['’]")
"""« l'épaule », « bilan d'extension »: no side."""
_RIGHT = frozenset({"d", "r", "droit", "droite", "dt", "dte", "right", "rt"})
_LEFT = frozenset({"g", "l", "gauche", "gche", "left", "lt"})
_BOTH = frozenset({"bilateral", "bilaterale", "bilat", "deux", "both"})


@dataclass(frozen=True, slots=True)
class Seen:
    """What an exam shows. ``side`` is ``R``, ``L`` or empty: unknown, or both."""

    regions: frozenset[Region]
    side: str = ""
    oncology: bool = False


def seen_in(description: str, body_parts: Iterable[str] = (), modalities: Iterable[str] = ()) -> Seen:
    """Return what the body parts and the words of a description name; body parts count more than words."""
    text = _folded(description)
    regions = set(_regions(_folded(" ".join(body_parts))) or _regions(text))
    kinds = set(modalities)
    if "PT" in kinds:
        regions.add(Region.WHOLE_BODY)
    if "MG" in kinds:
        regions.add(Region.BREAST)
    words = text.split()
    side = _side(frozenset(words)) if regions & LIMBS else ""
    return Seen(frozenset(regions), side, any(word.startswith(_ONCOLOGY) for word in words))


def adjacent(some: frozenset[Region], others: frozenset[Region]) -> bool:
    """Whether one region of each touches the other."""
    return any(frozenset((a, b)) in _NEIGHBOURS for a in some for b in others)


def opposite_limbs(one: Seen, other: Seen) -> bool:
    """Whether both show a limb, each of the other side."""
    limbs = bool(one.regions & LIMBS) and bool(other.regions & LIMBS)
    return limbs and {one.side, other.side} == {"R", "L"}


def _folded(text: str) -> str:
    """Return lower-case words without accents, phrases as one word."""
    plain = _ARTICLES.sub(" ", unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe")))
    words = "".join(c if c.isalpha() else " " for c in plain if unicodedata.category(c) != "Mn")
    joined = " ".join(words.split())
    for phrase, word in _PHRASES:
        joined = re.sub(rf"\b{phrase}", word, joined)
    return joined


def _regions(folded: str) -> frozenset[Region]:
    words = folded.split()
    found = {region for region in map(_named, words) if region is not None}
    if _SPINAL & {word.rstrip("s") for word in words}:
        return _spinal(found)
    return frozenset({Region.WHOLE_BODY} | found - _TRUNK if found >= _TRUNK else found)


def _spinal(found: set[Region]) -> frozenset[Region]:
    """Return the part of the spine: « rachis cervical » is no neck, « rachis » alone is all of it."""
    elsewhere = found - set(_SPINE)
    parts = {_SPINE_OF[one] for one in elsewhere if one in _SPINE_OF}
    parts |= found & set(_SPINE)
    rest = {one for one in elsewhere if one not in _SPINE_OF}
    return frozenset((parts or set(_SPINE)) | rest)


def _named(word: str) -> Region | None:
    for length in range(len(word), 2, -1):
        start = word[:length]
        region = _WORDS.get(start)
        if region and (start not in _WHOLE_WORDS or word.rstrip("sx") == start.rstrip("sx")):
            return region
    return None


def _side(words: frozenset[str]) -> str:
    if words & _BOTH:
        return ""
    right, left = bool(words & _RIGHT), bool(words & _LEFT)
    return "R" if right and not left else "L" if left and not right else ""
