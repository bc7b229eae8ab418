/** One film: a stack of one series, its position, window, turn, zoom and pan, and what is written on it. */
import { UPRIGHT, edgeLetters, isMirrored, type Turn } from "./core/orientation";
import { examDate, frenchDate, fullName } from "./core/identity";
import { prefetchOrder } from "./core/prefetch";
import { firstShown, frameAddress, tallness, type ImageFacts, type Opened, type Series, type Study, type Window } from "./core/series";
import { openingWindow, presetOf, windowNumbers } from "./core/window";
import { icon, make } from "./page";
import type { Pixels } from "./pixels/decoding";
import { paint } from "./pixels/draw";
import type { Pictures } from "./pixels/pictures";
import { measures } from "./tools/length";
import type { Say, Word } from "./words";

export class Film {
  readonly element = make("figure", { class: "film is-active", "data-image": "" });
  readonly canvas = make("canvas", { tabindex: "0" });
  readonly #painted = document.createElement("canvas");
  readonly #places = new Map<string, HTMLElement>();
  readonly #bar = make("input", { class: "scrollbar", type: "range", min: "1", max: "1", value: "1" });
  series: Series | null = null;
  index = 0;
  zoom = 1;
  pan = { x: 0, y: 0 };
  turn: Turn = UPRIGHT;
  inverted = false;
  window: Window | null = null;
  windowIsOwn = false;
  linesHidden = false;
  #pixels: Pixels | null = null;
  #shown = -1;
  #direction: 1 | -1 = 1;
  #study: Study | null = null;
  #begun = false;
  onchange: () => void = () => {};

