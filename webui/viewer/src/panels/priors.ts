/** Zone 7: the person's other exams that this reader may open, beside the one that is shown. */
import { frenchDate } from "../core/identity";
import type { Opened } from "../core/series";
import { make, part } from "../page";
import type { Say } from "../words";

export function showPriors(opened: Opened, say: Say, open: (uid: string) => void): void {
  const empty = ["priors.none", "priors.none.do"] as const;
  const beside = opened.studies.slice(1).map(({ uid, date, description, modalities }) => ({ uid, date, description, modalities, shown: true }));
  const known = new Set(beside.map(({ uid }) => uid));
  const others = opened.priors.filter(({ uid }) => !known.has(uid)).map((prior) => ({ ...prior, shown: false }));
  const made = [...beside, ...others].map((prior) => {
    const button = make("button", { class: "prior", type: "button", "aria-pressed": String(prior.shown), "data-study": prior.uid },
      make("b", {}, `${prior.modalities.join(" ")} ${frenchDate(prior.date)}`), make("span", {}, prior.description ?? ""));
    button.addEventListener("click", () => open(prior.uid));
    return button;
  });
  part("priors").replaceChildren(...(made.length ? made : empty.map((word) => make("p", { class: "empty" }, say(word)))));
}
