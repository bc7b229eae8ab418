/** One film: a stack of one series, its position, window, turn, zoom and pan. */
import { UPRIGHT, edgeLetters, isMirrored, type Turn } from "./core/orientation";
import { prefetchOrder } from "./core/prefetch";
import { isPreview, previewOf } from "./core/preview";
import { firstShown, frameAddress, tallness, type ImageFacts, type Opened, type Series, type Study, type Window } from "./core/series";
import { openingWindow } from "./core/window";
import { make } from "./page";
import { Corners } from "./panels/corners";
import type { Pixels } from "./pixels/decoding";
import { Paper } from "./pixels/draw";
import type { FrameState, Pictures } from "./pixels/pictures";
import type { Say, Word } from "./words";

/** Draws over the picture; the context's unit is a canvas pixel. */
export type Painter = (context: CanvasRenderingContext2D, film: Film) => void;

/** How a film is looked at, apart from what it shows. */
export interface View { index: number; zoom: number; pan: { x: number; y: number }; turn: Turn; inverted: boolean; window: Window | null }

const SETTLED_MS = 80;

export class Film {
  readonly element = make("figure", { class: "film", "data-image": "" });
  readonly canvas = make("canvas", { tabindex: "0" });
  readonly painters: Painter[] = [];
  readonly #paper = new Paper();
  readonly #edges = new Map<string, HTMLElement>();
  readonly #said = make("div", { class: "film-say", role: "status", hidden: "" });
  readonly #bar = make("input", { class: "scrollbar", type: "range", min: "1", max: "1", value: "1" });
  readonly #corners: Corners;
  series: Series | null = null;
  study: Study | null = null;
  index = 0;
  zoom = 1;
  pan = { x: 0, y: 0 };
  turn: Turn = UPRIGHT;
  inverted = false;
  window: Window | null = null;
  windowIsOwn = false;
  linesHidden = false;
  /** Whether images are asked for quickly and with loss (R-L 6); planes and marks then have to wait. */
  fast = false;
  #pixels: Pixels | null = null;
  #shown = -1;
  #shownAddress = "";
  #direction: 1 | -1 = 1;
  #addresses: { series: Series | null; way: string; all: string[] } = { series: null, way: "", all: [] };
  #settling = 0;
  #drawing = 0;
  #again = false;
  /** While a window is dragged over a large image, greys are taken from some of its pixels only. */
  #quick = false;
  onchange: () => void = () => {};
  /** What the page says of an image beside what the image says itself. */
  said: (image: ImageFacts) => string[] = () => [];

