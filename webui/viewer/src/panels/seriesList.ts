/** Zone 4: every series of the exams; a click replaces the one that is shown. */
import { frenchDate } from "../core/identity";
import { frameAddress, keyOf, stacksOf, type Opened, type Series, type Stack, type Study } from "../core/series";
import { icon, make, part } from "../page";
import type { Say, Word } from "../words";

/** The kind of what is dragged onto a film: a text from another page is none. */
export const SERIES = "application/x-negatoscope-series";

export interface Choice { study: Study; series: Series }

/** Objects that are no images: the report, the presentations, the key images have their places elsewhere. */
const noImage = (series: Series): boolean => series.images.length === 0 && series.undisplayable.length > 0;

/** Everything that can be shown or may come, a stack like a series of its own. */
export function allSeries(opened: Opened, say: Say): Choice[] {
  return opened.studies.flatMap((study) => study.series.filter((series) => !noImage(series)).flatMap((series) => stacksOf(series, stackWord(say)).map((one) => ({ study, series: one }))));
}

/** The words of a label: `écho 4,6 ms`, `coronal`, `doublons : 3`. */
function stackWord(say: Say): (label: Stack["labels"][number]) => string {
  return ({ kind, value }) => {
    const v = String(value).replace(".", say("decimal"));
    if (kind === "plane") return say(`plane.${value}` as Word);
    return say((kind.startsWith("dimension_") ? "stack.dimension" : `stack.${kind}`) as Word, { n: kind.slice(-1), v });
  };
}

export function showSeries(opened: Opened, current: Choice | null, say: Say, choose: (choice: Choice) => void): void {
  const children: HTMLElement[] = [];
  for (const study of opened.studies) {
    if (opened.studies.length > 1) children.push(make("p", { class: "menu-title" }, `${frenchDate(study.date)} ${study.description ?? ""}`));
    if (study.series.length === 0) children.push(make("p", { class: "empty" }, say("series.none")));
    for (const { series } of allSeries({ ...opened, studies: [study] }, say)) {
      children.push(button({ study, series }, !!current && study.uid === current.study.uid && keyOf(series) === keyOf(current.series), say, choose));
      if (series.undisplayable.length > 0) children.push(undisplayable(series, say));
    }
    children.push(...study.series.filter(noImage).map((series) => objects(series, say)));
  }
  part("series").replaceChildren(...children);
}

function button(choice: Choice, pressed: boolean, say: Say, choose: (choice: Choice) => void): HTMLElement {
  const { series } = choice;
  const picture = series.images.length > 0 ? thumbnail(series) : make("span", { class: "no-picture" }, icon("report", "icon"));
  const n = series.images.length;
  const count = series.expected && series.expected > n ? say("images.of", { n, m: series.expected }) : say(n === 1 ? "images.one" : "images.many", { n });
  const words = make("span", {},
    make("b", {}, series.description || `${say("series")} ${series.number ?? ""}`),
    make("span", {}, `${say("series")} ${series.number ?? "–"}, ${series.modality}, ${count}`));
  if (series.images.some(({ quality }) => quality.lossy)) words.append(make("span", { class: "mark" }, icon("alert"), say("q.lossy")));
  const element = make("button", { class: "serie", type: "button", "aria-pressed": String(pressed), "data-series": series.uid, "data-key": `${choice.study.uid}/${keyOf(series)}`, draggable: "true" }, picture, words);
  element.addEventListener("click", () => choose(choice));
  element.addEventListener("dragstart", (event) => event.dataTransfer?.setData(SERIES, `${choice.study.uid}/${keyOf(series)}`));
  return element;
}

/** Mark which series is shown, without making the list again. */
export function markShown(key: string, study: string): void {
  for (const one of part("series").querySelectorAll<HTMLElement>("button[data-series]"))
    one.setAttribute("aria-pressed", String(one.dataset["key"] === `${study}/${key}`));
}

function thumbnail(series: Series): HTMLElement {
  const middle = series.images[Math.floor(series.images.length / 2)];
  const own = series.stack !== undefined && middle ? `${frameAddress(series, middle).replace("/frames/", "/rendered/")}?size=160` : null;
  const picture = make("img", { alt: "", src: own ?? `/viewer-api/thumbnails/${series.study_uid}/${series.uid}`, loading: "lazy" });
  picture.addEventListener("error", () => picture.setAttribute("data-missing", ""));
  return picture;
}

const REASONS = ["no_pixels", "corrupt", "unsupported_syntax", "too_large", "timeout", "memory", "encapsulated_document", "structured_report", "presentation_state",
  "key_objects", "radiotherapy", "registration", "waveform"];

/** How many there are of each reason: `2 × données illisibles`. */
function reasons(series: Series, say: Say): string[] {
  const counts = new Map<string, number>();
  for (const { reason } of series.undisplayable) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, many]) => `${many} × ${say(`reason.${REASONS.includes(reason) ? reason : "other"}` as Word)}`);
}

function undisplayable(series: Series, say: Say): HTMLElement {
  const n = series.undisplayable.length, items = reasons(series, say).map((words) => make("li", {}, words));
  return make("details", { class: "undisplayable" }, make("summary", {}, say(n === 1 ? "undisplayable.one" : "undisplayable.many", { n })), make("ul", {}, ...items));
}

/** A series of which there is nothing to look at: said, and not to be chosen. */
function objects(series: Series, say: Say): HTMLElement {
  return make("div", { class: "serie serie-objects", "data-objects": series.uid }, make("span", { class: "no-picture" }, icon("report", "icon")), make("span", {},
    make("b", {}, series.description || `${say("series")} ${series.number ?? ""}`), make("span", {}, reasons(series, say).join(", "))));
}
