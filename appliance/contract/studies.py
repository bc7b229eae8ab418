"""Studies on the wire, and the pictures that the console draws."""

from datetime import datetime

from pydantic import Field

from appliance.contract.people import PatientView
from appliance.contract.wire import Asked, Told


class SeriesView(Told):
    """A series and its counts."""

    uid: str
    number: int | None
    modality: str
    description: str
    received: int
    ready: int
    undisplayable: int


class StudyView(Told):
    """A study. ``state`` is a word of the domain (R-E); ``series`` is filled for one study only."""

    uid: str
    state: str
    date: str | None
    modality: str
    description: str
    patient: PatientView
    modalities: tuple[str, ...] = ()
    time: str = ""
    accession: str = ""
    facility: str = ""
    node: str = ""
    received: int = 0
    ready: int = 0
    undisplayable: int = 0
    expected: int | None = None
    unreachable_since: datetime | None = None
    series: tuple[SeriesView, ...] = ()


class WindowView(Told):
    """A window of the image: centre and width in its own unit, (0028,1050) and (0028,1051)."""

    center: float
    width: float
    name: str = ""


class PictureFacts(Told):
    """How to read the picture: unit value = sample · ``slope`` + ``intercept``.

    ``index`` counts from 1 in the order of the series; ``colour`` pictures take no window.
    """

    index: int
    total: int
    slope: float = 1.0
    intercept: float = 0.0
    unit: str | None = None
    colour: bool = False
    inverted: bool = False
    lossy: bool = False
    windows: tuple[WindowView, ...] = Field(default=())


class ReleaseAsked(Asked):
    """Why an exam is opened before its report: who takes that upon himself."""

    reason: str = Field(default="", max_length=512)
