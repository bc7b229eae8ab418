/** The 3D cursor: every other film of the same space goes to the point under the pointer. */
import { nearestTo, planeOf, sameSpace, toImage, toPatient, type Vector } from "../core/geometry";
import type { Film } from "../film";
import type { Tool } from "./tool";

const FARTHEST_MM = 10;

export class Cursor implements Tool {
  /** The pointed place, and the film it was pointed on. */
  #at: { point: Vector; film: Film } | null = null;

  constructor(private readonly films: () => readonly Film[], private readonly refuse: (why: "cursor.unplaced") => void) {}

  begin(film: Film, event: PointerEvent) {
    if (!film.seen || !planeOf(film.seen)) { this.refuse("cursor.unplaced"); return null; }
    this.#point(film, event);
    return { move: (next: PointerEvent) => this.#point(film, next) };
  }

  clear(): void { this.#at = null; }

  #point(film: Film, event: PointerEvent): void {
    const plane = film.seen && planeOf(film.seen);
    if (!plane) return;
    this.#at = { point: toPatient(plane, film.under(event.clientX, event.clientY)), film };
    for (const other of this.films()) {
      if (other !== film && other.series && film.series && sameSpace(other.series, film.series)) {
        const nearest = nearestTo(other.series, this.#at.point);
        if (nearest && nearest.away_mm < FARTHEST_MM && nearest.index !== other.index) other.goTo(nearest.index);
      }
      other.draw();
    }
  }

  /** Draw the place on a film of its space, where it lies close enough. */
  draw(context: CanvasRenderingContext2D, film: Film): void {
    const at = this.#at, plane = film.seen && planeOf(film.seen);
    if (!at || !plane || !film.series || !at.film.series) return;
    if (film !== at.film && !sameSpace(film.series, at.film.series)) return;
    const found = toImage(plane, at.point);
    if (Math.abs(found.away_mm) > FARTHEST_MM) return;
    const ratio = window.devicePixelRatio || 1, { x, y } = new DOMMatrix(film.matrix()).transformPoint(found);
    context.strokeStyle = "#6fe0ff";
    context.lineWidth = 1.5 * ratio;
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
      context.moveTo(x + dx * 5 * ratio, y + dy * 5 * ratio);
      context.lineTo(x + dx * 16 * ratio, y + dy * 16 * ratio);
    }
    context.stroke();
  }
}
