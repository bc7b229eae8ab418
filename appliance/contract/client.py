"""The client of the admin socket, for the console and the command line.

Coroutines only; the two errors of `contract.faults` are the only ones. `asked` runs one question
for a caller that is not asynchronous.
"""

import asyncio
import errno
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, ValidationError

from appliance.contract.codes import CodeView, DraftView, ExtendAsked, IssueAsked, RevokeAsked
from appliance.contract.examinations import ExaminationView
from appliance.contract.faults import FaultView, Refused, Unavailable
from appliance.contract.feed import MessageView, ReplayAnswer
from appliance.contract.flows import MatrixView, TopologyWord
from appliance.contract.identity import DecideAsked, IdentityView
from appliance.contract.jobs import JobView
from appliance.contract.journal import EntryView, VerifyAnswer
from appliance.contract.nodes import (
    FindAnswer,
    FindAsked,
    NodeAnswer,
    NodeAsked,
    NodeView,
    PullAsked,
)
from appliance.contract.overview import AboutView, CheckView, DueView, OverviewView, StorageView
from appliance.contract.people import (
    AccountView,
    KeyAsked,
    KeySecret,
    KeyView,
    StaffAsked,
    StaffSecrets,
    StaffView,
)
from appliance.contract.sendings import DepositView, SendAsked, SendingView
from appliance.contract.setup import SetupView
from appliance.contract.studies import PictureFacts, ReleaseAsked, StudyView
from appliance.contract.wire import Slice, Told

DEADLINE_S = 45.0
"""A search in the PACS may take 30 s (R-G); everything else answers at once."""
REASON_HEADER = "X-Negatoscope-Reason"
PICTURE_HEADER = "X-Negatoscope-Picture"

_Answer = TypeVar("_Answer", bound=BaseModel)
_Result = TypeVar("_Result")


class _Checks(Told):
    items: tuple[CheckView, ...]


def _segment(text: str) -> str:
    return quote(text, safe="")


