/**
 * Which tool a pointer uses on a film: the chosen one, pan by the middle button, zoom by the right one; the wheel scrolls.
 * Two fingers pinch to zoom, and scroll when they travel together.
 */
import type { Point } from "../core/measure";
import type { Film } from "../film";
import { panTool } from "./pan";
import type { Drag, Tool } from "./tool";
import { zoomBy, zoomTool } from "./zoom";

const SCROLL_PX = 18;
const STILL_PX = 4;

export function listen(film: Film, chosen: () => Tool, menu: (film: Film, at: Point) => void): void {
  const { canvas } = film;
  const fingers = new Map<number, Point>();
  let drag: { id: number; drag: Drag; last: Point; far: number; button: number } | null = null;
  let two: { gap: number; middle: Point; rest: number } | null = null;

  const finish = (event: PointerEvent): void => {
    fingers.delete(event.pointerId);
    if (fingers.size < 2) two = null;
    if (drag?.id !== event.pointerId) return;
    const { drag: ended, far, button } = drag;
    drag = null;
    ended.end?.(event);
    if (button === 2 && far < STILL_PX && event.type === "pointerup") menu(film, { x: event.clientX, y: event.clientY });
  };

  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 2) {
      if (drag) { drag.drag.end?.(event); drag = null; }
      two = { ...spread(fingers), rest: 0 };
      return;
    }
    if (fingers.size > 2 || drag) return;
    const tool = event.button === 1 ? panTool : event.button === 2 ? zoomTool : chosen();
    const begun = tool.begin(film, event);
    if (begun) drag = { id: event.pointerId, drag: begun, last: { x: event.clientX, y: event.clientY }, far: 0, button: event.button };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (two && fingers.size === 2) { two = pinched(film, two, spread(fingers)); return; }
    if (drag?.id !== event.pointerId) return;
    const [dx, dy] = [event.clientX - drag.last.x, event.clientY - drag.last.y];
    drag.far += Math.hypot(dx, dy);
    drag.last = { x: event.clientX, y: event.clientY };
    drag.drag.move(event, dx, dy);
  });
  for (const name of ["pointerup", "pointercancel"] as const) canvas.addEventListener(name, finish);
  canvas.addEventListener("wheel", wheel(film), { passive: false });
}

function spread(fingers: Map<number, Point>): { gap: number; middle: Point } {
  const [one, other] = [...fingers.values()] as [Point, Point];
  return { gap: Math.hypot(one.x - other.x, one.y - other.y), middle: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 } };
}

/** What two fingers did since the last look at them: apart or together they zoom, side by side they scroll. */
function pinched(film: Film, before: { gap: number; middle: Point; rest: number }, now: { gap: number; middle: Point }) {
  const stretch = Math.abs(now.gap - before.gap), travel = now.middle.y - before.middle.y;
  if (stretch > Math.abs(travel) && before.gap > 0) { zoomBy(film, now.gap / before.gap); return { ...now, rest: 0 }; }
  const rest = before.rest + travel, images = Math.trunc(rest / SCROLL_PX);
  if (images) film.goTo(film.index + images);
  return { ...now, rest: rest - images * SCROLL_PX };
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
