/** Zones 5, 6 and 7: report, notes, prior exams, and what to read when there is none. */
import { frenchDate } from "../core/identity";
import type { Opened, Study } from "../core/series";
import { make, part } from "../page";
import type { Say } from "../words";

const empty = (...texts: string[]): HTMLElement[] => texts.map((text) => make("p", { class: "empty" }, text));

const DOCUMENTS = ["structured_report", "encapsulated_document"];

/** The report's text is not sent to this version of the viewer: say which of the two it is. */
export function showReport(study: Study, say: Say): void {
  const attached = study.series.some(({ undisplayable }) => undisplayable.some(({ reason }) => DOCUMENTS.includes(reason)));
  const none = (study.report?.state ?? "none") === "none" && !attached;
  part("report").replaceChildren(...(none ? empty(say("report.none"), say("report.none.do")) : empty(say("report.elsewhere"))));
}

export function showNotes(say: Say): void { part("notes").replaceChildren(...empty(say("notes.none"))); }

export function showPriors(opened: Opened, say: Say): void {
  const asked = new URLSearchParams(location.search).getAll("study");
  const links = opened.priors.map((prior) => {
    const query = new URLSearchParams([...asked, prior.uid].map((uid) => ["study", uid]));
    return make("a", { class: "prior", href: `/viewer?${query}` },
      make("b", {}, `${prior.modalities.join(" ")} ${frenchDate(prior.date)}`), make("span", {}, prior.description ?? ""));
  });
  part("priors").replaceChildren(...(links.length ? links : empty(say("priors.none"), say("priors.none.do"))));
}
