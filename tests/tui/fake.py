"""A link that answers from memory. Nobody in it exists."""

import asyncio
from datetime import UTC, datetime, timedelta
from io import BytesIO

from PIL import Image

from appliance.contract.codes import CodeStudy, CodeView, DraftView, IssueAsked
from appliance.contract.examinations import ExaminationView, StepView
from appliance.contract.faults import FaultView, Refused, Unavailable
from appliance.contract.jobs import JobView
from appliance.contract.journal import EntryView, VerifyAnswer
from appliance.contract.nodes import FindAnswer, FindAsked, FoundStudy, NodeAnswer, NodeAsked, NodeView, PullAsked
from appliance.contract.overview import AboutView, AlarmView, OverviewView, ServiceView, StorageView
from appliance.contract.people import PatientView
from appliance.contract.sendings import FailureView, SendAsked, SendingView
from appliance.contract.studies import PictureFacts, ReleaseAsked, SeriesView, StudyView, WindowView
from appliance.contract.wire import Saying, Slice
from appliance.domain.diagnosis import StepName, ladder
from appliance.domain.nodes import Method
from appliance.domain.sharing import Downloads

NOW = datetime(2026, 11, 24, 13, 5, 12, tzinfo=UTC)
PATIENT = PatientView(
    id="8001452", name="LEFÈVRE Anne-Charlotte", given_names=("ANNE CHARLOTTE",), birth_date="1961-03-14", sex="F"
)
HOSTILE = PatientView(id="666", name="[red]ESSAI[/] \x1b[31mBALISE", birth_date=None, sex="O")


def ago(**spans: float) -> datetime:
    return NOW - timedelta(**spans)


def no(cause: str, **facts: str | int) -> Refused:
    return Refused(FaultView(kind="refused", cause=cause, facts=dict(facts)))


def study(uid: str, state: str, patient: PatientView = PATIENT, ready: int = 12) -> StudyView:
    series = SeriesView(uid=f"{uid}.1", number=2, modality="CT", description="Crâne 1 mm", received=140, ready=ready,
                        undisplayable=0)  # fmt: skip
    return StudyView(
        uid=uid, state=state, date="2026-11-22", modality="CT", description="Crâne sans injection", patient=patient,
        node="radio", accession="A1", received=140, ready=ready, expected=140, series=(series,),
    )  # fmt: skip


def code(number: int, state: str, blocked: str = "") -> CodeView:
    return CodeView(
        share_id=f"Sh4re{number:03d}xyz", state=state, expires_at=datetime(2027, 5, 26, 22, 0, tzinfo=UTC),
        patient=PATIENT, studies=(CodeStudy(uid="1.2.1", date="2026-11-22", modality="CT", description="Crâne",
        state="available"),), issued_at=ago(days=1), issued_by="accueil", blocked_cause=blocked, redeemers=1,
        max_redeemers=10,
    )  # fmt: skip


FACTS = {
    "aet": "PACS-CARDIO", "host": "10.20.7.30", "port": 11112, "our_aet": "NEGATOSCOPE", "our_host": "10.20.1.8",
    "our_port": 11112, "our_tls_port": None, "services": "C-ECHO, C-FIND, C-MOVE, C-GET", "pdu": 131072,
    "status": "0xA801", "studies": 25, "level": "IMAGE", "received": 1, "syntax": "JPEG-LS", "accepted": "Explicit LE",
    "proposed": "", "declared": "ISO_IR 100 (30)",
}  # fmt: skip


def step(name: StepName, node: str) -> StepView:
    if name is StepName.TLS:
        return StepView(name=name, verdict="skipped", cause="plain", text=Saying(id="peer.plain"))
    if name is StepName.MOVE and node == "cardio":
        return StepView(name=name, verdict="fail", cause="move_destination", ms=640, facts={"status": "0xA801"},
                        text=Saying(id="peer.move_destination", facts=FACTS),
                        advice=Saying(id="doc.do.vendor"),
                        vendor=Saying(id="doc.vendor.declare", facts=FACTS))  # fmt: skip
    return StepView(name=name, verdict="ok", ms=8, text=Saying(id=f"doc.ok.{name}", facts=FACTS))


