/** Over a plane: where the two other planes cross it, to be taken by the line, by the middle or by a handle that turns them. */
import type { Point } from "../core/measure";
import { crossing, fromPlane, inPlane, type Cuts, type View } from "../core/volume";
import { add, dot, less, times, type Vector } from "../core/vectors";
import type { Film } from "../film";
import type { VolumeSay, VolumeWord } from "../volumeWords";

/** What a crosshair asks of the planes it shows. */
export interface Crossed {
  readonly centre: Vector;
  cutsOf(view: View): Cuts;
  moveTo(centre: Vector): void;
  turn(view: View, radians: number): void;
  /** Something is being dragged, or no longer. */
  hold(held: boolean): void;
}

const SVG = "http://www.w3.org/2000/svg";
const GAP_PX = 16, KEY_TURN = Math.PI / 36;
const LETTER: Record<View, string> = { axial: "a", coronal: "c", sagittal: "s" };
type Part = "line" | "turn" | "centre";

function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, string>): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

export class Crosshair {
  readonly #root = svg("svg", { class: "marks cross" });
  readonly #lines: { view: View; seen: SVGPathElement; hit: SVGPathElement; handles: SVGCircleElement[] }[] = [];
  readonly #middle = svg("circle", { class: "cross-middle", r: String(GAP_PX - 4), tabindex: "0", role: "button" });

  constructor(private readonly film: Film, private readonly view: View, others: View[], private readonly planes: Crossed, private readonly say: VolumeSay) {
    for (const other of others) {
      const seen = svg("path", { class: `axis ax-${LETTER[other]}`, "aria-hidden": "true" }), hit = svg("path", { class: "cross-hit", "aria-hidden": "true" });
      const handles = [0, 1].map((end) => svg("circle", {
        class: `cross-turn ax-${LETTER[other]}`, r: "6", ...(end ? { "aria-hidden": "true" } : { tabindex: "0", role: "slider", "aria-valuenow": "0",
          "aria-label": this.say("mpr.turn.line", { plane: this.say(`plane.${other}` as VolumeWord) }) }),
      }));
      this.#lines.push({ view: other, seen, hit, handles });
      this.#root.append(seen, hit, ...handles);
      this.#drag(hit, "line", other);
      for (const handle of handles) { this.#drag(handle, "turn", other); this.#keys(handle, "turn"); }
    }
    this.#middle.setAttribute("aria-label", this.say("mpr.centre"));
    this.#root.append(this.#middle);
    this.#drag(this.#middle, "centre", view);
    this.#keys(this.#middle, "centre");
    film.canvas.after(this.#root);
    this.#root.addEventListener("wheel", (event) => { event.preventDefault(); film.canvas.dispatchEvent(new WheelEvent(event.type, event)); }, { passive: false });
    film.canvas.addEventListener("dblclick", ({ clientX, clientY }) => this.planes.moveTo(this.#pointUnder(clientX, clientY)));
  }

  /** Draw the lines where the planes are now. */
  draw(): void {
    const { film, planes } = this, cuts = planes.cutsOf(this.view), ratio = window.devicePixelRatio || 1;
    this.#root.toggleAttribute("hidden", !film.pixels);
    const [a, b, c, d, e, f] = film.matrix();
    const at = inPlane(cuts, planes.centre);
    const [x, y] = [(a * at.x + c * at.y + e) / ratio, (b * at.x + d * at.y + f) / ratio];
    const { clientWidth: width, clientHeight: height } = film.canvas;
    this.#middle.setAttribute("cx", String(x)); this.#middle.setAttribute("cy", String(y));
    for (const { view, seen, hit, handles } of this.#lines) {
      const way = crossing(cuts, planes.cutsOf(view));
      if (!way) continue;
      const [wx, wy] = [a * way.x + c * way.y, b * way.x + d * way.y], size = Math.hypot(wx, wy) || 1, [dx, dy] = [wx / size, wy / size];
      const point = (far: number): string => `${(x + dx * far).toFixed(1)} ${(y + dy * far).toFixed(1)}`, end = width + height;
      const path = `M${point(-end)}L${point(-GAP_PX)}M${point(GAP_PX)}L${point(end)}`;
      seen.setAttribute("d", path); hit.setAttribute("d", path);
      handles.forEach((handle, n) => {
        const far = Math.min(width, height) * (n ? -0.3 : 0.3);
        handle.setAttribute("cx", String(x + dx * far)); handle.setAttribute("cy", String(y + dy * far));
      });
    }
  }

  #pointUnder(clientX: number, clientY: number): Vector {
    const cuts = this.planes.cutsOf(this.view);
    return fromPlane(cuts, this.film.index, this.film.under(clientX, clientY));
  }

  #angleUnder({ clientX, clientY }: PointerEvent): number {
    const from = this.film.under(clientX, clientY), middle: Point = inPlane(this.planes.cutsOf(this.view), this.planes.centre);
    return Math.atan2(from.y - middle.y, from.x - middle.x);
  }

  #drag(element: SVGElement, part: Part, other: View): void {
    const { planes } = this;
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) { this.film.canvas.dispatchEvent(new PointerEvent(event.type, event)); return; }
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
      planes.hold(true);
      let last = this.#pointUnder(event.clientX, event.clientY), angle = this.#angleUnder(event);
      const move = (next: PointerEvent): void => {
        if (part === "turn") {
          const now = this.#angleUnder(next), by = Math.atan2(Math.sin(now - angle), Math.cos(now - angle));
          angle = now;
          planes.turn(this.view, by);
          return;
        }
        const now = this.#pointUnder(next.clientX, next.clientY), moved = less(now, last);
        // A line takes its plane along, and only across itself; planes snap to where voxels are, the hand does not.
        const { normal } = planes.cutsOf(other);
        last = now;
        wanted = part === "centre" ? now : add(wanted, times(normal, dot(moved, normal)));
        planes.moveTo(wanted);
      };
      let wanted = planes.centre;
      const end = (): void => {
        element.removeEventListener("pointermove", move);
        for (const name of ["pointerup", "pointercancel"] as const) element.removeEventListener(name, end);
        planes.hold(false);
      };
      element.addEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel"] as const) element.addEventListener(name, end);
    });
  }

  /** By the keyboard the middle moves a pixel of the plane, a handle turns five degrees. */
  #keys(element: SVGElement, part: Part): void {
    element.addEventListener("keydown", (event) => {
      const way = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[event.key];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      const { frame, pixel_mm } = this.planes.cutsOf(this.view), step = pixel_mm * (event.shiftKey ? 10 : 1);
      if (part === "turn") this.planes.turn(this.view, (way[0] || way[1]) * KEY_TURN);
      else this.planes.moveTo(add(this.planes.centre, add(times(frame.right, way[0] * step), times(frame.down, way[1] * step))));
    });
  }
}
