"""Why an instance has nothing to show: stable words, worded by the edges."""

_BY_CLASS = (
    ("1.2.840.10008.5.1.4.1.1.104.", "encapsulated_document"),
    ("1.2.840.10008.5.1.4.1.1.88.59", "key_objects"),
    ("1.2.840.10008.5.1.4.1.1.88.", "structured_report"),
    ("1.2.840.10008.5.1.4.1.1.11.", "presentation_state"),
    ("1.2.840.10008.5.1.4.1.1.9.", "waveform"),
    ("1.2.840.10008.5.1.4.1.1.481.", "radiotherapy"),
    ("1.2.840.10008.5.1.4.1.1.66", "registration"),
)


def reason_without_pixels(sop_class: str) -> str:
    """Return the word for an object without pixels, ``no_pixels`` when its kind says nothing."""
    return next((word for prefix, word in _BY_CLASS if sop_class.startswith(prefix)), "no_pixels")
