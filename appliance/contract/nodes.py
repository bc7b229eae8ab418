"""PACS nodes on the wire, and what they answer."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from appliance.contract.people import PatientView
from appliance.contract.wire import Asked, Told

Method = Literal["move", "get", "wado"]
Auth = Literal["none", "basic", "bearer"]


class NodeAsked(Asked):
    """Settings of a node. ``name`` is stable; the rest can be edited.

    With method ``wado`` it is asked by DICOMweb at ``url``, its AE title, host and port say nothing. ``secret`` is
    ``USER:PASSWORD`` or a token; without ``auth`` what is known stays, as long as the address does.
    """

    name: str
    aet: str
    host: str
    port: int
    method: Method = "move"
    tls: bool = False
    our_aet: str = "NEGATOSCOPE"
    charset: str = "ISO_IR 100"
    issuer: str = ""
    facility: str = ""
    allowed_senders: tuple[str, ...] = ()
    url: str = ""
    auth: Auth | None = None
    secret: str = Field(default="", repr=False)


class NodeView(Told):
    """A node. ``state`` is ``answers``, ``silent`` or ``untested``."""

    name: str
    aet: str
    host: str
    port: int
    method: Method = "move"
    tls: bool = False
    our_aet: str = "NEGATOSCOPE"
    charset: str = "ISO_IR 100"
    issuer: str = ""
    facility: str = ""
    allowed_senders: tuple[str, ...] = ()
    url: str = ""
    auth: Auth = "none"
    state: str = "untested"
    last_answer: datetime | None = None
    unreachable_since: datetime | None = None


class NodeAnswer(Told):
    """How one node took a question: ``cause`` says why when it did not answer."""

    name: str
    ok: bool
    ms: int | None = None
    cause: str = ""


class FindAsked(Asked):
    """A search in the PACS; empty fields are not matched on, and at least one is needed."""

    nodes: tuple[str, ...] = ()
    patient_id: str = ""
    issuer: str = ""
    family_name: str = ""
    given_name: str = ""
    birth_date: str = ""
    accession: str = ""
    study_uid: str = ""
    limit: int = 200


class FoundStudy(Told):
    """A study that a node says it has."""

    uid: str
    node: str = ""
    date: str | None = None
    modality: str = ""
    description: str = ""
    accession: str = ""
    instances: int | None = None
    patient: PatientView | None = None


class FindAnswer(Told):
    """What the PACS answered; ``more`` when there was more than asked for."""

    studies: tuple[FoundStudy, ...]
    more: bool
    nodes: tuple[NodeAnswer, ...]


class PullAsked(Asked):
    """A study to fetch; without ``node``, from whichever has it."""

    study_uid: str
    node: str | None = None
