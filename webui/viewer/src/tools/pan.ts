/** Dragging moves the image. */
import type { Tool } from "./tool";

export const panTool: Tool = {
  begin: (film) => ({ move: (_, dx, dy) => { film.pan = { x: film.pan.x + dx, y: film.pan.y + dy }; film.draw(); } }),
};
