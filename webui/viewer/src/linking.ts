/** Films that go together: by position in the same space, else by the offset they had when they were linked; window and zoom too. */
import { areParallel, cutBy, depth, nearestTo, planeOf, sameSpace, toPatient } from "./core/geometry";
import type { Film } from "./film";
import type { Layout } from "./layout";

interface Held { index: number; window: string; zoom: number; series: string }

export class Links {
  #on = false;
  #moving = false;
  /** Whether each film shows where the active one cuts it. */
  lines = true;
  readonly #held = new Map<Film, Held>();

  constructor(private readonly layout: Layout) {}

  get on(): boolean { return this.#on; }

  toggle(): void { this.#on = !this.#on; this.hold(); this.redraw(); }

  /** Remember how the films stand: from here on they move together. */
  hold(): void { this.#held.clear(); for (const film of this.layout.films) this.#held.set(film, held(film)); }

  redraw(): void { for (const film of this.layout.films) film.draw(); }

  /** The film changed: take the others along if it is the active one. */
  follow(film: Film): void {
    if (this.#moving || this.layout.isLent) return;
    if (film === this.layout.active && this.layout.films.length > 1) {
      this.#moving = true;
      try { if (this.#on) this.#take(film); if (this.lines) for (const other of this.layout.films) if (other !== film) other.draw(); }
      finally { this.#moving = false; }
    }
  }

  #take(film: Film): void {
    const before = this.#held.get(film), now = held(film);
    if (!before || before.series !== now.series) { this.hold(); return; }
    for (const other of this.layout.films) {
      if (other === film || !other.series || !film.series) continue;
      const its = this.#held.get(other);
      if (now.index !== before.index) { const to = indexFor(film, other, before.index, its?.index ?? other.index); if (to !== other.index) other.goTo(to); }
      if (now.window !== before.window && film.window && film.windowIsOwn && sameScale(film, other)) { other.inverted = film.inverted; other.setWindow(film.window); }
      if (now.zoom !== before.zoom) { other.zoom *= now.zoom / before.zoom; other.draw(); }
    }
    // Positions keep the offset they were linked with; windows and zooms go on from here.
    for (const [one, its] of this.#held) { const { window, zoom } = held(one); this.#held.set(one, { ...its, window, zoom }); }
  }

  /** Draw where the active film's plane cuts this one. */
  draw(context: CanvasRenderingContext2D, film: Film): void {
    const { active } = this.layout;
    if (!this.lines || this.layout.isLent || film === active || !film.series || !active.series || !sameSpace(film.series, active.series)) return;
    const [plane, other] = [film.seen && planeOf(film.seen), active.seen && planeOf(active.seen)];
    const cut = plane && other && cutBy(plane, other);
    if (!cut) return;
    const ratio = window.devicePixelRatio || 1, matrix = new DOMMatrix(film.matrix());
    const [from, to] = cut.map((point) => matrix.transformPoint(point));
    context.strokeStyle = "#69d99a";
    context.lineWidth = 1.5 * ratio;
    context.setLineDash([6 * ratio, 4 * ratio]);
    context.beginPath();
    context.moveTo(from!.x, from!.y);
    context.lineTo(to!.x, to!.y);
    context.stroke();
    context.setLineDash([]);
  }
}

function held(film: Film): Held {
  const { window: shown } = film;
  return { index: film.index, window: film.windowIsOwn && shown ? `${shown.center}/${shown.width}/${film.inverted}` : "", zoom: film.zoom, series: film.element.dataset["series"] ?? "" };
}

/** Whether the same window means the same on both. */
function sameScale({ series: one, image: a }: Film, { series: other, image: b }: Film): boolean {
  return one?.modality === other?.modality && a?.unit === b?.unit && a?.photometric === b?.photometric && (a?.unit !== null || one?.modality !== "MR");
}

/** Which image of `other` goes with the film's: the same place of the same space, else as far as the film went since `fromIndex`. */
function indexFor(film: Film, other: Film, fromIndex: number, otherFrom: number): number {
  const [image, its] = [film.image, other.image], from = film.series?.images[fromIndex];
  const [plane, theirs] = [image && planeOf(image), its && planeOf(its)];
  const last = (other.series?.images.length ?? 1) - 1;
  if (plane && theirs && areParallel(plane, theirs)) {
    if (sameSpace(film.series!, other.series!)) {
      const middle = toPatient(plane, { x: plane.columns / 2, y: plane.rows / 2 });
      return nearestTo(other.series!, middle)?.index ?? other.index;
    }
    const [here, there, start] = [depth(image!), from && depth(from), other.series!.images[otherFrom]];
    if (here !== null && there != null && start) {
      const way = Math.sign(plane.normal[0] * theirs.normal[0] + plane.normal[1] * theirs.normal[1] + plane.normal[2] * theirs.normal[2]);
      const wanted = (depth(start) ?? 0) + way * (here - there);
      return closest(other, wanted);
    }
  }
  return Math.min(last, Math.max(0, otherFrom + (film.index - fromIndex)));
}

function closest(film: Film, wanted: number): number {
  let best = film.index, away = Infinity;
  film.series!.images.forEach((image, index) => {
    const at = depth(image);
    if (at !== null && Math.abs(at - wanted) < away) { away = Math.abs(at - wanted); best = index; }
  });
  return best;
}
