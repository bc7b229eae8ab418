/** How marks look on a film: a yellow line on any grey, its values beside it, round handles on the chosen one. */
import { linesOf, type Line, type Mark } from "../core/marks";
import type { Point } from "../core/measure";
import type { Film } from "../film";
import type { Marks } from "../marks";
import type { Say, Word } from "../words";

const LINE = "#ffd54a", LABEL = "#ffe08a";

export function drawMarks(context: CanvasRenderingContext2D, film: Film, marks: Marks, say: Say): void {
  if (film.linesHidden || !film.seen || !film.pixels) return;
  const matrix = new DOMMatrix(film.matrix());
  for (const mark of marks.of(film)) drawMark(context, mark, matrix, film, mark === marks.selected, say);
}

/** The values of a mark in the reader's language, a line each. */
export function wordsOf(mark: Mark, film: Film, say: Say): string[] {
  if (!film.seen) return [];
  return linesOf(mark, film.seen, film.isPreview ? null : film.pixels, film.series?.suv ?? null).map((line) => worded(line, say));
}

function worded(line: Line, say: Say): string {
  if (line.kind === "text") return line.text;
  if (line.kind === "word") return say(line.word as Word);
  const number = line.value.toFixed(line.digits).replace("-", "−").replace(".", say("decimal"));
  return `${line.label ? `${say(`mark.${line.label}`)} ` : ""}${number}${line.unit === "°" ? "" : " "}${line.unit}`.trim();
}

function drawMark(context: CanvasRenderingContext2D, mark: Mark, matrix: DOMMatrix, film: Film, chosen: boolean, say: Say): void {
  const ratio = window.devicePixelRatio || 1;
  const points = mark.points.map((point) => matrix.transformPoint(point));
  const [one, two] = points;
  if (!one) return;
  context.lineWidth = (chosen ? 2.5 : 2) * ratio;
  context.strokeStyle = context.fillStyle = LINE;
  context.beginPath();
  if (mark.kind === "roi" && two) ellipse(context, mark, matrix);
  else if (mark.kind === "probe") { cross(context, one, 7 * ratio); }
  else points.forEach((point, n) => (n ? context.lineTo(point.x, point.y) : context.moveTo(point.x, point.y)));
  context.stroke();
  if (mark.kind === "arrow" && two) head(context, two, one, 12 * ratio);
  if (chosen) for (const { x, y } of points) { context.beginPath(); context.arc(x, y, 4 * ratio, 0, 2 * Math.PI); context.fill(); }
  label(context, mark.kind === "arrow" && two ? [two] : points, wordsOf(mark, film, say), ratio);
}

/** The ellipse of a box, drawn in image coordinates: a turned film turns it. */
function ellipse(context: CanvasRenderingContext2D, { points: [a, b] }: Mark, matrix: DOMMatrix): void {
  const [cx, cy, rx, ry] = [(a!.x + b!.x) / 2, (a!.y + b!.y) / 2, Math.abs(b!.x - a!.x) / 2, Math.abs(b!.y - a!.y) / 2];
  for (let step = 0; step <= 64; step += 1) {
    const angle = (step / 64) * 2 * Math.PI;
    const { x, y } = matrix.transformPoint({ x: cx + rx * Math.cos(angle), y: cy + ry * Math.sin(angle) });
    if (step) context.lineTo(x, y); else context.moveTo(x, y);
  }
}

function cross(context: CanvasRenderingContext2D, { x, y }: Point, size: number): void {
  context.moveTo(x - size, y); context.lineTo(x + size, y);
  context.moveTo(x, y - size); context.lineTo(x, y + size);
}

/** The head of an arrow that points from `from` to `to`. */
function head(context: CanvasRenderingContext2D, from: Point, to: Point, size: number): void {
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  context.beginPath();
  context.moveTo(to.x, to.y);
  for (const side of [-1, 1]) context.lineTo(to.x - size * Math.cos(angle + side * 0.4), to.y - size * Math.sin(angle + side * 0.4));
  context.fill();
}

function label(context: CanvasRenderingContext2D, points: Point[], lines: string[], ratio: number): void {
  if (lines.length === 0) return;
  const right = points.reduce((most, point) => (point.x > most.x ? point : most));
  context.font = `600 ${13 * ratio}px system-ui, sans-serif`;
  context.lineJoin = "round";
  const wide = Math.max(...lines.map((text) => context.measureText(text).width)), tall = 16 * ratio * lines.length;
  const x = right.x + 8 * ratio + wide > context.canvas.width ? Math.max(4 * ratio, Math.min(...points.map((point) => point.x)) - 8 * ratio - wide) : right.x + 8 * ratio;
  const y = Math.min(Math.max(right.y, 16 * ratio), Math.max(16 * ratio, context.canvas.height - tall + 8 * ratio));
  context.lineWidth = 3 * ratio;
  context.strokeStyle = "#000";
  context.fillStyle = LABEL;
  lines.forEach((text, row) => { context.strokeText(text, x, y + row * 16 * ratio); context.fillText(text, x, y + row * 16 * ratio); });
}
