/** The volume of a series: made in a worker of its own from frames that the page has or still gets. */
import { ApiFault } from "../api";
import type { Look } from "../core/raycast";
import type { Cut, Sampled, Voxels } from "../core/reslice";
import { frameAddress, type ImageFacts, type Series } from "../core/series";
import type { Vector } from "../core/vectors";
import { decimated, decimationFor, gridOf, scaleOf, type Grid } from "../core/volume";
import type { Pictures } from "./pictures";

export type Voxel = "i16" | "u16" | "u8";
export interface Begin { kind: "begin"; id: number; size: Vector; voxel: Voxel; factor: number; source_columns: number; scale: { slope: number; intercept: number };
  padding: readonly [number, number] | null }
export interface Slice { kind: "slice"; id: number; index: number; data: Voxels; slope: number; intercept: number }
export interface Survey { low: number; high: number; spread: [number, number] }
export type Asked = Begin | Slice | { kind: "survey"; id: number }
  | { kind: "plane"; id: number; cut: Cut; factor: number } | { kind: "cast"; id: number; look: Look }
  | { kind: "texture"; id: number; low: number; high: number; factor: number };
export interface Told { id: number; answer?: unknown; failure?: string }
type Unnumbered<T> = T extends unknown ? Omit<T, "id"> : never;
interface Waiting { resolve(answer: never): void; reject(error: Error): void }

const AT_ONCE = 6, PILE = 16;
const MIB = 1024 * 1024;

/** What a volume may take of this device's memory: browsers that say nothing are taken for a phone or for a workstation. */
export function limitBytes(): number {
  const said = (navigator as { deviceMemory?: number }).deviceMemory;
  if (said) return said * 128 * MIB;
  return matchMedia("(pointer: coarse)").matches ? 256 * MIB : 768 * MIB;
}

/** Why a volume was not made: `memory`, `frames` with how many are missing, `closed`. */
export class NoVolume extends Error {
  constructor(readonly cause_word: "memory" | "frames" | "closed", readonly missing = 0) { super(cause_word); }
}

export class Volume {
  readonly #worker = new Worker(new URL("./volume.worker.ts", import.meta.url), { type: "module" });
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #closed = false;
  readonly voxel: Voxel;
  survey: Survey = { low: 0, high: 1, spread: [0, 1] };

  private constructor(readonly series: Series, readonly grid: Grid, readonly factor: number, readonly scale: ReturnType<typeof scaleOf>) {
    this.voxel = voxelOf(series.images, scale);
    this.#worker.onmessage = ({ data }: MessageEvent<Told>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.failure !== undefined) waiting?.reject(data.failure === "memory" ? new NoVolume("memory") : new Error(data.failure));
      else waiting?.resolve(data.answer as never);
    };
    this.#worker.onerror = () => this.#fail(new NoVolume("memory"));
  }

  /** A volume to be filled by `load`; throws `NoVolume` when this device has no room for it. */
  static of(series: Series): Volume {
    const whole = gridOf(series.images);
    const factor = whole && decimationFor(whole.size, voxelOf(series.images) === "u8" ? 1 : 2, limitBytes());
    if (!whole || !factor) throw new NoVolume("memory");
    return new Volume(series, factor > 1 ? decimated(whole, factor) : whole, factor, scaleOf(series.images));
  }

  /** Fetch what is missing and build; `told` hears how many slices are in. Rejects with `NoVolume`. */
  async load(pictures: Pictures, told: (slices: number) => void): Promise<void> {
    const { series, grid, factor, scale } = this, { images } = series;
    const begun = this.#ask<null>({ kind: "begin", size: grid.size, voxel: this.voxel, factor, source_columns: images[0]!.columns, scale, padding: images[0]!.padding ?? null });
    let next = 0, done = 0, missing = 0;
    const fetching = async (): Promise<void> => {
      while (next < images.length && !this.#closed) {
        const index = next, image = images[index]!;
        next += 1;
        const pixels = await pictures.get(frameAddress(series, image)).catch(() => null);
        if (!pixels || this.#closed || pixels.components !== 1) { missing += 1; continue; }
        const taken = this.#ask<null>({ kind: "slice", index, data: pixels.data as Voxels, slope: image.slope, intercept: image.intercept });
        done += 1;
        // The worker takes them in turn; now and then wait for it, or copies pile up.
        if (done % PILE === 0) await taken; else taken.catch(() => {});
        told(done);
      }
    };
    await Promise.all([begun, ...Array.from({ length: AT_ONCE }, fetching)]);
    if (this.#closed) throw new NoVolume("closed");
    if (missing) throw new NoVolume("frames", missing);
    this.survey = await this.#ask<Survey>({ kind: "survey" });
  }

  plane(cut: Cut, factor: number): Promise<Sampled> { return this.#ask({ kind: "plane", cut, factor }); }
  cast(look: Look): Promise<Uint8ClampedArray<ArrayBuffer>> { return this.#ask({ kind: "cast", look }); }
  texture(low: number, high: number, factor: number): Promise<{ size: [number, number, number]; data: Uint16Array }> {
    return this.#ask({ kind: "texture", low, high, factor });
  }

  /** Give the memory back. */
  close(): void {
    this.#closed = true;
    this.#worker.terminate();
    this.#fail(new NoVolume("closed"));
  }

  #ask<T>(question: Unnumbered<Asked>): Promise<T> {
    if (this.#closed) return Promise.reject(new NoVolume("closed"));
    const id = (this.#next += 1);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      this.#worker.postMessage({ ...question, id });
    });
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function voxelOf(images: readonly ImageFacts[], scale: { mixed: boolean } = { mixed: false }): Voxel {
  if (images.some(({ signed, intercept }) => signed || (scale.mixed && intercept !== images[0]!.intercept))) return "i16";
  return images.every(({ bits }) => bits <= 8) && !scale.mixed ? "u8" : "u16";
}

/** Why a request failed, as a film tells it. */
export const faultOf = (error: unknown): ApiFault => new ApiFault(error instanceof NoVolume && error.cause_word === "closed" ? "session" : "corrupt", 0);
