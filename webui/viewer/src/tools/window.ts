/** Dragging changes the window: right wider, down higher centre. */
import { dragged } from "../core/window";
import type { Tool } from "./tool";

export const windowTool: Tool = {
  begin(film) {
    return { move: (_, dx, dy) => {
      const { image, pixels } = film;
      if (!film.window || !image || !pixels) return;
      film.setWindow(dragged(film.window, dx, dy, Math.abs((pixels.high - pixels.low) * image.slope)));
    } };
  },
};
