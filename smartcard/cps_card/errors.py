"""One exception a cause, for whoever reads a card. Each bears the word of its cause, in ``cause``."""


class CardError(Exception):
    """What went wrong with a card; ``cause`` is a word of the vocabulary, stable for programs and catalogues."""

    cause = "card"

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.cause}: {detail}" if detail else self.cause)


class CardUnavailable(CardError):
    """A card or its reader cannot be reached; what the reader answered is in the text."""

    cause = "pcsc"


class LibraryMissing(CardUnavailable):
    """A library is not installed; ``cause`` is its name and ``_missing``."""

    def __init__(self, library: str) -> None:
        self.cause = f"{library}_missing"
        super().__init__()


class NoService(CardUnavailable):
    """pcscd does not answer."""

    cause = "no_service"


class NoReader(CardUnavailable):
    """No reader is connected, or none of the name asked for."""

    cause = "no_reader"


class NoCard(CardUnavailable):
    """The reader is empty."""

    cause = "empty"


class UnknownCard(CardUnavailable):
    """The card is no health professional's, or none whose commands are known."""

    cause = "foreign"


class CardBusy(CardUnavailable):
    """Another program keeps the card."""

    cause = "busy"


class CardRemoved(CardUnavailable):
    """The card was taken out meanwhile."""

    cause = "removed"


class ModuleRefused(CardUnavailable):
    """A PKCS#11 module cannot be loaded, or fails."""

    cause = "module"


class PinRefused(CardError):
    """The PIN does not open the card."""

    cause = "pin"


class PinFormat(PinRefused):
    """No PIN of this card can look so; it was not shown to the card and cost no try."""

    cause = "pin_format"


class PinRequired(PinRefused):
    """The key wants a PIN and none was given."""

    cause = "pin_required"


class PinWrong(PinRefused):
    """The card refused the PIN. ``tries_left`` is at least one, or None where the card does not say."""

    cause = "pin_wrong"

    def __init__(self, tries_left: int | None) -> None:
        super().__init__()
        self.tries_left = tries_left


class LastTry(PinRefused):
    """One try is left and nobody confirmed that it may be used; the PIN was not shown to the card."""

    cause = "pin_last_try"


class PinBlocked(PinRefused):
    """No try is left; only the issuer of the card can unblock it."""

    cause = "pin_blocked"


class ApduFailed(CardError):
    """The card refused a command: ``ins`` is the command's byte, ``sw`` the status word (ISO 7816-4, 5.6)."""

    cause = "apdu"

    def __init__(self, ins: int, sw: int) -> None:
        super().__init__(f"INS {ins:02X} SW {sw:04X}")
        self.ins, self.sw = ins, sw


class CardUnreadable(CardError):
    """The card's PKCS#15 files cannot be understood, or have no key and certificate for authentication."""

    cause = "card_unreadable"


class CertificateRejected(CardError):
    """A certificate does not prove who shows it.

    ``cause`` is of `certificate` (``unreadable``, ``no_identity``, ``foreign_issuer``) or of `trust.Cause`.
    """

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__()
