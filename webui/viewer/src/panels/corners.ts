/** What is written in the corners of a film: who, what, how good, which window, which image (R-L 2, 3, 5, 6). */
import { examDate, frenchDate, fullName } from "../core/identity";
import type { ImageFacts, Series } from "../core/series";
import { presetOf, windowNumbers } from "../core/window";
import type { Film } from "../film";
import { icon, make } from "../page";
import type { Say, Word } from "../words";

const line = (text: string, name = ""): HTMLElement => make("p", name ? { class: name } : {}, text);

export class Corners {
  readonly #top = make("div", { class: "ov tl" });
  readonly #side = make("div", { class: "ov tr" });
  readonly #foot = make("div", { class: "ov bl" });

  constructor(private readonly film: Film, private readonly say: Say) { film.element.append(this.#top, this.#side, this.#foot); }

  write({ oriented, mirrored }: { oriented: boolean; mirrored: boolean }): void {
    const { film, say } = this, { series, study } = film;
    if (!series || !study) { for (const corner of [this.#top, this.#side, this.#foot]) corner.replaceChildren(); return; }
    const shown = film.seen ?? film.image;
    const plane = shown?.plane;
    this.#top.replaceChildren(...(plane ? [make("p", { class: `plane ${plane.view[0]}` }, make("i", { "aria-hidden": "true" }), plane.name)] : []), ...this.#identity(film));
    const side = shown?.image_laterality ?? series.laterality;
    this.#side.replaceChildren(
      ...(plane ? plane.details.map((words, n) => line(words, n < plane.details.length - 1 ? "" : "opt")) : [line(series.description || `${say("series")} ${series.number ?? ""}`)]), ...(series.images.length ? [this.#badge(series)] : []),
      ...(side ? [line(`${say("laterality")} ${side}`)] : []),
      ...(shown && !oriented ? [line(say("orientation.unknown"))] : []),
      ...(shown ? film.said(shown).map((words) => line(words, "key-mark")) : []),
      ...(mirrored ? [line(say("mirrored"), "flip-mark")] : []),
    );
    this.#foot.replaceChildren(...this.#position(series, shown));
  }

  #identity({ opened: { person }, study }: Film): HTMLElement[] {
    const sex = person.sex ? `, ${person.sex}` : "";
    return [
      make("p", {}, make("b", {}, fullName(person, { usedName: this.say("used.name") }))),
      line(`${frenchDate(person.birth_date)}${sex}${person.ipp ? ` · ${person.ipp}` : ""}`), line(examDate(study!), "opt"),
    ];
  }

  #position(series: Series, shown: ImageFacts | null): HTMLElement[] {
    const { film, say } = this, total = series.images.length;
    const at = film.seenIndex >= 0 ? film.seenIndex : film.index;
    const thick = shown?.thickness_mm ? `${say("slice")} ${String(Math.round(shown.thickness_mm * 100) / 100).replace(".", say("decimal"))} mm, ` : "";
    return [
      ...(film.opened.features?.not_for_diagnosis === false ? [] : [line(say("not.for.diagnosis"), "intended")]),
      line(this.windowText()),
      make("p", {}, make("span", { class: "opt opt2" }, thick), make("span", { class: "word" }, `${say("image")} `),
        make("b", {}, String(total ? at + 1 : 0)), ` / ${total}`),
    ];
  }

  /** The current window, always visible (R-L 5). */
  windowText(): string {
    const { film, say } = this;
    if (film.series?.images.length === 0) return "";
    if (!film.window) return say("window.none");
    const factor = film.series?.suv?.factor;
    if (factor) {
      const { center, width } = film.window, round = (value: number): string => String(Math.round(value * factor * 10) / 10).replace("-", "−").replace(".", say("decimal"));
      return `SUV ${round(center - width / 2)} – ${round(center + width / 2)}${film.inverted ? ` · ${say("inverted")}` : ""}`;
    }
    const preset = film.image?.unit === "HU" ? presetOf(film.window) : null;
    const name = preset ? say(`preset.${preset}` as Word) : film.windowIsOwn ? say("window") : film.window.name || say("window");
    return `${name} ${windowNumbers(film.window)}${film.inverted ? ` · ${say("inverted")}` : ""}`;
  }

  #badge(series: Series): HTMLElement {
    const { film, say } = this, shown = film.seen;
    const mark = (name: string, sign: string, word: string, title: string): HTMLElement =>
      make("span", { class: name, title }, icon(sign), make("span", {}, word));
    if (!shown || film.seenIndex !== film.index) return make("span", { class: "q q-part", title: say("q.part.title") }, say("q.part"));
    if (film.isPreview) return mark("q q-lossy", "alert", say("q.preview"), say("q.preview.title"));
    if (shown.quality.lossy) {
      const ratio = shown.quality.ratio;
      const text = ratio ? say("q.lossy.ratio", { r: String(Math.round(ratio * 10) / 10).replace(".", say("decimal")) }) : say("q.lossy");
      return mark("q q-lossy", "alert", text, say("q.lossy.title"));
    }
    if (series.expected && series.expected > series.images.length)
      return mark("q q-lossy", "alert", say("q.incomplete", { n: series.images.length, m: series.expected }), say("q.incomplete.title"));
    if (shown.plane?.mark) return mark("q q-part", "cube", shown.plane.mark.word, shown.plane.mark.title);
    return mark("q", "lossless", say("q.ok"), say("q.ok.title"));
  }
}