class AdminClient:
    """One caller's link to the admin service.

    Parameters
    ----------
    socket
        Path of the Unix socket.
    reason
        Why somebody acts as bare root; journaled.
    """

    def __init__(self, socket: Path, reason: str = "", language: str = "fr", deadline_s: float = DEADLINE_S) -> None:
        self._socket, self._reason, self._language = socket, reason, language
        self._timeout = aiohttp.ClientTimeout(total=deadline_s)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the link."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    # --- the appliance ------------------------------------------------------------------

    async def about(self) -> AboutView:
        """Return what runs here."""
        return await self._get("/v1/about", AboutView)

    async def overview(self) -> OverviewView:
        """Return the state of the appliance."""
        return await self._get("/v1/overview", OverviewView)

    async def due(self, days: int) -> DueView:
        """Return what goes within so many days."""
        return await self._get("/v1/storage/due", DueView, {"days": str(days)})

    async def storage(self) -> StorageView:
        """Return the room left for images."""
        return await self._get("/v1/storage", StorageView)

    async def checks(self) -> tuple[CheckView, ...]:
        """Return what the doctor found."""
        return (await self._get("/v1/doctor", _Checks)).items

    async def flows(self, topology: TopologyWord) -> MatrixView:
        """Return the flow matrix."""
        return await self._get("/v1/flows", MatrixView, {"topology": topology})

    async def setup(self) -> SetupView:
        """Return what a conformance statement describes."""
        return await self._get("/v1/setup", SetupView)

    # --- PACS nodes ---------------------------------------------------------------------

    async def nodes(self) -> Slice[NodeView]:
        """Return every node."""
        return await self._get("/v1/nodes", Slice[NodeView])

    async def add_node(self, node: NodeAsked) -> NodeView:
        """Add a node; refused ``node_exists``."""
        return await self._post("/v1/nodes", NodeView, node)

    async def edit_node(self, name: str, node: NodeAsked) -> NodeView:
        """Replace the settings of a node; refused ``node_unknown``."""
        return await self._post(f"/v1/nodes/{_segment(name)}", NodeView, node)

    async def remove_node(self, name: str) -> None:
        """Remove a node; refused ``node_unknown``."""
        await self._call("DELETE", f"/v1/nodes/{_segment(name)}")

    async def echo(self, name: str) -> NodeAnswer:
        """Return whether the node answers C-ECHO, or why not."""
        return await self._post(f"/v1/nodes/{_segment(name)}/echo", NodeAnswer)

    async def examine(self, name: str) -> AsyncIterator[ExaminationView]:
        """Yield the doctor's examination of a node each time a step has ended; refused ``node_unknown``."""
        seen = await self._post(f"/v1/nodes/{_segment(name)}/doctor", ExaminationView)
        yield seen
        while not seen.ended:
            params = {"seen": str(len(seen.steps))}
            seen = await self._get(f"/v1/examinations/{seen.id}", ExaminationView, params)
            yield seen

    async def find(self, question: FindAsked) -> FindAnswer:
        """Search the PACS."""
        return await self._post("/v1/find", FindAnswer, question)

    async def pull(self, question: PullAsked) -> JobView:
        """Ask for a study; the job says how far it is."""
        return await self._post("/v1/pull", JobView, question)

    async def deposits(self, query: str = "", offset: int = 0, limit: int = 200) -> Slice[DepositView]:
        """Return studies with deposits, the last deposited first."""
        return await self._list("/v1/deposits", Slice[DepositView], query, offset, limit)

    async def send(self, question: SendAsked) -> SendingView:
        """Ask for deposits to be sent to a node."""
        return await self._post("/v1/sendings", SendingView, question)

    async def sendings(self, query: str = "", offset: int = 0, limit: int = 200) -> Slice[SendingView]:
        """Return sendings, newest first."""
        return await self._list("/v1/sendings", Slice[SendingView], query, offset, limit)

    async def sending(self, number: int) -> SendingView:
        """Return one sending with what failed of it; refused ``sending_unknown``."""
        return await self._get(f"/v1/sendings/{number}", SendingView)

    # --- studies ------------------------------------------------------------------------

    async def studies(self, query: str = "", offset: int = 0, limit: int = 200) -> Slice[StudyView]:
        """Return studies of the index, newest first."""
        return await self._list("/v1/studies", Slice[StudyView], query, offset, limit)

    async def study(self, uid: str) -> StudyView:
        """Return one study with its series."""
        return await self._get(f"/v1/studies/{_segment(uid)}", StudyView)

    async def release(self, uid: str, question: ReleaseAsked) -> StudyView:
        """Open an exam before its report is validated."""
        return await self._post(f"/v1/studies/{_segment(uid)}/release", StudyView, question)

    async def picture(self, study: str, series: str, index: int) -> tuple[bytes, PictureFacts]:
        """Return a PNG (16 bits a sample, or RGB) and how to read it; ``index`` counts from 1."""
        path = f"/v1/studies/{_segment(study)}/series/{_segment(series)}/pictures/{index}"
        body, headers = await self._call("GET", path)
        return body, _read(headers.get(PICTURE_HEADER, "").encode(), PictureFacts)

    # --- codes --------------------------------------------------------------------------

    async def codes(self, query: str = "", offset: int = 0, limit: int = 200) -> Slice[CodeView]:
        """Return share codes, newest first, never the code itself."""
        return await self._list("/v1/codes", Slice[CodeView], query, offset, limit)

    async def code(self, reference: str) -> CodeView:
        """Return one share by its code or its identifier."""
        return await self._post("/v1/codes/show", CodeView, None, {"reference": reference})

    async def draft(self, patient_id: str, issuer: str = "") -> DraftView:
        """Return what could be shared of a patient, from index and PACS."""
        params = {"patient_id": patient_id, "issuer": issuer}
        return await self._get("/v1/codes/draft", DraftView, params)

    async def issue(self, question: IssueAsked) -> CodeView:
        """Issue a code; the answer holds it."""
        return await self._post("/v1/codes", CodeView, question)

    async def reveal(self, share_id: str) -> CodeView:
        """Return a share with its code; journaled."""
        return await self._post(f"/v1/codes/{_segment(share_id)}/reveal", CodeView)

    async def extend(self, share_id: str, days: int | None = None) -> CodeView:
        """Extend a share."""
        path = f"/v1/codes/{_segment(share_id)}/extend"
        return await self._post(path, CodeView, ExtendAsked(days=days))

    async def revoke(self, share_id: str, cause: str = "desk") -> CodeView:
        """Revoke a share, for good."""
        path = f"/v1/codes/{_segment(share_id)}/revoke"
        return await self._post(path, CodeView, RevokeAsked(cause=cause))

    async def unblock(self, share_id: str) -> CodeView:
        """Lift a block."""
        return await self._post(f"/v1/codes/{_segment(share_id)}/unblock", CodeView)

    async def slip(self, share_id: str) -> bytes:
        """Return the slip for the patient, a PDF; journaled."""
        body, _ = await self._call("POST", f"/v1/codes/{_segment(share_id)}/slip")
        return body

    # --- people -------------------------------------------------------------------------

    async def accounts(self, query: str = "", offset: int = 0, limit: int = 200) -> Slice[AccountView]:
        """Return correspondent physicians."""
        return await self._list("/v1/accounts", Slice[AccountView], query, offset, limit)

    async def account(self, reference: str) -> AccountView:
        """Return one account by e-mail or number."""
        return await self._get(f"/v1/accounts/{_segment(reference)}", AccountView)

    async def account_act(self, reference: str, act: str) -> AccountView:
        """Do ``disable`` or ``enable``."""
        return await self._post(f"/v1/accounts/{_segment(reference)}/{act}", AccountView)

    async def keys(self) -> Slice[KeyView]:
        """Return the keys of machines, untold."""
        return await self._get("/v1/keys", Slice[KeyView])

    async def add_key(self, key: KeyAsked) -> KeySecret:
        """Make a key; refused ``key_exists``, ``key_shares``, ``key_rights``, ``key_name``."""
        return await self._post("/v1/keys", KeySecret, key)

    async def revoke_key(self, name: str) -> None:
        """Revoke a key; refused ``key_unknown``."""
        await self._call("DELETE", f"/v1/keys/{_segment(name)}")

    async def staff(self) -> Slice[StaffView]:
        """Return the staff."""
        return await self._get("/v1/staff", Slice[StaffView])

    async def add_staff(self, member: StaffAsked) -> StaffSecrets:
        """Add a member; the secrets are said once."""
        return await self._post("/v1/staff", StaffSecrets, member)

    async def remove_staff(self, login: str) -> None:
        """Remove a member; refused ``staff_unknown``."""
        await self._call("DELETE", f"/v1/staff/{_segment(login)}")

    async def reset_staff(self, login: str, *, seeded: bool = False) -> StaffSecrets:
        """Give a member new secrets; ``seeded``: usable at once, in the demo alone."""
        return await self._post(f"/v1/staff/{_segment(login)}/reset{'?seeded=1' if seeded else ''}", StaffSecrets)

    # --- identities in doubt, messages of the feed ----------------------------------------

    async def identities(self, offset: int = 0, limit: int = 200, *, whole: bool = False) -> Slice[IdentityView]:
        """Return open alarms, oldest first; with ``whole`` every one, newest first."""
        params = {"offset": str(offset), "limit": str(limit), "whole": "1" if whole else ""}
        return await self._get("/v1/identity", Slice[IdentityView], params)

    async def identity(self, number: int) -> IdentityView:
        """Return one alarm; refused ``alarm_unknown``."""
        return await self._get(f"/v1/identity/{number}", IdentityView)

    async def decide_identity(self, number: int, act: str, question: DecideAsked) -> IdentityView:
        """Do ``confirm`` or ``refuse``."""
        return await self._post(f"/v1/identity/{number}/{act}", IdentityView, question)

    async def messages(self, query: str = "", offset: int = 0, limit: int = 200) -> Slice[MessageView]:
        """Return HL7 messages, newest first, without their texts."""
        return await self._list("/v1/hl7", Slice[MessageView], query, offset, limit)

    async def message(self, number: int) -> MessageView:
        """Return one message with its text while that is kept; journaled."""
        return await self._post(f"/v1/hl7/{number}/show", MessageView)

    async def replay_message(self, number: int) -> ReplayAnswer:
        """Have a rejected message taken again."""
        return await self._post(f"/v1/hl7/{number}/replay", ReplayAnswer)

    async def drop_message(self, number: int) -> MessageView:
        """Give a rejected message up."""
        return await self._post(f"/v1/hl7/{number}/drop", MessageView)

    # --- jobs and journal ---------------------------------------------------------------

    async def jobs(self, query: str = "", offset: int = 0, limit: int = 200) -> Slice[JobView]:
        """Return jobs, newest first."""
        return await self._list("/v1/jobs", Slice[JobView], query, offset, limit)

    async def job_act(self, job_id: int, act: str) -> JobView:
        """Do ``retry`` or ``cancel``."""
        return await self._post(f"/v1/jobs/{job_id}/{act}", JobView)

    async def journal(self, query: str = "", offset: int = 0, limit: int = 200, family: str = "") -> Slice[EntryView]:
        """Return records of the journal, newest first."""
        params = {"query": query, "offset": str(offset), "limit": str(limit), "family": family}
        return await self._get("/v1/journal", Slice[EntryView], params)

    async def verify_journal(self) -> VerifyAnswer:
        """Walk the whole chain."""
        return await self._post("/v1/journal/verify", VerifyAnswer)

    async def export_anchors(self) -> bytes:
        """Return every anchor of the journal, oldest first, as lines of JSON."""
        body, _ = await self._call("GET", "/v1/journal/anchors")
        return body

    async def export_journal(self) -> bytes:
        """Return every record, oldest first, as lines of JSON; journaled."""
        body, _ = await self._call("POST", "/v1/journal/export")
        return body

    # --- the wire -----------------------------------------------------------------------

    async def _list(self, path: str, answer: type[_Answer], query: str, offset: int, limit: int) -> _Answer:
        params = {"query": query, "offset": str(offset), "limit": str(limit)}
        return await self._get(path, answer, params)

    async def _get(self, path: str, answer: type[_Answer], params: Mapping[str, str] | None = None) -> _Answer:
        body, _ = await self._call("GET", path, params=params)
        return _read(body, answer)

    async def _post(
        self,
        path: str,
        answer: type[_Answer],
        question: BaseModel | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> _Answer:
        sent = question.model_dump(mode="json") if question is not None else dict(fields or {})
        body, _ = await self._call("POST", path, sent=sent)
        return _read(body, answer)

    async def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        sent: Mapping[str, Any] | None = None,
    ) -> tuple[bytes, Mapping[str, str]]:
        session = self._opened()
        try:
            async with session.request(method, f"http://admin{path}", params=params, json=sent) as answer:
                body = await answer.read()
        except TimeoutError as exc:
            raise Unavailable("timeout") from exc
        except aiohttp.ClientConnectorError as exc:
            raise Unavailable(_why(exc.os_error)) from exc
        except (aiohttp.ClientError, OSError) as exc:
            raise Unavailable("no_answer") from exc
        if answer.status >= 400:
            raise Refused(_refusal(body))
        return body, answer.headers

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            headers = {"Accept-Language": self._language}
            if self._reason:
                headers[REASON_HEADER] = quote(self._reason)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(path=str(self._socket)),
                timeout=self._timeout,
                headers=headers,
            )
        return self._session


def _why(error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "no_socket"
    return "permission" if error.errno in (errno.EACCES, errno.EPERM) else "no_answer"


def _read(body: bytes, answer: type[_Answer]) -> _Answer:
    try:
        return answer.model_validate_json(body)
    except ValidationError as exc:
        raise Unavailable("not_ours") from exc


def _refusal(body: bytes) -> FaultView:
    try:
        return FaultView.model_validate(json.loads(body)["fault"])
    except (ValueError, KeyError, TypeError) as exc:
        raise Unavailable("not_ours") from exc


def asked(
    socket: Path,
    question: Callable[[AdminClient], Awaitable[_Result]],
    *,
    reason: str = "",
    language: str = "fr",
) -> _Result:
    """Return the answer to one question, from code that is not asynchronous."""

    async def run() -> _Result:
        async with AdminClient(socket, reason, language) as client:
            return await question(client)

    return asyncio.run(run())
