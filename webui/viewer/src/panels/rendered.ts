/** A volume in three dimensions, on one film: turned, enlarged and moved by the hand, cropped, made more or less transparent. */
import { examDate } from "../core/identity";
import { UPRIGHT, edgeLetters } from "../core/orientation";
import { AS_GIVEN, PRESET_VIEWS, SHADED, modesFor, raysOf, rotatedBy, stopsOf, transfer, type Camera, type Mode, type Ramp } from "../core/rendering";
import type { Look } from "../core/raycast";
import { hasHounsfield, type Opened, type Study } from "../core/series";
import { spacings } from "../core/volume";
import { Film } from "../film";
import { icon, make } from "../page";
import { GlCaster, WorkerCaster, type Caster } from "../pixels/caster";
import type { Pictures } from "../pixels/pictures";
import type { Volume } from "../pixels/volume";
import type { VolumeSay } from "../volumeWords";
import { Cropper, Gear, viewButtons } from "./renderedControls";

const ENTRIES = 1024;
/** Longest that a picture may take while something is dragged, and when all is still. */
const HURRIED_MS = 70, STILL_MS = 1500, RESTING_MS = 160, BETTER = 2.5;
const TURN_PX = 0.008, KEY_TURN = Math.PI / 24;

export class VolumeFilm extends Film {
  readonly bar: HTMLElement;
  readonly #edges = ["t", "b", "l", "r"].map((edge) => make("span", { class: `or or-${edge} vr-or`, "aria-hidden": "true" }));
  readonly #foot = make("div", { class: "ov bl vr-foot" });
  readonly #hounsfield: boolean;
  readonly #range: readonly [number, number];
  #caster: Caster;
  #camera: Camera = { ...PRESET_VIEWS.front, zoom: 1, pan: { x: 0, y: 0 } };
  #mode: Mode;
  #ramp: Ramp = AS_GIVEN;
  readonly #cropper: Cropper;
  readonly #gear: Gear;
  #busy = false;
  #dirty = false;
  #resting = 0;
  #closed = false;
  /** Milliseconds of a pixel, from the last picture. */
  #pixel_ms = 0;

