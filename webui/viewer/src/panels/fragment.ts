/**
 * The server's HTML of a report, taken apart and built anew from a closed list of elements.
 *
 * It is cleaned before it is stored; this is the second lock. Parsed in a document without scripts, copied node by node:
 * no attribute but those named here reaches the page, and what is not in the list leaves only its words.
 */
import { placeNamed, placeOf, type Place } from "../core/reports";
import { frenchDate } from "../core/identity";
import type { Opened, Study } from "../core/series";
import { make } from "../page";
import type { Say, Word } from "../words";

const KEPT = new Set(["p", "br", "b", "i", "u", "sub", "sup", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody",
  "tr", "th", "td", "span", "pre", "hr", "div"]);
const HEADINGS: Record<string, "h4" | "h5" | "h6"> = { h3: "h4", h4: "h5", h5: "h6", h6: "h6" };
const DROPPED = new Set(["script", "style", "template", "noscript", "iframe", "object", "svg", "math"]);
const WORDS: Record<string, Word> = { measure: "report.w.measure", value: "report.w.value", unit: "report.w.unit", image: "report.w.image",
  see: "report.w.see", not_shown: "report.w.not_shown", images: "report.w.images", empty: "report.w.empty" };
const DEEPEST = 100;

export interface Around { opened: Opened; study: Study; language: string; say: Say; jump(place: Place): void }

export function fragment(html: string, around: Around): DocumentFragment {
  const inert = new DOMParser().parseFromString(html, "text/html");
  const made = document.createDocumentFragment();
  made.append(...copies(inert.body, around, 0));
  dropRepeated(made);
  return made;
}

/** A report that names its image in words and cites it too would say it twice: the second one goes. */
function dropRepeated(made: DocumentFragment): void {
  for (const one of made.querySelectorAll("p")) {
    const links = [...one.children], before = one.previousElementSibling;
    const said = links.map(({ textContent }) => textContent ?? "").join("");
    if (!before || links.length === 0 || (one.textContent ?? "").replace(/\s/g, "") !== said.replace(/\s/g, "")) continue;
    const named = new Set([...before.querySelectorAll<HTMLElement>("[data-jump]")].map(({ dataset }) => dataset["jump"]));
    for (const link of links) if (named.has((link as HTMLElement).dataset["jump"])) link.remove();
    if (one.children.length === 0) one.remove();
  }
}

function copies(from: Node, around: Around, depth: number): Node[] {
  return depth > DEEPEST ? [] : [...from.childNodes].flatMap((node) => copy(node, around, depth));
}

function copy(node: Node, around: Around, depth: number): Node[] {
  if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.textContent ?? "")];
  if (!(node instanceof HTMLElement)) return [];
  const tag = node.localName;
  if (DROPPED.has(tag)) return [];
  if (tag === "a") return [link(node, around)];
  const word = WORDS[node.dataset["word"] ?? ""];
  const number = node.dataset["number"];
  const inner = word ? [document.createTextNode(around.say(word))]
    : number ? [document.createTextNode(around.language === "fr" ? number.replace(".", ",") : number)] : copies(node, around, depth + 1);
  const kept = HEADINGS[tag] ?? (KEPT.has(tag) ? (tag as "p") : null);
  if (!kept) return inner;
  const made = make(kept, spans(node), ...inner);
  // A wide table scrolls by itself; it must be reached by the keyboard.
  return tag === "table" ? [make("div", { class: "report-table", tabindex: "0", role: "group", "aria-label": around.say("report.table") }, made)] : [made];
}

function spans(node: HTMLElement): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ["colspan", "rowspan"]) if (/^\d{1,3}$/.test(node.getAttribute(name) ?? "")) kept[name] = node.getAttribute(name)!;
  const scope = node.getAttribute("scope");
  if (scope === "row" || scope === "col") kept["scope"] = scope;
  else if (node.localName === "th") kept["scope"] = "col";
  return kept;
}

/** A jump to an image of an open exam, a link to an earlier exam that may be opened beside, or only words. */
function link(node: HTMLElement, around: Around): Node {
  const { say, study, opened } = around, said = node.textContent ?? "", sop = node.dataset["sopUid"];
  const place = sop ? placeOf(opened, sop, Number(node.dataset["frame"] ?? 1))
    : placeNamed(study, Number(node.dataset["seriesNumber"]), Number(node.dataset["imageNumber"]));
  if (place) return jump(place, sop ? labelled(place, around) : said, around);
  if (!sop) return document.createTextNode(said);
  const prior = opened.priors.find(({ uid }) => uid === node.dataset["studyUid"]);
  if (!prior) return make("span", { class: "absent" }, say("report.absent"));
  const both = new URLSearchParams([...opened.studies, prior].map(({ uid }) => ["study", uid]));
  return make("a", { class: "jump", href: `/viewer?${both}` }, say("report.prior", { date: frenchDate(prior.date) }));
}

function labelled({ study, series, index }: Place, around: Around): string {
  const facts = { series: series.number ?? "–", image: series.images[index]?.number ?? index + 1 };
  return study.uid === around.study.uid ? around.say("report.place", facts) : around.say("report.place.other", { ...facts, date: frenchDate(study.date) });
}

function jump(place: Place, words: string, around: Around): HTMLElement {
  const made = make("a", { class: "jump", href: `#s${place.series.number ?? ""}i${place.series.images[place.index]?.number ?? ""}`,
    "data-jump": place.series.images[place.index]?.sop_uid ?? "" }, words);
  made.addEventListener("click", (event) => { event.preventDefault(); around.jump(place); });
  return made;
}
