/** Zones 6 and 7: notes, prior exams, and what to read when there is none. */
import { frenchDate } from "../core/identity";
import type { Opened } from "../core/series";
import { make, part } from "../page";
import type { Say } from "../words";

const empty = (...texts: string[]): HTMLElement[] => texts.map((text) => make("p", { class: "empty" }, text));

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
