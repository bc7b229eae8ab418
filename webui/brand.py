"""What a hospital sets: name, accent, logo, telephone numbers by service."""

import re
from dataclasses import dataclass
from pathlib import Path

from appliance.config.settings import Settings

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Phone:
    """A service and its number as printed; ``tel`` is the number to dial."""

    service: str
    number: str

    @property
    def tel(self) -> str:
        """Return the ``tel:`` address; a French number gets its country."""
        digits = re.sub(r"[^0-9+]", "", self.number)
        return f"tel:+33{digits[1:]}" if re.fullmatch(r"0[0-9]{9}", digits) else f"tel:{digits}"


@dataclass(frozen=True, slots=True)
class Brand:
    """Name, colours, logo and numbers of the hospital."""

    name: str
    accent: str
    on_accent: str
    logo: Path | None
    phones: tuple[Phone, ...]

    def stylesheet(self) -> str:
        """Return the style sheet loaded after the tokens; the dark theme keeps its own accent."""
        if not (_COLOUR.fullmatch(self.accent) and _COLOUR.fullmatch(self.on_accent)):
            return ""
        return (
            f":root:not([data-theme='dark']) {{ --accent: {self.accent};"
            f" --on-accent: {self.on_accent}; }}\n"
        )


def brand_of(settings: Settings) -> Brand:
    """Return the brand that the settings describe."""
    brand = settings.brand
    phones = tuple(Phone(phone.service, phone.number) for phone in brand.phones)
    return Brand(brand.name, brand.accent, brand.on_accent, brand.logo, phones)