  constructor(private readonly pictures: Pictures, readonly opened: Opened, private readonly say: Say) {
    this.element.append(this.canvas);
    for (const edge of ["t", "b", "l", "r"]) {
      this.#edges.set(edge, make("span", { class: `or or-${edge}`, "aria-hidden": "true" }));
      this.element.append(this.#edges.get(edge)!);
    }
    this.#corners = new Corners(this, say);
    this.element.append(this.#said, this.#bar);
    this.#bar.addEventListener("input", () => this.goTo(Number(this.#bar.value) - 1));
    // A device that ran short of memory takes canvases away and gives them back empty.
    this.#paper.onrestored = () => this.draw();
    this.canvas.addEventListener("contextrestored", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  get image(): ImageFacts | null { return this.series?.images[this.index] ?? null; }
  /** The image that is seen: while the next one is on its way, still the former one. */
  get seen(): ImageFacts | null { return this.#shown >= 0 ? this.series?.images[this.#shown] ?? null : null; }
  get seenIndex(): number { return this.#shown; }
  get pixels(): Pixels | null { return this.#shown === this.index ? this.#pixels : null; }
  /** Whether what is seen lost something on its way to the screen. */
  get isPreview(): boolean { return isPreview(this.#shownAddress); }

  /** Show a series; everything done to the former one is forgotten (R-L 3). */
  show(series: Series, study: Study): void {
    this.series = series; this.study = study;
    this.element.dataset["series"] = series.uid;
    this.element.classList.remove("is-empty");
    this.#blank();
    this.index = firstShown(series);
    this.#bar.max = String(Math.max(1, series.images.length));
    const name = `${this.say("scroll.in")} ${series.description ?? ""}`.trim();
    this.#bar.setAttribute("aria-label", name);
    this.canvas.setAttribute("aria-label", name);
    this.#forget();
    this.goTo(this.index);
  }

  /** Show nothing, and where a series may come from. */
  empty(): void {
    this.series = this.study = null;
    this.pictures.leave?.(this);
    delete this.element.dataset["series"];
    this.element.classList.add("is-empty");
    this.#blank();
    this.#forget();
    this.#said.hidden = false;
    this.#said.replaceChildren(make("p", {}, this.say("film.empty")));
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
    // The image that is waited for comes alone: the others would share its way.
    const alone = this.#pixels === null;
    void this.#fetchAndDraw().then(() => { if (alone) this.wantAround(); });
    if (!alone) this.wantAround();
    this.onchange();
  }

  /** Ask for the other images of the series, the nearest first. */
  wantAround(): void {
    const { addresses } = this;
    if (addresses.length) this.pictures.want(prefetchOrder(this.index, addresses.length, this.#direction).map((i) => addresses[i]!), this);
  }

  /** Where each image of the series comes from, in order. */
  get addresses(): readonly string[] {
    const { series } = this, way = `${this.fast}/${this.windowIsOwn && this.window ? `${this.window.center}/${this.window.width}` : ""}`;
    if (!series) return [];
    if (this.#addresses.series !== series || this.#addresses.way !== way)
      this.#addresses = { series, way, all: series.images.map((image) => this.addressOf(image)) };
    return this.#addresses.all;
  }

  stateOf(image: ImageFacts): FrameState { return this.pictures.state(this.addressOf(image)); }

  /** How many images of the series are here, and how many could not be had. */
  get counts(): { loaded: number; failed: number; total: number } {
    let [loaded, failed] = [0, 0];
    for (const address of this.addresses) { const state = this.pictures.state(address); if (state === "loaded") loaded += 1; if (state === "failed") failed += 1; }
    return { loaded, failed, total: this.addresses.length };
  }

  /** Where an image of this film comes from: the lossless frame, or in fast mode a picture made for the window. */
  addressOf(image: ImageFacts): string {
    const lossless = frameAddress(this.series!, image);
    return this.fast && !image.address ? previewOf(lossless, this.windowIsOwn ? this.window : null) : lossless;
  }

  reset(): void {
    this.#forget();
    this.window = this.seen && this.#pixels ? openingWindow(this.seen, this.#pixels.low, this.#pixels.high) : null;
    this.refetch();
    this.draw();
  }

  setWindow(window: Window): void {
    this.window = window; this.windowIsOwn = true;
    this.#quick = true;
    this.draw();
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => { this.#quick = false; this.draw(); if (this.fast) this.refetch(); }, SETTLED_MS);
  }

  /** The window is the image's own again. */
  forgetWindow(): void {
    this.windowIsOwn = false;
    if (this.seen && this.#pixels) this.window = openingWindow(this.seen, this.#pixels.low, this.#pixels.high);
    this.refetch();
    this.draw();
  }

  /** Ask again for what is shown: the way it is asked for has changed. */
  refetch(): void { if (this.image && this.addressOf(this.image) !== this.#shownAddress) { void this.#fetchAndDraw(); this.wantAround(); } }

  retry(): void { this.pictures.forgive(); this.goTo(this.index); }

  /** How the film is looked at, to be taken up again by `look`. */
  view(): View {
    const { index, zoom, pan, turn, inverted, window } = this;
    return { index, zoom, pan: { ...pan }, turn, inverted, window: this.windowIsOwn ? window : null };
  }

  look({ index, zoom, pan, turn, inverted, window }: View): void {
    this.zoom = zoom; this.pan = { ...pan }; this.turn = turn; this.inverted = inverted;
    if (window) { this.window = window; this.windowIsOwn = true; }
    this.goTo(index);
  }

  #forget(): void { this.zoom = 1; this.pan = { x: 0, y: 0 }; this.turn = UPRIGHT; this.inverted = false; this.windowIsOwn = false; }

  async #fetchAndDraw(): Promise<void> {
    const { series, index, image } = this;
    if (!series || !image) return;
    const address = this.addressOf(image);
    const at = (): boolean => this.index === index && this.image !== null && this.addressOf(this.image) === address;
    if (!this.pictures.atHand(address)) this.#write();
    const first = this.#pixels === null;
    try {
      const pixels = await this.pictures.get(address);
      if (!at()) return;
      this.#pixels = pixels; this.#shown = index; this.#shownAddress = address;
      if (!this.windowIsOwn || !this.window) this.window = openingWindow(image, pixels.low, pixels.high);
      this.#tell(null);
      // The image that is waited for is there before the page has drawn anything else.
      if (first) { this.drawNow(); return; }
    } catch {
      if (!at()) return;
      this.#pixels = null; this.#shown = -1; this.#shownAddress = "";
      this.#tell(this.pictures.failure(address)?.cause_word ?? "network");
    }
    this.draw();
  }

  /** Draw at once; what changes again before the next picture of the screen is drawn together, just before it. */
  draw(): void {
    if (this.#drawing) { this.#again = true; return; }
    this.#drawing = requestAnimationFrame(() => {
      this.#drawing = 0;
      if (this.#again) { this.#again = false; this.draw(); }
    });
    this.drawNow();
  }

  /** Draw what is at hand for the current image; a frame still on its way leaves the former one with its own number. */
  drawNow(): void {
    const context = this.canvas.getContext("2d");
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(this.canvas.clientWidth * ratio), Math.round(this.canvas.clientHeight * ratio)];
    if (!context || width === 0 || height === 0) return;
    if (this.canvas.width !== width || this.canvas.height !== height) { this.canvas.width = width; this.canvas.height = height; }
    this.paint(context, true);
    // The number of the picture that is seen, from one; empty when there is none.
    this.element.dataset["image"] = this.#pixels ? String(this.#shown + 1) : "";
    this.#write();
    this.onchange();
  }

  /** Paint the picture, with what is drawn on it or without, into a canvas as large as the film's. */
  paint(context: CanvasRenderingContext2D, marked: boolean): void {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    const image = this.seen;
    if (!this.#pixels || !image || !this.window) return;
    const inverted = this.isPreview ? this.inverted : this.inverted !== image.inverted;
    const painted = this.#paper.paint(this.#pixels, image, this.window, inverted, { scale: this.#scale(), quick: this.#quick });
    context.setTransform(...this.matrix());
    context.imageSmoothingEnabled = this.#scale() < 4 * (window.devicePixelRatio || 1);
    context.imageSmoothingQuality = "medium";
    context.drawImage(painted, 0, 0, image.columns, image.rows);
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (marked) for (const painter of this.painters) painter(context, this);
    if (performance.getEntriesByName("first-image").length === 0) performance.mark("first-image");
  }

  /** Image pixels to canvas pixels, as `setTransform` takes it. */
  matrix(): [number, number, number, number, number, number] {
    const [w, h] = this.#size();
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

  /** Image pixels that lie under so many pixels of the page. */
  reach(pixels: number): number { return (pixels * (window.devicePixelRatio || 1)) / this.#scale(); }

  /** Millimetres of a pixel of the page across the film, or null where nobody knows. */
  mmOfPagePixel(): number | null {
    const image = this.seen, across = image?.spacing_mm?.[1];
    if (!image || image.spacing_origin === "none" || image.regions?.length || !across) return null;
    return across * this.reach(1);
  }

  #size(): [number, number] {
    const image = this.seen ?? this.image;
    return [image?.columns ?? 1, image?.rows ?? 1];
  }

  #tall(): number { const image = this.seen ?? this.image; return image ? tallness(image) : 1; }

  #scale(): number {
    const upright = this.turn[1] === 0;
    const [columns, rows] = this.#size();
    const [w, h] = [columns, rows * this.#tall()];
    return Math.min(this.canvas.width / (upright ? w : h), this.canvas.height / (upright ? h : w)) * this.zoom;
  }

  #blank(): void { this.#pixels = null; this.#shown = -1; this.#shownAddress = ""; this.window = null; this.#tell(null); this.draw(); }

  #tell(cause: string | null): void {
    this.#said.hidden = cause === null;
    if (cause === null) return;
    const words: Record<string, Word> = {
      network: "frame.network", session: "frame.session", corrupt: "frame.corrupt", not_found: "frame.gone" };
    const again = make("button", { class: "btn", type: "button" }, this.say("retry"));
    again.addEventListener("click", () => this.retry());
    this.#said.replaceChildren(make("p", {}, this.say(words[cause] ?? "frame.server")), again);
  }

  #write(): void {
    // Words follow the picture that is seen: a frame on its way leaves the former one with its own number.
    const shown = this.seen ?? this.image;
    const letters = shown && edgeLetters(shown.orientation, shown.patient_orientation, this.turn, this.opened.orientation_letters);
    for (const [edge, name] of [["t", "top"], ["b", "bottom"], ["l", "left"], ["r", "right"]] as const)
      this.#edges.get(edge)!.textContent = letters ? letters[name] : "";
    this.#corners.write({ oriented: letters !== null, mirrored: isMirrored(this.turn) });
    this.#bar.value = String(this.index + 1);
  }
}
