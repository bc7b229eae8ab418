/** Presentations that the hospital saved, applied when the reader asks, and taken off again. */
import { drawingsOf, presentationsOf, turnOf, windowOf, type Drawing, type Presentation } from "./core/presentation";
import type { Opened } from "./core/series";
import type { Film, View } from "./film";

const COLOUR = "#c9a6ff";

export class Presentations {
  /** Which one is applied on a film, and how the film was looked at before. */
  readonly #applied = new Map<Film, { state: Presentation; before: View }>();

  constructor(private readonly opened: () => Opened) {}

  of(film: Film): Presentation[] {
    const study = this.opened().studies.find(({ uid }) => uid === film.study?.uid);
    return film.seen && study ? presentationsOf(study.presentations ?? [], film.seen) : [];
  }

  /** The one that is applied to the image that is seen. */
  appliedTo(film: Film): Presentation | null {
    const state = this.#applied.get(film)?.state;
    return state && this.of(film).includes(state) ? state : null;
  }

  /** Whether any image of the film's exam has one. */
  any(film: Film): boolean { return !!this.opened().studies.find(({ uid }) => uid === film.study?.uid)?.presentations?.length; }

  /** Apply the next one of the image that is seen; after the last one, none. */
  next(film: Film): Presentation | null {
    const states = this.of(film), current = this.appliedTo(film);
    const state = states[current ? states.indexOf(current) + 1 : 0] ?? null;
    this.#takeOff(film);
    if (state) this.#apply(film, state); else film.draw();
    return state;
  }

  #apply(film: Film, state: Presentation): void {
    const image = film.seen;
    if (!image) return;
    this.#applied.set(film, { state, before: film.view() });
    film.turn = turnOf(state);
    film.inverted = state.inverted;
    const window = windowOf(state, image);
    if (window) film.setWindow(window);
    film.draw();
  }

  #takeOff(film: Film): void {
    const held = this.#applied.get(film);
    this.#applied.delete(film);
    if (!held) return;
    film.turn = held.before.turn;
    film.inverted = held.before.inverted;
    if (held.before.window) film.setWindow(held.before.window);
    else film.forgetWindow();
  }

  draw(context: CanvasRenderingContext2D, film: Film): void {
    const state = this.appliedTo(film);
    if (!state || !film.seen) return;
    const matrix = new DOMMatrix(film.matrix()), ratio = window.devicePixelRatio || 1;
    context.strokeStyle = context.fillStyle = COLOUR;
    context.lineWidth = 1.5 * ratio;
    for (const drawing of drawingsOf(state, film.seen)) drawn(context, drawing, matrix, ratio);
  }
}

function drawn(context: CanvasRenderingContext2D, { kind, points, filled, text }: Drawing, matrix: DOMMatrix, ratio: number): void {
  const at = Array.from({ length: points.length / 2 }, (_, n) => matrix.transformPoint({ x: points[2 * n]!, y: points[2 * n + 1]! }));
  const [one, two, three, four] = at;
  if (!one) return;
  context.beginPath();
  if (kind === "text") {
    context.font = `600 ${13 * ratio}px system-ui, sans-serif`;
    context.fillText(text, Math.min(one.x, two?.x ?? one.x), two ? Math.max(one.y, two.y) : one.y);
    return;
  }
  if (kind === "point") context.arc(one.x, one.y, 3 * ratio, 0, 2 * Math.PI);
  else if (kind === "circle" && two) context.arc(one.x, one.y, Math.hypot(two.x - one.x, two.y - one.y), 0, 2 * Math.PI);
  else if (kind === "ellipse" && two && three && four) {
    // Ends of the major axis, then of the minor one.
    const [cx, cy] = [(one.x + two.x) / 2, (one.y + two.y) / 2];
    context.ellipse(cx, cy, Math.hypot(two.x - one.x, two.y - one.y) / 2, Math.hypot(four.x - three.x, four.y - three.y) / 2, Math.atan2(two.y - one.y, two.x - one.x), 0, 2 * Math.PI);
  } else at.forEach(({ x, y }, n) => (n ? context.lineTo(x, y) : context.moveTo(x, y)));
  if (filled && kind !== "polyline") context.fill();
  context.stroke();
}
