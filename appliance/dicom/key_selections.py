"""The images that a physician starred, as a Key Object Selection (PS3.3 A.35.4) by PS3.16 TID 2010, « Of Interest »."""

from collections.abc import Sequence

from appliance.dicom.made_documents import (
    Image,
    Made,
    Origin,
    begun,
    ended,
    evidence,
    language_and_observers,
    referenced,
    rooted,
    words,
)

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.88.59"


def key_selection(origin: Origin, description: str, images: Sequence[Image], note: str) -> Made:
    """Return the selection of some images, never none, with the words of whoever made it. Raises as `begun`."""
    made = begun(origin, SOP_CLASS, "KO", description)
    made.CurrentRequestedProcedureEvidenceSequence = [evidence(made.StudyInstanceUID, images)]
    rooted(made, ("113000", "DCM", "Of Interest"), "2010", [
        *language_and_observers(origin),
        words("CONTAINS", ("113012", "DCM", "Key Object Description"), note),
        *(referenced("CONTAINS", image) for image in images),
    ])  # fmt: skip
    return ended(made)