  constructor(private readonly frames: Pictures, private readonly opened: Opened, private readonly say: Say) {
    this.element.append(this.canvas);
    for (const edge of ["t", "b", "l", "r"]) this.#place(`or-${edge}`, make("span", { class: `or or-${edge}`, "aria-hidden": "true" }));
    for (const corner of ["tl", "tr", "bl"]) this.#place(corner, make("div", { class: `ov ${corner}` }));
    this.#place("say", make("div", { class: "film-say", role: "status", hidden: "" }));
    this.element.append(this.#bar);
    this.#bar.addEventListener("input", () => this.goTo(Number(this.#bar.value) - 1));
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  get image(): ImageFacts | null { return this.series?.images[this.index] ?? null; }
  get pixels(): Pixels | null { return this.#shown === this.index ? this.#pixels : null; }

  /** Show a series; everything done to the former one is forgotten (R-L 3). */
  show(series: Series, study: Study): void {
    this.series = series; this.#study = study;
    this.element.dataset["series"] = series.uid;
    this.#blank();
    this.index = firstShown(series);
    this.#bar.max = String(Math.max(1, series.images.length));
    this.#bar.setAttribute("aria-label", `${this.say("scroll.in")} ${series.description ?? ""}`);
    this.reset();
    this.goTo(this.index);
  }

  /** Take the same series with more images, keeping what is seen. */
  grow(series: Series): void {
    const seen = this.image?.sop_uid, frame = this.image?.frame;
    this.series = series;
    const found = series.images.findIndex((image) => image.sop_uid === seen && image.frame === frame);
    this.#bar.max = String(Math.max(1, series.images.length));
    if (found >= 0) { this.index = found; this.#shown = this.#pixels ? found : -1; }
    this.goTo(this.index);
  }

  goTo(index: number): void {
    if (!this.series || this.series.images.length === 0) { this.#blank(); this.#write(); this.onchange(); return; }
    const next = Math.min(this.series.images.length - 1, Math.max(0, index));
    if (next !== this.index) this.#direction = next > this.index ? 1 : -1;
    this.index = next;
    void this.#fetchAndDraw();
    const { images } = this.series;
    this.frames.want(prefetchOrder(next, images.length, this.#direction).map((i) => frameAddress(this.series!, images[i]!)));
    this.onchange();
  }

  reset(): void {
    this.zoom = 1; this.pan = { x: 0, y: 0 }; this.turn = UPRIGHT; this.inverted = false; this.windowIsOwn = false;
    if (this.#pixels && this.image) this.window = openingWindow(this.image, this.#pixels.low, this.#pixels.high);
    this.draw();
  }

  setWindow(window: Window): void { this.window = window; this.windowIsOwn = true; this.draw(); }

  retry(): void { this.frames.forgive(); this.goTo(this.index); }

  async #fetchAndDraw(): Promise<void> {
    const { series, index, image } = this;
    if (!series || !image) return;
    const address = frameAddress(series, image);
    const at = (): boolean => this.index === index && this.series !== null && this.image !== null && frameAddress(this.series, this.image) === address;
    if (!this.frames.atHand(address)) this.#write();
    try {
      const pixels = await this.frames.get(address);
      if (!at()) return;
      this.#pixels = pixels; this.#shown = index;
      if (!this.windowIsOwn || !this.window) this.window = openingWindow(image, pixels.low, pixels.high);
      this.#tell(null);
    } catch {
      if (!at()) return;
      this.#pixels = null; this.#shown = -1;
      this.#tell(this.frames.failure(address)?.cause_word ?? "network");
    }
    this.draw();
  }

  /** Draw what is at hand for the current image; a frame still on its way leaves the former one with its own number. */
  draw(): void {
    const context = this.canvas.getContext("2d");
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(this.canvas.clientWidth * ratio), Math.round(this.canvas.clientHeight * ratio)];
    if (!context || width === 0 || height === 0) return;
    if (this.canvas.width !== width || this.canvas.height !== height) { this.canvas.width = width; this.canvas.height = height; }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    const image = this.#shown >= 0 ? this.series?.images[this.#shown] : undefined;
    if (this.#pixels && image && this.window) {
      paint(this.#painted, this.#pixels, image, this.window, this.inverted !== image.inverted);
      context.setTransform(...this.matrix());
      context.imageSmoothingEnabled = this.#scale() < 4 * ratio;
      context.imageSmoothingQuality = "high";
      context.drawImage(this.#painted, 0, 0);
      if (!this.linesHidden) measures.draw(context, this, this.say);
      if (!this.#begun) { this.#begun = true; performance.mark("first-image"); }
    }
    // The number of the picture that is seen, from one; empty when there is none.
    this.element.dataset["image"] = this.#pixels ? String(this.#shown + 1) : "";
    this.#write();
    this.onchange();
  }

  /** Image pixels to canvas pixels, as `setTransform` takes it. */
  matrix(): [number, number, number, number, number, number] {
    const pixels = this.#pixels;
    const [w, h] = [pixels?.width ?? 1, pixels?.height ?? 1];
    const [a, b, c, d] = this.turn;
    const scale = this.#scale(), tall = this.#tall(), ratio = window.devicePixelRatio || 1;
    const [xx, xy, yx, yy] = [a * scale, c * scale, b * scale * tall, d * scale * tall];
    const middleX = this.canvas.width / 2 + this.pan.x * ratio, middleY = this.canvas.height / 2 + this.pan.y * ratio;
    return [xx, xy, yx, yy, middleX - (xx * w + yx * h) / 2, middleY - (xy * w + yy * h) / 2];
  }

  /** Image position, in pixels from the outer corner of the first one, under a point of the page. */
  under(clientX: number, clientY: number): { x: number; y: number } {
    const box = this.canvas.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
    const at = new DOMMatrix(this.matrix()).inverse().transformPoint({ x: (clientX - box.left) * ratio, y: (clientY - box.top) * ratio });
    return { x: at.x, y: at.y };
  }

  #tall(): number { return this.image ? tallness(this.image) : 1; }

  #scale(): number {
    const pixels = this.#pixels;
    if (!pixels) return 1;
    const upright = this.turn[1] === 0;
    const [w, h] = [pixels.width, pixels.height * this.#tall()];
    return Math.min(this.canvas.width / (upright ? w : h), this.canvas.height / (upright ? h : w)) * this.zoom;
  }

  #blank(): void { this.#pixels = null; this.#shown = -1; this.window = null; this.draw(); }

  #place(name: string, element: HTMLElement): void { this.#places.set(name, element); this.element.append(element); }

  #tell(cause: string | null): void {
    const place = this.#places.get("say")!;
    place.hidden = cause === null;
    if (cause === null) return;
    const words: Record<string, Word> = { network: "frame.network", session: "frame.session", corrupt: "frame.corrupt", not_found: "frame.gone" };
    const again = make("button", { class: "btn", type: "button" }, this.say("retry"));
    again.addEventListener("click", () => this.retry());
    place.replaceChildren(make("p", {}, this.say(words[cause] ?? "frame.server")), again);
  }

  #write(): void {
    const { series } = this;
    if (!series || !this.#study) return;
    // Words follow the picture that is seen: a frame on its way leaves the former one with its own number.
    const at = this.#shown >= 0 ? this.#shown : this.index;
    const shown = series.images[at] ?? null;
    const letters = shown && edgeLetters(shown.orientation, shown.patient_orientation, this.turn, this.opened.orientation_letters);
    for (const [edge, name] of [["t", "top"], ["b", "bottom"], ["l", "left"], ["r", "right"]] as const)
      this.#places.get(`or-${edge}`)!.textContent = letters ? letters[name] : "";
    this.#writeCorners(series, this.#study, shown, at, letters !== null);
    this.#bar.value = String(this.index + 1);
  }

  #writeCorners(series: Series, study: Study, shown: ImageFacts | null, at: number, oriented: boolean): void {
    const line = (text: string, name = ""): HTMLElement => make("p", name ? { class: name } : {}, text);
    const person = this.opened.person;
    const sex = person.sex ? `, ${person.sex}` : "";
    this.#places.get("tl")!.replaceChildren(
      make("p", {}, make("b", {}, fullName(person, { usedName: this.say("used.name") }))),
      line(`${frenchDate(person.birth_date)}${sex}${person.ipp ? ` · ${person.ipp}` : ""}`), line(examDate(study), "opt"),
    );
    const side = shown?.image_laterality ?? series.laterality;
    this.#places.get("tr")!.replaceChildren(
      line(series.description || `${this.say("series")} ${series.number ?? ""}`), ...(series.images.length ? [this.#badge(shown)] : []),
      ...(side ? [line(`${this.say("laterality")} ${side}`)] : []),
      ...(shown && !oriented ? [line(this.say("orientation.unknown"))] : []),
      ...(isMirrored(this.turn) ? [line(this.say("mirrored"), "flip-mark")] : []),
    );
    const total = series.images.length;
    const thick = shown?.thickness_mm ? `${this.say("slice")} ${String(shown.thickness_mm).replace(".", this.say("decimal"))} mm, ` : "";
    this.#places.get("bl")!.replaceChildren(
      line(this.windowText()),
      make("p", {}, make("span", { class: "opt opt2" }, thick), make("span", { class: "word" }, `${this.say("image")} `), make("b", {}, String(total ? at + 1 : 0)), ` / ${total}`),
    );
  }

  /** The current window, always visible (R-L 5). */
  windowText(): string {
    if (this.series?.images.length === 0) return "";
    if (!this.window) return this.say("window.none");
    const preset = this.image?.unit === "HU" ? presetOf(this.window) : null;
    const name = preset ? this.say(`preset.${preset}` as Word) : this.windowIsOwn ? this.say("window") : this.window.name || this.say("window");
    return `${name} ${windowNumbers(this.window)}${this.inverted ? ` · ${this.say("inverted")}` : ""}`;
  }

  #badge(shown: ImageFacts | null): HTMLElement {
    if (!shown || this.#shown !== this.index) return make("span", { class: "q q-part", title: this.say("q.part.title") }, this.say("q.part"));
    if (!shown.quality.lossy) return make("span", { class: "q", title: this.say("q.ok.title") }, icon("lossless"), make("span", {}, this.say("q.ok")));
    const ratio = shown.quality.ratio;
    const text = ratio ? this.say("q.lossy.ratio", { r: String(Math.round(ratio * 10) / 10).replace(".", this.say("decimal")) }) : this.say("q.lossy");
    return make("span", { class: "q q-lossy", title: this.say("q.lossy.title") }, icon("alert"), make("span", {}, text));
  }
}