  private constructor(private readonly volume: Volume, pictures: Pictures, private readonly facts: Opened, private readonly speak: VolumeSay, private readonly tool: () => string) {
    super(pictures, facts, speak);
    this.element.classList.add("is-volume");
    this.#hounsfield = hasHounsfield(volume.series);
    this.#mode = this.#hounsfield ? "bone" : "soft";
    this.#range = this.#values();
    this.#caster = new WorkerCaster(volume);
    this.element.append(...this.#edges, this.#foot);
    this.#gear = new Gear(this.element, modesFor(this.#hounsfield), speak, (mode) => this.#set(mode));
    this.#cropper = new Cropper(volume.grid, facts.orientation_letters, speak, () => this.#request());
    this.bar = this.#controls();
    this.#gear.tell(this.#mode);
    this.#listen();
  }

  static async of(volume: Volume, study: Study, pictures: Pictures, opened: Opened, say: VolumeSay, tool: () => string, lost: () => void): Promise<VolumeFilm> {
    const film = new VolumeFilm(volume, pictures, opened, say, tool);
    const [low, high] = film.#stored();
    const card = await GlCaster.of(volume, low, high, (columns, rows) => film.#lookOf(columns, rows, true));
    if (card) {
      film.#caster = card;
      card.onlost = () => { film.#caster = new WorkerCaster(volume); film.#pixel_ms = 0; film.#request(); lost(); };
    }
    film.show({ ...volume.series, images: [], undisplayable: [], description: say("vr.title") }, study);
    film.canvas.setAttribute("aria-label", `${say("vr.title")}, ${examDate(study)}. ${say("vr.keys")}`);
    return film;
  }

  /** Whether a graphics card draws. */
  get isGl(): boolean { return this.#caster.gl; }
  /** Whether voxels were joined to fit the card. */
  get isReduced(): boolean { return this.volume.factor > 1 || (this.#caster instanceof GlCaster && this.#caster.factor > 1); }

  /** The film's canvas is drawn by rays, in pieces of time. */
  override draw(): void { if (this.volume) this.#request(); }
  /** The canvas holds the last picture: there is no other way to have one at once. */
  override drawNow(): void {}

  /** What leaves with a picture in place of its series and number; empty while a finer one is on its way. */
  get rendering(): string {
    return this.element.dataset["image"] === "1" ? [this.speak("vr.title"), this.#foot.querySelector("p")?.textContent ?? ""].filter(Boolean).join(" – ") : "";
  }

  /** What is seen, for a canvas as large. */
  override paint(context: CanvasRenderingContext2D): void { context.setTransform(1, 0, 0, 1, 0, 0); context.drawImage(this.canvas, 0, 0); }

  override reset(): void {
    super.reset();
    if (!this.volume) return;
    this.#ramp = AS_GIVEN;
    this.#cropper.reset();
    this.#look(PRESET_VIEWS.front, 1);
    this.#gear.tell(this.#mode);
  }

  close(): void { this.#closed = true; clearTimeout(this.#resting); this.#caster.close(); this.bar.remove(); this.element.remove(); }

  #look({ right, down }: Pick<Camera, "right" | "down">, zoom = this.zoom): void {
    this.#camera = { ...this.#camera, right, down };
    this.zoom = zoom;
    if (zoom === 1) this.pan = { x: 0, y: 0 };
    this.#request();
  }

  #set(mode: Mode): void { this.#mode = mode; this.#ramp = AS_GIVEN; this.#request(); this.#gear.tell(mode); }

  /** Values of the table: those of the volume, far outliers apart. */
  #values(): readonly [number, number] {
    const { survey: { low, high, spread }, scale: { slope, intercept } } = this.volume;
    const [least, most] = [low * slope + intercept, high * slope + intercept];
    if (this.#hounsfield) return [Math.max(-1024, Math.min(least, 3070)), Math.max(-1000, Math.min(3071, most))];
    const span = (spread[1] - spread[0]) * slope;
    return [Math.max(least, spread[0] * slope + intercept - span / 4), Math.min(most, spread[1] * slope + intercept + span)];
  }

  #stored(): [number, number] {
    const { slope, intercept } = this.volume.scale;
    return [Math.round((this.#range[0] - intercept) / slope), Math.round((this.#range[1] - intercept) / slope)];
  }

  /** The 1st and the 99th percentile in the volume's unit. */
  #shares(): [number, number] {
    const { survey: { spread }, scale: { slope, intercept } } = this.volume;
    return [spread[0] * slope + intercept, spread[1] * slope + intercept];
  }

  #lookOf(columns: number, rows: number, hurried: boolean): Look {
    const { grid } = this.volume, spacing_mm = spacings(grid), [low, high] = this.#stored();
    const { x, y } = this.pan, side = Math.min(this.canvas.clientWidth, this.canvas.clientHeight) || 1;
    this.#camera = { ...this.#camera, zoom: this.zoom, pan: { x: x / side, y: y / side } };
    return {
      rays: raysOf(grid, this.#camera, columns, rows), table: transfer(stopsOf(this.#mode, this.#hounsfield, this.#shares(), this.#ramp), this.#range, ENTRIES),
      low, high, box: this.#cropper.box, shaded: SHADED[this.#mode], mip: this.#mode === "mip", spacing_mm,
      step_mm: Math.min(...spacing_mm) * (hurried ? 1 : 1 / this.#caster.fineness),
    };
  }

  /** Draw soon: quickly now, well when nothing has changed for a while. */
  #request(): void {
    clearTimeout(this.#resting);
    this.element.dataset["image"] = "";
    this.#dirty = true;
    if (!this.#busy) void this.#work(true);
  }

  async #work(hurried: boolean): Promise<void> {
    if (this.#closed) return;
    this.#busy = true; this.#dirty = false;
    let better = false;
    try { better = await this.#picture(hurried); } finally { this.#busy = false; }
    if (this.#closed) return;
    if (this.#dirty) { void this.#work(true); return; }
    if (better && !hurried) { void this.#work(false); return; }
    this.element.dataset["image"] = hurried ? "" : "1";
    if (hurried) this.#resting = window.setTimeout(() => { if (!this.#busy) void this.#work(false); }, RESTING_MS);
  }

  /** Draw; tells whether there was time for a much finer picture: what was drawn first was cold. */
  async #picture(hurried: boolean): Promise<boolean> {
    const { canvas } = this, ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
    const context = canvas.getContext("2d");
    if (!context || !width || !height) return false;
    const wanted = width * height * this.#pixel_ms * (hurried ? 1 : this.#caster.fineness);
    const share = Math.sqrt(Math.max(1, this.#pixel_ms ? wanted / (hurried ? HURRIED_MS : STILL_MS) : 36));
    const [columns, rows] = [Math.max(64, Math.round(width / share)), Math.max(64, Math.round(height / share))];
    const began = performance.now(), caster = this.#caster;
    const source = await caster.draw(this.#lookOf(columns, rows, hurried)).catch(() => null);
    if (!source || this.#closed || caster !== this.#caster) return false;
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = hurried ? "low" : "high";
    context.drawImage(source, 0, 0, width, height);
    // A card draws behind the page's back: one pixel read back waits for it.
    if (caster.gl) context.getImageData(0, 0, 1, 1);
    const ms = performance.now() - began;
    this.element.dataset["cast"] = `${columns}×${rows} ${Math.round(ms)} ms`;
    this.#pixel_ms = ms / (columns * rows) / (hurried ? 1 : caster.fineness);
    this.#write();
    return share > 1 && ms * BETTER < STILL_MS;
  }

  #write(): void {
    const { right, down } = this.#camera, letters = edgeLetters([...right, ...down], null, UPRIGHT, this.facts.orientation_letters);
    (["top", "bottom", "left", "right"] as const).forEach((edge, n) => { this.#edges[n]!.textContent = letters?.[edge] ?? ""; });
    const [least, most] = this.#shares(), [first] = stopsOf(this.#mode, this.#hounsfield, [least, most], this.#ramp);
    const value = this.#hounsfield ? first!.at : ((first!.at - least) / Math.max(most - least, 1e-6)) * 100;
    const from = this.speak(this.#hounsfield ? "vr.from.hu" : "vr.from.share", { n: String(Math.round(value)).replace("-", "−") });
    this.#foot.replaceChildren(make("p", {}, make("b", {}, this.speak(`vr.${this.#mode}`)), `, ${from}`),
      make("p", { class: "flip-mark" }, this.speak("vr.no_measure")),
      ...(this.isGl ? [] : [make("p", { class: "opt intended" }, this.speak("vr.cpu"))]),
      ...(this.facts.features?.not_for_diagnosis === false ? [] : [make("p", { class: "intended" }, this.speak("not.for.diagnosis"))]));
  }

  #listen(): void {
    const { canvas, element } = this, fingers = new Map<number, [number, number]>();
    const spread = (): number => {
      const [one, other] = [...fingers.values()];
      return one && other ? Math.max(1, Math.hypot(one[0] - other[0], one[1] - other[1])) : 0;
    };
    element.addEventListener("pointerdown", (event) => {
      if (event.target !== canvas) return;
      event.preventDefault();
      event.stopPropagation();
      canvas.focus({ preventScroll: true });
      canvas.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      const doing = event.button === 1 ? "pan" : event.button === 2 ? "zoom" : event.shiftKey ? "window" : this.tool();
      let [x, y] = [event.clientX, event.clientY];
      const move = (next: PointerEvent): void => {
        if (next.pointerId !== event.pointerId) return;
        const gap = spread(), [dx, dy] = [next.clientX - x, next.clientY - y];
        fingers.set(event.pointerId, [next.clientX, next.clientY]);
        // Two fingers: apart they enlarge, together they move; each is told of by itself.
        if (gap > 0) { this.#enlarge(spread() / gap); this.#dragged("pan", dx / 2, dy / 2); } else this.#dragged(doing, dx, dy);
        [x, y] = [next.clientX, next.clientY];
      };
      const end = (last: PointerEvent): void => {
        if (last.pointerId !== event.pointerId) return;
        fingers.delete(event.pointerId);
        canvas.removeEventListener("pointermove", move);
        for (const name of ["pointerup", "pointercancel"] as const) canvas.removeEventListener(name, end);
      };
      canvas.addEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel"] as const) canvas.addEventListener(name, end);
    }, { capture: true });
    element.addEventListener("wheel", (event) => { event.preventDefault(); event.stopPropagation(); this.#enlarge(Math.exp(-event.deltaY / 500)); },
      { capture: true, passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  #dragged(doing: string, dx: number, dy: number): void {
    if (doing === "pan") { this.pan = { x: this.pan.x + dx, y: this.pan.y + dy }; this.#request(); }
    else if (doing === "zoom") this.#enlarge(Math.exp(-dy / 150));
    else if (doing === "window") {
      const span = this.#hounsfield ? 2 : Math.max(1e-6, this.#shares()[1] - this.#shares()[0]) / 200;
      this.#ramp = { offset: this.#ramp.offset + dy * span, stretch: Math.min(8, Math.max(0.1, this.#ramp.stretch * Math.exp(dx / 300))) };
      this.#request();
    } else this.#turn(dx * TURN_PX, dy * TURN_PX);
  }

  #enlarge(factor: number): void {
    const next = Math.min(12, Math.max(0.3, this.zoom * factor)), real = next / this.zoom;
    this.zoom = next;
    this.pan = { x: this.pan.x * real, y: this.pan.y * real };
    this.#request();
  }

  #turn(across: number, along: number): void { this.#camera = rotatedBy(this.#camera, across, along); this.#request(); }

  #key(event: KeyboardEvent): void {
    const way = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[event.key];
    if (way) this.#turn(way[0] * KEY_TURN, way[1] * KEY_TURN);
    else if (event.key === "+" || event.key === "-") this.#enlarge(event.key === "+" ? 1.2 : 1 / 1.2);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #controls(): HTMLElement {
    const { speak: say } = this;
    const reset = make("button", { class: "mini", type: "button", "aria-label": say("vr.reset"), title: say("vr.reset") }, icon("reset", "icon"));
    reset.addEventListener("click", () => this.reset());
    return make("div", { class: "cine volbar", role: "group", "aria-label": say("vr.bar") },
      viewButtons(say, (view) => this.#look(PRESET_VIEWS[view])), this.#cropper.element, make("span", { class: "grow" }), reset);
  }
}
