"""How patients and exams are written on a page: FAMILY Given, JJ/MM/AAAA, states in words."""

from dataclasses import dataclass

from appliance.domain import birth_dates, exams, sharing
from appliance.domain.exams import ExamState
from appliance.domain.people import PatientTraits
from appliance.usecases.exams import state_of
from appliance.usecases.ports import StudyRow
from appliance.usecases.reports import ReportMark
from webui.i18n import Texts
from webui.rendering import clock_time

UNNAMED = frozenset({"SR", "PR", "KO", "DOC", "SEG", "REG"})
"""Objects that come beside the images and do not name the exam."""

KINDS = {
    ExamState.WITHDRAWN: ("bad", "ban"), ExamState.IDENTITY: ("warn", "alert"),
    ExamState.EMBARGOED: ("info", "lock"), ExamState.UNREACHABLE: ("warn", "unplug"),
    ExamState.REQUESTED: ("info", "clock"), ExamState.PREPARING: ("info", "refresh"),
    ExamState.INCOMPLETE: ("warn", "alert"), ExamState.UNDISPLAYABLE: ("warn", "eye-off"),
    ExamState.UNKNOWN: ("info", "info"), ExamState.AVAILABLE: ("ok", "check-circle"),
}  # fmt: skip


WHY = {"study_unknown": "exam.why.unknown", "no_node": "exam.why.none", "node_unknown": "exam.why.none"}
"""Words for why an exam could not be brought; other causes are for the console."""


@dataclass(frozen=True, slots=True)
class ReportWord:
    """The report of an exam in a list."""

    word: str
    there: bool = False
    unread: bool = False
    important: bool = False


@dataclass(frozen=True, slots=True)
class ExamLine:
    """An exam as one line of a table."""

    uid: str
    date: str
    time: str
    kind: str
    description: str
    facility: str
    state: ExamState
    state_word: str
    state_kind: str
    state_sign: str
    state_more: str
    opens: bool
    report: ReportWord

    @property
    def when(self) -> str:
        """Return date and time as one text."""
        return f"{self.date} {self.time}".strip()


def name_of(traits: PatientTraits) -> str:
    """Return ``FAMILY Given`` of the first component group that says something (PS3.5 6.2.1)."""
    for group in traits.name.split("="):
        family, _, rest = group.partition("^")
        given = " ".join(part for part in rest.split("^")[:2] if part.strip())
        if family.strip() or given:
            return f"{family.strip().upper()} {given.strip()}".strip()
    return traits.identifier.value


def family_and_given(traits: PatientTraits) -> tuple[str, str]:
    """Return family and given names of the alphabetic group."""
    family, _, rest = traits.name.split("=")[0].partition("^")
    return family, " ".join(rest.split("^")[:2])


def born(traits: PatientTraits) -> str:
    """Return the recorded birth date as JJ/MM/AAAA, empty when unknown."""
    found = birth_dates.recorded(traits.birth_date)
    return found.french() if found else ""


def sex_word(sex: str, t: Texts) -> str:
    """Return the sex in words."""
    return {"F": t("codes.f.female"), "M": t("codes.f.male")}.get(sex.upper()[:1], "")


def modality_word(modalities: tuple[str, ...], t: Texts) -> str:
    """Return the kinds of exam in the guide's words; a modality without a word keeps its own."""
    named = [m for m in modalities if m not in UNNAMED] or modalities
    words = (t(f"modality.{m}") if t.has(f"modality.{m}") else m for m in named)
    return ", ".join(dict.fromkeys(words))


def exam_line(study: StudyRow, t: Texts, mark: ReportMark | bool = False, *, embargoed: bool = False) -> ExamLine:
    """Return the line of an exam; what must not be seen is left out here."""
    state = state_of(study, embargoed=embargoed)
    kind, sign = KINDS[state]
    hidden = state in (ExamState.WITHDRAWN, ExamState.EMBARGOED, ExamState.IDENTITY)
    return ExamLine(
        uid=study.uid,
        date=f"{study.date:%d/%m/%Y}" if study.date else "",
        time=f"{study.time[:2]}:{study.time[2:4]}" if len(study.time.replace(":", "")) >= 4 and ":" not in study.time
        else study.time[:5],
        kind=modality_word(study.modalities, t),
        description="" if hidden else study.description,
        facility=study.facility,
        state=state,
        state_word=_state_word(study, state, t),
        state_kind=kind,
        state_sign=sign,
        state_more=_more(study, state, t),
        opens=exams.opens(state),
        report=report_word(mark if not hidden else False, t),
    )  # fmt: skip


def report_word(mark: ReportMark | bool, t: Texts) -> ReportWord:
    """Return what to say of the reports of an exam; red until whoever must read it has.

    Instead of a mark: whether a report waits for its validation.
    """
    if isinstance(mark, bool):
        return ReportWord(t("report.awaited" if mark else "report.none"))
    day = mark.stated_at.astimezone(sharing.PARIS)
    word = t(f"report.{mark.state}", date=f"{day:%d/%m/%Y}", version=mark.version)
    return ReportWord(word, there=True, unread=mark.unread, important=mark.important)


def _failed(study: StudyRow, state: ExamState) -> bool:
    """Whether its PACS answered, and still did not give it."""
    return state is ExamState.UNREACHABLE and study.unreachable_since is None


def _state_word(study: StudyRow, state: ExamState, t: Texts) -> str:
    if _failed(study, state):
        return t("exam.failed")
    return t(f"exam.{state}", done=study.ready, received=study.received, total=study.expected or study.received)


def _more(study: StudyRow, state: ExamState, t: Texts) -> str:
    if state in (ExamState.UNREACHABLE, ExamState.INCOMPLETE) and study.unreachable_since:
        since, word = study.unreachable_since, "exam.since" if state is ExamState.UNREACHABLE else "exam.silent"
        return t(word, day=f"{since.astimezone(sharing.PARIS):%d/%m}", time=clock_time(since))
    if _failed(study, state):
        return t(WHY.get(study.pull_error, "exam.why.other"))
    if state is ExamState.REQUESTED and study.requested_at:
        return t("exam.asked", time=clock_time(study.requested_at))
    return ""
