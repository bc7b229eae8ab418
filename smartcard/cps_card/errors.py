"""One exception, one cause each, for whoever reads a card."""


class CardUnavailable(Exception):
    """A card or its reader cannot be reached.

    ``cause`` is ``pyscard_missing``, ``no_service``, ``no_reader``, ``empty``, ``busy``, ``removed`` or ``pcsc``.
    """

    def __init__(self, cause: str, detail: str = "") -> None:
        super().__init__(f"{cause}: {detail}" if detail else cause)
        self.cause = cause


class CertificateRejected(Exception):
    """A certificate does not hold the identity of a person or an organisation of health.

    ``cause`` is ``unreadable``, ``no_identity`` or ``foreign_issuer``.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause
