/** Three planes of one volume: axial, coronal, sagittal, or turned; one window, one crosshair, a slab's thickness for all. */
import { outsideOf, planeSeries, type Origin, type Planes, type PlaneWords, type Sampling } from "../core/planes";
import { SLABS } from "../core/reslice";
import { keyOf, type ImageFacts, type Opened, type Study } from "../core/series";
import { vectorAt, type Vector } from "../core/vectors";
import { STANDARD, VIEWS, centreOf, cutsOf, indexOf, isStraight, movedTo, obliquely, type Cuts, type Frames3, type View } from "../core/volume";
import { Film } from "../film";
import { icon, make } from "../page";
import type { Pixels } from "../pixels/decoding";
import { PlanePictures } from "../pixels/planes";
import type { Volume } from "../pixels/volume";
import type { VolumeSay, VolumeWord } from "../volumeWords";
import { Crosshair, type Crossed } from "./crosshair";

const THICKEST_MM = 60;
const ABOUT = Math.PI / 36;

/** A film that tells when it was drawn. */
class PlaneFilm extends Film {
  ondrawn?: () => void;
  override drawNow(): void { super.drawNow(); this.ondrawn?.(); }
}

interface Cell { film: PlaneFilm; cuts: Cuts; crosshair: Crosshair; index: number; size: { width: number; height: number } | null }

export class Mpr implements Crossed {
  readonly #pictures: PlanePictures;
  readonly #origin: Origin;
  readonly #cells = {} as Record<View, Cell>;
  readonly bar: HTMLElement;
  #frames: Frames3 = STANDARD;
  #sampling: Sampling = { thickness_mm: 0, slab: "mean" };
  #turns = 0;
  #shared = "";
  #readout = make("output", { class: "count" });
  centre: Vector;

  constructor(private readonly volume: Volume, private readonly study: Study, opened: Opened, private readonly say: VolumeSay, from: ImageFacts | null) {
    const { series, survey: { low, high } } = volume, name = keyOf(series);
    const outside = outsideOf(series, low, high, volume.voxel);
    this.#origin = { series, volume: name, scale: volume.scale, low, high, outside, decimated: volume.factor > 1 };
    this.#pictures = new PlanePictures(volume, name, outside);
    this.#pictures.ontaken = (view, pixels) => this.#fit(view, pixels);
    this.centre = this.#start(from);
    for (const view of VIEWS) {
      const film = new PlaneFilm(this.#pictures, opened, say);
      this.#cells[view] = {
        film, cuts: cutsOf(volume.grid, STANDARD[view], this.centre), index: -1, size: null,
        crosshair: new Crosshair(film, view, VIEWS.filter((other) => other !== view), this, say),
      };
    }
    this.bar = this.#controls();
  }

