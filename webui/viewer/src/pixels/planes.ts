/** Pictures of planes: asked of the volume's worker, the newest question of each view first, those seen lately kept. */
import { ApiFault } from "../api";
import { planeAddress, type Planes } from "../core/planes";
import { samplesOf, type Cut } from "../core/reslice";
import { less, times } from "../core/vectors";
import { VIEWS, cornerOf, voxels, type View } from "../core/volume";
import type { Pixels } from "./decoding";
import type { FrameState, Pictures } from "./pictures";
import { faultOf, type Volume } from "./volume";

const KEPT_BYTES = 64 * 1024 * 1024;
/** A view slower than this is drawn at half its resolution while something is dragged. */
const SLOW_MS = 25;

interface Question { address: string; index: number; planes: Planes; resolve(pixels: Pixels): void; reject(fault: ApiFault): void }

export class PlanePictures implements Pictures {
  readonly #planes = new Map<View, Planes>();
  readonly #kept = new Map<string, Pixels>();
  readonly #running = new Map<string, Promise<Pixels>>();
  readonly #asked = new Map<View, Question>();
  readonly #busy = new Set<View>();
  readonly #failed = new Map<string, ApiFault>();
  readonly ms: Record<View, number> = { axial: 0, coronal: 0, sagittal: 0 };
  #bytes = 0;
  /** Whether something is being dragged: a quick look is enough. */
  hurried = false;
  onchange: () => void = () => {};
  /** Hears the size of a plane just before a film takes it. */
  ontaken: (view: View, pixels: Pixels) => void = () => {};

  constructor(private readonly volume: Volume, private readonly name: string, private readonly outside: number) {}

  /** How the planes of a view lie from now on. */
  set(planes: Planes): void { this.#planes.set(planes.view, planes); }

  state(address: string): FrameState { return this.#failed.has(address) ? "failed" : "loaded"; }
  failure(address: string): ApiFault | undefined { return this.#failed.get(address); }
  want(): void { /* a plane takes a few milliseconds: none is made that nobody looks at */ }
  forgive(): void { this.#failed.clear(); }
  clear(): void { this.#kept.clear(); this.#bytes = 0; }

  atHand(address: string): Pixels | undefined { return this.#kept.get(address); }

  get(address: string): Promise<Pixels> {
    const kept = this.#kept.get(address);
    const view = VIEWS.find((name) => address.startsWith(`mpr:${this.name}/${name}/`));
    if (kept && view) { this.#kept.delete(address); this.#kept.set(address, kept); this.ontaken(view, kept); return Promise.resolve(kept); }
    const running = this.#running.get(address);
    if (running) return running;
    const planes = view && this.#planes.get(view), index = Number(address.slice(address.lastIndexOf("/") + 1));
    if (!view || !planes || planeAddress(this.name, planes, index) !== address) return Promise.reject(new ApiFault("not_found", 404));
    const asked = new Promise<Pixels>((resolve, reject) => {
      const passed = this.#asked.get(view);
      if (passed) { this.#running.delete(passed.address); passed.reject(new ApiFault("passed", 0)); }
      this.#asked.set(view, { address, index, planes, resolve, reject });
    });
    this.#running.set(address, asked);
    void this.#work(view);
    return asked;
  }

  async #work(view: View): Promise<void> {
    const question = this.#asked.get(view);
    if (!question || this.#busy.has(view)) return;
    this.#asked.delete(view);
    this.#busy.add(view);
    const { address, index, planes, resolve, reject } = question, quick = this.hurried && this.ms[view] > SLOW_MS;
    try {
      const began = performance.now();
      const sampled = await this.volume.plane(this.#cut(planes, index), quick ? 2 : 1);
      if (!quick) this.ms[view] = performance.now() - began;
      const pixels: Pixels = { ...sampled, width: planes.cuts.columns, height: planes.cuts.rows, components: 1 };
      if (!quick) this.#keep(address, pixels);
      this.ontaken(view, pixels);
      resolve(pixels);
    } catch (error) {
      this.#failed.set(address, faultOf(error));
      reject(faultOf(error));
    } finally {
      this.#running.delete(address);
      this.#busy.delete(view);
    }
    this.onchange();
    void this.#work(view);
  }

  #cut({ cuts, sampling: { thickness_mm, slab } }: Planes, index: number): Cut {
    const { grid } = this.volume, of = voxels(grid), { frame, normal, pixel_mm, columns, rows } = cuts;
    return {
      start: of(less(cornerOf(cuts, index), grid.origin)), right: of(times(frame.right, pixel_mm)), down: of(times(frame.down, pixel_mm)),
      through: of(times(normal, pixel_mm)), columns, rows, samples: samplesOf(thickness_mm, pixel_mm), slab, outside: this.outside,
    };
  }

  #keep(address: string, pixels: Pixels): void {
    this.#kept.set(address, pixels);
    this.#bytes += pixels.data.byteLength;
    for (const [oldest, { data }] of this.#kept) {
      if (this.#bytes <= KEPT_BYTES || oldest === address) break;
      this.#kept.delete(oldest);
      this.#bytes -= data.byteLength;
    }
  }
}
