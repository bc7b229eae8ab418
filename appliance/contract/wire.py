"""The two shapes of what crosses the socket: what the service tells, what a caller asks."""

from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Level: TypeAlias = Literal["ok", "info", "warn", "bad", "mute"]
Scalar: TypeAlias = str | int | float | bool | None
Offset: TypeAlias = Annotated[int, Field(ge=0)]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=500)]


class Told(BaseModel):
    """An answer. Unknown keys are ignored: a service may be newer than its console."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Asked(BaseModel):
    """A request. An unknown key is refused: what was meant would be lost in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


Item = TypeVar("Item", bound=Told)


class Slice(Told, Generic[Item]):
    """A part of a list, and how long the whole is."""

    items: tuple[Item, ...]
    total: int


class Saying(Told):
    """A sentence as its identifier and facts; whoever reads it finds the words in `locale`."""

    id: str
    facts: dict[str, Scalar] = Field(default_factory=dict)