  get films(): Film[] { return VIEWS.map((view) => this.#cells[view].film); }
  cutsOf(view: View): Cuts { return this.#cells[view].cuts; }
  /** Milliseconds that the last plane of each view took, the way to the worker and back included. */
  get ms(): Readonly<Record<View, number>> { return this.#pictures.ms; }

  /** Show the planes at the window the reader had. */
  begin(window: Film["window"], inverted: boolean): void {
    this.#tell();
    this.#snap();
    for (const view of VIEWS) {
      const cell = this.#cells[view], at = indexOf(cell.cuts, this.centre), planes = this.#planes(view, 0, at);
      this.#pictures.set(planes);
      cell.index = at;
      cell.film.show(planeSeries(this.#origin, planes, this.#described(view)), this.study);
      cell.film.inverted = inverted;
      if (window) cell.film.setWindow(window);
      cell.film.goTo(at);
      cell.film.ondrawn = () => this.#drawn(view);
    }
  }

  moveTo(centre: Vector): void {
    this.centre = centre;
    this.#snap();
    for (const view of VIEWS) {
      const { film, cuts } = this.#cells[view], at = indexOf(cuts, this.centre);
      this.#cells[view].index = at;
      if (film.index !== at) film.goTo(at);
    }
    this.#redraw();
  }

  turn(view: View, radians: number): void {
    if (!radians) return;
    this.#frames = obliquely(this.#frames, view, radians);
    this.#turns += 1;
    this.#recut(VIEWS.filter((other) => other !== view));
  }

  hold(held: boolean): void {
    this.#pictures.hurried = held;
    if (!held) for (const film of this.films) film.goTo(film.index);
  }

  /** Straight planes through the middle of the volume, nothing summed up. */
  reset(): void {
    this.#frames = STANDARD;
    this.#turns = 0;
    this.#sampling = { thickness_mm: 0, slab: "mean" };
    this.centre = centreOf(this.volume.grid);
    this.#recut(VIEWS);
    for (const film of this.films) film.reset();
    this.#tell();
  }

  close(): void { this.bar.remove(); this.#pictures.clear(); for (const film of this.films) film.element.remove(); }

  /** The middle of the image that was looked at, if it is one of the volume's. */
  #start(from: ImageFacts | null): Vector {
    const middle = centreOf(this.volume.grid), position = vectorAt(from?.position);
    if (!position || !this.volume.series.images.includes(from!)) return middle;
    const { grid } = this.volume, { normal } = cutsOf(grid, { right: vectorAt(from!.orientation)!, down: vectorAt(from!.orientation, 3)! }, middle);
    const depth = (position[0] - middle[0]) * normal[0] + (position[1] - middle[1]) * normal[1] + (position[2] - middle[2]) * normal[2];
    return [middle[0] + depth * normal[0], middle[1] + depth * normal[1], middle[2] + depth * normal[2]];
  }

  /** Bring the centre to where planes are. */
  #snap(): void { for (const view of VIEWS) { const { cuts } = this.#cells[view]; this.centre = movedTo(cuts, indexOf(cuts, this.centre), this.centre); } }

  #planes(view: View, base: number, at: number): Planes {
    return { view, cuts: this.#cells[view].cuts, sampling: this.#sampling, state: isStraight(this.#frames, view) ? "0" : String(this.#turns), base, at };
  }

  /** Cut planes anew after a turn or another slab; each film keeps the plane through the centre. */
  #recut(views: readonly View[]): void {
    for (const view of views) this.#cells[view].cuts = cutsOf(this.volume.grid, this.#frames[view], this.centre);
    this.#snap();
    for (const view of views) {
      const cell = this.#cells[view], at = indexOf(cell.cuts, this.centre), planes = this.#planes(view, cell.film.image?.frame ?? 0, at);
      this.#pictures.set(planes);
      cell.index = at;
      cell.film.grow(planeSeries(this.#origin, planes, this.#described(view)));
    }
    this.#redraw();
  }

  /** Turned planes are larger; the picture keeps its scale. */
  #fit(view: View, { width, height }: Pixels): void {
    const cell = this.#cells[view], { size, film } = cell, { clientWidth, clientHeight } = film.canvas, upright = film.turn[1] === 0;
    const fit = (w: number, h: number): number => Math.min(clientWidth / (upright ? w : h), clientHeight / (upright ? h : w));
    if (size && (size.width !== width || size.height !== height) && film.zoom > 0 && clientWidth > 0) film.zoom *= fit(size.width, size.height) / fit(width, height);
    cell.size = { width, height };
  }

  /** A film was drawn: it may have gone to another plane, or to another window. */
  #drawn(view: View): void {
    const cell = this.#cells[view], { film } = cell;
    if (film.index !== cell.index) {
      cell.index = film.index;
      this.centre = movedTo(cell.cuts, film.index, this.centre);
      this.#redraw();
    } else cell.crosshair.draw();
    this.#share(film);
  }

  #share(film: Film): void {
    const key = (one: Film): string => (one.window ? `${one.window.center}/${one.window.width}/${one.inverted}` : "");
    const now = key(film);
    if (!now || now === this.#shared) return;
    this.#shared = now;
    for (const other of this.films) if (other !== film && other.window && key(other) !== now) { other.inverted = film.inverted; other.setWindow(film.window!); }
  }

  #redraw(): void { for (const view of VIEWS) this.#cells[view].crosshair.draw(); }

  get #source(): string {
    const { series } = this.volume;
    return series.description || `${this.say("series")} ${series.number ?? ""}`.trim();
  }

  #described(view: View): PlaneWords {
    const { say } = this, { thickness_mm, slab } = this.#sampling, straight = isStraight(this.#frames, view);
    return {
      name: say(`mpr.${view}`) + (straight ? "" : ` (${say("plane.oblique")})`),
      details: [...(thickness_mm ? [`${say(`mpr.${slab}`)} ${thickness_mm} mm`] : []), say("mpr.from", { series: this.#source })],
      mark: { word: say("mpr.resampled"), title: say("mpr.resampled.title") },
    };
  }

  #controls(): HTMLElement {
    const { say } = this;
    const thickness = make("input", { class: "range", type: "range", min: "0", max: String(THICKEST_MM), step: "1", value: "0", "aria-label": say("mpr.thickness") });
    thickness.addEventListener("input", () => { this.#pictures.hurried = true; this.#sample({ ...this.#sampling, thickness_mm: Number(thickness.value) }); });
    thickness.addEventListener("change", () => this.hold(false));
    const modes = make("div", { class: "choice", role: "radiogroup", "aria-label": say("mpr.mode") });
    for (const slab of SLABS) {
      const button = make("button", { type: "button", role: "radio", "data-slab": slab, "aria-checked": "false" }, say(`mpr.${slab}` as VolumeWord));
      button.addEventListener("click", () => this.#sample({ thickness_mm: this.#sampling.thickness_mm || 10, slab }));
      modes.append(button);
    }
    const button = (sign: string, word: VolumeWord, run: () => void): HTMLElement => {
      const made = make("button", { class: "mini", type: "button", "aria-label": say(word), title: say(word) }, icon(sign, "icon"));
      made.addEventListener("click", run);
      return made;
    };
    return make("div", { class: "cine volbar", role: "group", "aria-label": say("mpr.bar") },
      make("p", { class: "banner", title: this.#source }, say("mpr.banner", { series: this.#source })), make("span", { class: "opt" }, say("mpr.thickness")), thickness, this.#readout, modes, make("span", { class: "grow" }),
      button("rotate", "mpr.turn", () => this.turn(this.#active(), ABOUT)), button("reset", "mpr.reset", () => this.reset()));
  }

  #active(): View { return VIEWS.find((view) => this.#cells[view].film.element.classList.contains("is-active")) ?? "axial"; }

  #sample(sampling: Sampling): void { this.#sampling = sampling; this.#recut(VIEWS); this.#tell(); }

  #tell(): void {
    const { thickness_mm, slab } = this.#sampling;
    this.#readout.textContent = thickness_mm ? `${thickness_mm} mm` : this.say("mpr.plain");
    this.bar.querySelector<HTMLInputElement>("input")!.value = String(thickness_mm);
    for (const button of this.bar.querySelectorAll<HTMLElement>("[data-slab]"))
      button.setAttribute("aria-checked", String(thickness_mm > 0 && button.dataset["slab"] === slab));
  }
}
