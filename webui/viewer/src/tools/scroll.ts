/** Dragging up and down goes through the stack. */
import type { Tool } from "./tool";

export const scrollTool: Tool = {
  begin(film) {
    const total = film.series?.images.length ?? 1;
    const step = Math.max(3, film.canvas.clientHeight / Math.max(total, 1));
    let rest = 0;
    return { move: (_, __, dy) => {
      rest += dy;
      const images = Math.trunc(rest / step);
      if (images) { rest -= images * step; film.goTo(film.index + images); }
    } };
  },
};
