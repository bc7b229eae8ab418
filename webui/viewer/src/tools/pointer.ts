/** Which tool a pointer uses on a film: the chosen one, pan by the middle button, zoom by the right one; the wheel scrolls. */
import type { Film } from "../film";
import { panTool } from "./pan";
import type { Tool } from "./tool";
import { zoomBy, zoomTool } from "./zoom";

export function listen(film: Film, chosen: () => Tool): void {
  const { canvas } = film;
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("pointerdown", (event) => {
    const tool = event.button === 1 ? panTool : event.button === 2 ? zoomTool : chosen();
    const drag = tool.begin(film, event);
    if (!drag) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    let [x, y] = [event.clientX, event.clientY];
    const move = (next: PointerEvent): void => {
      if (next.pointerId !== event.pointerId) return;
      drag.move(next, next.clientX - x, next.clientY - y);
      [x, y] = [next.clientX, next.clientY];
    };
    const end = (): void => {
      canvas.removeEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel"]) canvas.removeEventListener(name, end);
      drag.end?.();
    };
    canvas.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, end);
  });
  canvas.addEventListener("wheel", wheel(film), { passive: false });
}

function wheel(film: Film): (event: WheelEvent) => void {
  let rest = 0;
  return (event) => {
    event.preventDefault();
    if (event.ctrlKey) { zoomBy(film, Math.exp(-event.deltaY / 300)); return; }
    rest += event.deltaMode === 0 ? event.deltaY : event.deltaY * 40;
    const images = Math.abs(rest) >= 40 ? Math.sign(rest) * Math.max(1, Math.floor(Math.abs(rest) / 100)) : 0;
    if (images) { rest = 0; film.goTo(film.index + images); }
  };
}
