/** Straight-line measurement: drawn on its image, in millimetres with their origin, or in pixels. */
import { lengthOf, type Point } from "../core/measure";
import { frameAddress } from "../core/series";
import type { Film } from "../film";
import type { Say, Word } from "../words";
import type { Tool } from "./tool";

interface Line { from: Point; to: Point }

class Measures {
  readonly #lines = new Map<string, Line[]>();

  add(film: Film, line: Line): void {
    if (!film.series || !film.image) return;
    const address = frameAddress(film.series, film.image);
    this.#lines.set(address, [...(this.#lines.get(address) ?? []), line]);
  }

  /** Remove every line of the film's series. */
  delete(film: Film): void {
    for (const image of film.series?.images ?? []) this.#lines.delete(frameAddress(film.series!, image));
  }

  dropEmpty(film: Film): void {
    if (!film.series || !film.image) return;
    const address = frameAddress(film.series, film.image);
    this.#lines.set(address, (this.#lines.get(address) ?? []).filter(({ from, to }) => Math.hypot(to.x - from.x, to.y - from.y) >= 1));
  }

  draw(context: CanvasRenderingContext2D, film: Film, say: Say): void {
    if (!film.series || !film.image || !film.pixels) return;
    const matrix = new DOMMatrix(film.matrix());
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (const line of this.#lines.get(frameAddress(film.series, film.image)) ?? []) drawLine(context, matrix, line, film, say);
  }
}

export const measures = new Measures();

function drawLine(context: CanvasRenderingContext2D, matrix: DOMMatrix, { from, to }: Line, film: Film, say: Say): void {
  const ratio = window.devicePixelRatio || 1;
  const [one, two] = [matrix.transformPoint(from), matrix.transformPoint(to)];
  context.strokeStyle = "#ffd54a";
  context.lineWidth = 2 * ratio;
  context.beginPath();
  context.moveTo(one.x, one.y);
  context.lineTo(two.x, two.y);
  context.stroke();
  const { value, unit, origin } = lengthOf(from, to, film.image!);
  const number = value.toFixed(1).replace(".", say("decimal"));
  context.font = `600 ${13 * ratio}px system-ui, sans-serif`;
  context.lineWidth = 3 * ratio;
  context.strokeStyle = "#000";
  context.fillStyle = "#ffe08a";
  [`${number} ${unit}`, say(`origin.${origin}` as Word)].forEach((text, row) => {
    const [x, y] = [Math.max(one.x, two.x) + 8 * ratio, (one.x > two.x ? one.y : two.y) + row * 16 * ratio];
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  });
}

export const lengthTool: Tool = {
  begin(film, event) {
    if (!film.pixels) return null;
    const at = film.under(event.clientX, event.clientY);
    const line = { from: at, to: at };
    measures.add(film, line);
    film.linesHidden = false;
    return {
      move: (next) => { line.to = film.under(next.clientX, next.clientY); film.draw(); },
      end: () => { measures.dropEmpty(film); film.draw(); },
    };
  },
};
