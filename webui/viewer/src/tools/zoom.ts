/** Dragging up enlarges, down reduces, around the middle of the film. */
import type { Film } from "../film";
import type { Tool } from "./tool";

export function zoomBy(film: Film, factor: number): void {
  const next = Math.min(40, Math.max(0.1, film.zoom * factor));
  const real = next / film.zoom;
  film.zoom = next;
  film.pan = { x: film.pan.x * real, y: film.pan.y * real };
  film.draw();
}

export const zoomTool: Tool = { begin: (film) => ({ move: (_, __, dy) => zoomBy(film, Math.exp(-dy / 150)) }) };