class Fake:
    """A `tui.link.Link`. ``down`` cuts it; ``empty`` has nothing in any list."""

    def __init__(self, *, empty: bool = False, down: bool = False) -> None:
        self.empty, self.down = empty, down
        self.downloads = Downloads.NEVER
        self.acts: list[str] = []
        self.pause = asyncio.Event()
        self.pause.set()
        self.node_list = [
            NodeView(name="radio", aet="PACS-RADIO", host="10.20.4.11", port=104, state="answers",
                     last_answer=ago(seconds=12)),
            NodeView(name="cardio", aet="PACS-CARDIO", host="10.20.7.30", port=11112, state="silent",
                     unreachable_since=ago(hours=1)),
            NodeView(name="web", aet="DICOMWEB", host="pacs.example", port=443, method="wado", tls=True, auth="basic",
                     url="https://pacs.example/dicom-web"),
        ]  # fmt: skip
        self.asked_nodes: list[NodeAsked] = []
        self.sending_list = [
            SendingView(id=7, study_uid="1.2.4", node="radio", state="sending", asked_at=ago(hours=1), waiting=4,
                        sent=2, cause="refused", job=88420, job_state="dead"),
            SendingView(id=6, study_uid="1.2.5", node="radio", state="sending", asked_at=ago(hours=2), waiting=3,
                        job=88419, job_state="running"),
            SendingView(id=5, study_uid="1.2.6", node="cardio", state="partly", asked_at=ago(hours=3), proven=8,
                        failed=2),
            SendingView(id=4, study_uid="1.2.7", node="radio", state="awaiting", asked_at=ago(hours=5), sent=12,
                        job=88401, job_state="waiting"),
            SendingView(id=3, study_uid="1.2.8", node="radio", state="proven", asked_at=ago(days=1), proven=12),
        ]  # fmt: skip
        self.code_list = [code(1, "valid"), code(2, "blocked", "attempts"), code(3, "revoked")]
        self.study_list = [study("1.2.1", "available"), study("1.2.2", "requested", ready=0),
                           study("1.2.3", "available", HOSTILE), study("1.2.4", "embargoed")]  # fmt: skip
        self.job_list = [
            JobView(id=88412, kind="pull", subject="1.2.2", state="dead", attempts=5, max_attempts=5,
                    created=ago(hours=2), error="refused"),
            JobView(id=88411, kind="prepare", subject="1.2.1", state="running", attempts=1, max_attempts=5,
                    created=ago(minutes=3), done=12, total=140),
        ]  # fmt: skip

    def _alive(self) -> None:
        if self.down:
            raise Unavailable("no_answer")

    def _slice(self, kind, items, query="", offset=0, limit=200):
        self._alive()
        kept = [i for i in items if query.lower() in i.model_dump_json().lower()] if not self.empty else []
        return Slice[kind](items=tuple(kept[offset : offset + limit]), total=len(kept))

    async def close(self) -> None:
        return None

    async def about(self) -> AboutView:
        self._alive()
        return AboutView(hospital="CH de Test", host="nego", user="root", version="0.1.0", python="3.11", system="L",
                         database="SQLite", objects="/var/lib/negatoscope/objects", aet="NEGATOSCOPE",
                         since=ago(days=12))  # fmt: skip

    async def overview(self) -> OverviewView:
        self._alive()
        entry = EntryView(number=7, at=ago(minutes=9), family="code", verb="code.issue", who="accueil")
        alarm = AlarmView(id="node:cardio", level="bad", text=Saying(id="alarm.node", facts={"name": "cardio"}),
                          remedy=Saying(id="alarm.node.do", facts={"name": "cardio"}), page="nodes",
                          since=ago(hours=1))  # fmt: skip
        return OverviewView(
            level="ok" if self.empty else "warn",
            verdict=Saying(id="verdict.good") if self.empty else Saying(id="verdict.partly", facts={"name": "cardio"}),
            services=(
                *(ServiceView(name=n, state="up", memory_mib=61) for n in ("web", "bridge", "courier")),
                ServiceView(name="admin", state="absent"),
            ),
            nodes=() if self.empty else tuple(self.node_list),
            alarms=() if self.empty else (alarm,),
            jobs={"running": 1, "waiting": 3, "dead": 2},
            storage=StorageView(used_bytes=66_000_000_000, free_bytes=34_000_000_000, total_bytes=100_000_000_000),
            codes=() if self.empty else (entry,),
            log_ins=(),
            opened_per_hour=(0, 1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1),
        )

    async def nodes(self):
        return self._slice(NodeView, self.node_list)

    async def add_node(self, node: NodeAsked) -> NodeView:
        self._alive()
        if any(n.name == node.name for n in self.node_list):
            raise no("node_exists")
        self.asked_nodes.append(node)
        self.node_list.append(NodeView(**node.model_dump(exclude={"auth", "secret"})))
        return self.node_list[-1]

    async def edit_node(self, name: str, node: NodeAsked) -> NodeView:
        self._alive()
        self.asked_nodes.append(node)
        auth = node.auth or next(n.auth for n in self.node_list if n.name == name)
        edited = NodeView(**node.model_dump(exclude={"auth", "secret"}), auth=auth)
        self.node_list = [edited if n.name == name else n for n in self.node_list]
        return edited

    async def remove_node(self, name: str) -> None:
        self._alive()
        self.node_list = [n for n in self.node_list if n.name != name]

    async def echo(self, name: str) -> NodeAnswer:
        self._alive()
        return NodeAnswer(name=name, ok=name != "cardio", ms=8, cause="refused" if name == "cardio" else "")

    async def examine(self, name: str):
        """Two steps at a time; cardio does not know our destination."""
        method = next((n.method for n in self.node_list if n.name == name), "move")
        steps = tuple(step(one, name) for one in ladder(Method(method)))
        for seen in (0, 2, 6, 9):
            self._alive()
            yield ExaminationView(id=88500, node=name, ended=seen == 9, steps=steps[:seen])
            await self.pause.wait()

    async def find(self, question: FindAsked) -> FindAnswer:
        self._alive()
        found = FoundStudy(uid="1.2.9", node="radio", date="2025-01-02", modality="MR", description="IRM", instances=44,
                           patient=PATIENT)  # fmt: skip
        return FindAnswer(studies=() if question.patient_id == "0" else (found,), more=False,
                          nodes=(NodeAnswer(name="radio", ok=True),))  # fmt: skip

    async def pull(self, question: PullAsked) -> JobView:
        self._alive()
        return JobView(id=88413, kind="pull", subject=question.study_uid, state="waiting", attempts=0, max_attempts=5,
                       created=NOW)  # fmt: skip

    async def send(self, question: SendAsked) -> SendingView:
        self._alive()
        self.acts.append(f"send {question.study_uid} {question.node}")
        return SendingView(id=8, study_uid=question.study_uid, node=question.node, state="sending", asked_at=NOW,
                           waiting=2)  # fmt: skip

    async def sendings(self, query="", offset=0, limit=200):
        return self._slice(SendingView, self.sending_list, query, offset, limit)

    async def sending(self, number: int) -> SendingView:
        self._alive()
        one = next(s for s in self.sending_list if s.id == number)
        failure = FailureView(cause="transfer_syntax", detail="1.2.840.10008.1.2.4.201", objects=one.failed)
        return one.model_copy(update={"failures": (failure,) if one.failed else ()})

    async def studies(self, query="", offset=0, limit=200):
        return self._slice(StudyView, self.study_list, query, offset, limit)

    async def study(self, uid: str) -> StudyView:
        self._alive()
        return next(s for s in self.study_list if s.uid == uid)

    async def release(self, uid: str, question: ReleaseAsked) -> StudyView:
        self._alive()
        self.acts.append(f"release {uid} {question.reason}")
        self.study_list = [s.model_copy(update={"state": "available"}) if s.uid == uid else s for s in self.study_list]
        return await self.study(uid)

    async def picture(self, study: str, series: str, index: int) -> tuple[bytes, PictureFacts]:
        self._alive()
        out = BytesIO()
        Image.effect_noise((256, 256), 90).convert("I;16").point(lambda v: v * 16).save(out, "PNG")
        return out.getvalue(), PictureFacts(index=index, total=12, intercept=-1024.0, unit="HU",
                                            windows=(WindowView(center=40, width=80, name="CRANE"),))  # fmt: skip

    async def codes(self, query="", offset=0, limit=200):
        return self._slice(CodeView, self.code_list, query, offset, limit)

    async def draft(self, patient_id: str, issuer: str = "") -> DraftView:
        self._alive()
        if patient_id != PATIENT.id:
            raise no("patient_unknown")
        shown = tuple(CodeStudy(uid=f"1.2.{i}", date="2026-11-22", modality="CT", description=f"Examen {i}",
                                state="available") for i in (1, 2))  # fmt: skip
        return DraftView(patient=PATIENT, studies=shown, days=183, max_days=365, downloads=self.downloads)

    async def issue(self, question: IssueAsked) -> CodeView:
        self._alive()
        more = " downloads" if question.downloads else ""
        self.acts.append(f"issue {question.patient_id} {','.join(question.studies)} {question.days}{more}")
        return code(4, "valid").model_copy(update={"code": "A2B3C4D6"})

    async def reveal(self, share_id: str) -> CodeView:
        self._alive()
        return code(1, "valid").model_copy(update={"code": "A2B3C4D6"})

    async def extend(self, share_id: str, days: int | None = None) -> CodeView:
        self._alive()
        raise no("life_too_long", most=365) if (days or 0) > 300 else no("blocked")

    async def _set(self, share_id: str, state: str) -> CodeView:
        self._alive()
        changed = [c.model_copy(update={"state": state}) if c.share_id == share_id else c for c in self.code_list]
        self.code_list = changed
        return next(c for c in changed if c.share_id == share_id)

    async def revoke(self, share_id: str, cause: str = "desk") -> CodeView:
        return await self._set(share_id, "revoked")

    async def unblock(self, share_id: str) -> CodeView:
        return await self._set(share_id, "valid")

    async def jobs(self, query="", offset=0, limit=200):
        return self._slice(JobView, self.job_list, query, offset, limit)

    async def job_act(self, job_id: int, act: str) -> JobView:
        self._alive()
        self.acts.append(f"{act} {job_id}")
        return self.job_list[0]

    async def journal(self, query="", offset=0, limit=200, family=""):
        entries = [EntryView(number=n, at=ago(minutes=n), family="login" if n % 2 else "code",
                             verb="login.otp" if n % 2 else "code.issue", who=f"acteur {n}", subject="S",
                             digest="ab" * 32) for n in range(300, 0, -1)]  # fmt: skip
        return self._slice(EntryView, [e for e in entries if family in ("", e.family)], query, offset, limit)

    async def verify_journal(self) -> VerifyAnswer:
        self._alive()
        return VerifyAnswer(records=300, head="ab")
