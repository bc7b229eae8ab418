/** Frames of the open exam: asked for in order, kept compressed, decoded ones kept up to a budget. */
import { ApiFault, get } from "../api";
import { isPreview } from "../core/preview";
import type { Decoders, Pixels } from "./decoding";
import type { FrameState, Pictures } from "./pictures";

const AT_ONCE = 6;
const MIB = 1024 * 1024;
/** Gibibytes of the device, where the browser says so (at most 8, rounded); a telephone that does not is taken for small. */
const DEVICE_GIB = (navigator as { deviceMemory?: number }).deviceMemory ?? (matchMedia("(pointer: coarse)").matches ? 2 : 8);
const DECODED_BYTES = Math.min(320, DEVICE_GIB * 48) * MIB;
const COMPRESSED_BYTES = Math.min(512, DEVICE_GIB * 80) * MIB;

export class Frames implements Pictures {
  readonly #decoders: Decoders;
  readonly #compressed = new Map<string, ArrayBuffer>();
  readonly #decoded = new Map<string, Pixels>();
  readonly #failed = new Map<string, ApiFault>();
  readonly #running = new Map<string, Promise<Pixels>>();
  /** What each film wants next; the film that asked last is served first. */
  #wanted = new Map<object, { next: string[]; all: ReadonlySet<string> }>();
  #fetching = 0;
  #decodedBytes = 0;
  #compressedBytes = 0;
  onchange: () => void = () => {};

  constructor(decoders: Decoders) { this.#decoders = decoders; }

  state(address: string): FrameState {
    if (this.#compressed.has(address)) return "loaded";
    return this.#failed.has(address) ? "failed" : "absent";
  }

  failure(address: string): ApiFault | undefined { return this.#failed.get(address); }

  atHand(address: string): Pixels | undefined {
    const pixels = this.#decoded.get(address);
    if (pixels) { this.#decoded.delete(address); this.#decoded.set(address, pixels); }
    return pixels;
  }

  get(address: string): Promise<Pixels> {
    const here = this.atHand(address);
    if (here) return Promise.resolve(here);
    let running = this.#running.get(address);
    if (!running) {
      running = this.#load(address).finally(() => { this.#running.delete(address); this.onchange(); this.#pump(); });
      this.#running.set(address, running);
    }
    return running;
  }

  want(addresses: string[], film: object = this): void {
    this.#wanted.delete(film);
    this.#wanted = new Map([[film, { next: [...addresses], all: new Set(addresses) }], ...this.#wanted]);
    this.#pump();
  }

  leave(film: object): void { this.#wanted.delete(film); }

  forgive(): void { this.#failed.clear(); }

  clear(): void {
    this.#wanted.clear();
    this.#compressed.clear(); this.#decoded.clear(); this.#failed.clear();
    this.#decodedBytes = this.#compressedBytes = 0;
  }

  #pump(): void {
    for (const { next } of this.#wanted.values()) {
      while (this.#fetching < AT_ONCE) {
        const address = next.shift();
        if (address === undefined) break;
        if (this.#compressed.has(address) || this.#failed.has(address) || this.#running.has(address)) continue;
        if (!this.#makeRoom()) return;
        this.get(address).catch(() => {});
      }
    }
  }

  /** Forget frames that no film shows any more, the oldest first; whether there is room for another. */
  #makeRoom(): boolean {
    for (const address of this.#compressed.keys()) {
      if (this.#compressedBytes < COMPRESSED_BYTES) return true;
      if (![...this.#wanted.values()].some(({ all }) => all.has(address))) this.#drop(address);
    }
    return this.#compressedBytes < COMPRESSED_BYTES;
  }

  /** Whoever scrolls farther than what may be kept is served, and what came first goes; it stays full, so that nothing is asked ahead. */
  #bound(newest: string): void {
    for (const [address, { byteLength }] of this.#compressed) {
      if (this.#compressedBytes - byteLength < COMPRESSED_BYTES) return;
      if (address !== newest) this.#drop(address);
    }
  }

  #drop(address: string): void {
    this.#compressedBytes -= this.#compressed.get(address)?.byteLength ?? 0;
    this.#compressed.delete(address);
  }

  async #load(address: string): Promise<Pixels> {
    this.#failed.delete(address);
    try {
      const bytes = this.#compressed.get(address) ?? (await this.#fetch(address));
      const pixels = await (isPreview(address) ? unpacked(bytes) : this.#decoders.decode(bytes));
      this.#keep(address, pixels);
      return pixels;
    } catch (error) {
      const fault = error instanceof ApiFault ? error : new ApiFault("corrupt", 0);
      this.#drop(address);
      this.#failed.set(address, fault);
      throw fault;
    }
  }

  async #fetch(address: string): Promise<ArrayBuffer> {
    this.#fetching += 1;
    try {
      const bytes = await (await get(address)).arrayBuffer();
      this.#compressed.set(address, bytes);
      this.#compressedBytes += bytes.byteLength;
      this.#bound(address);
      return bytes;
    } catch (error) {
      throw error instanceof ApiFault ? error : new ApiFault("network", 0);
    } finally { this.#fetching -= 1; }
  }

  #keep(address: string, pixels: Pixels): void {
    this.#decoded.set(address, pixels);
    this.#decodedBytes += pixels.data.byteLength;
    for (const [oldest, { data }] of this.#decoded) {
      if (this.#decodedBytes <= DECODED_BYTES || oldest === address) break;
      this.#decoded.delete(oldest);
      this.#decodedBytes -= data.byteLength;
    }
  }
}

/** The pixels of a JPEG, red, green, blue and opacity. */
async function unpacked(bytes: ArrayBuffer): Promise<Pixels> {
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
  const { width, height } = picture, context = new OffscreenCanvas(width, height).getContext("2d");
  if (!context) throw new Error("no 2D canvas");
  context.drawImage(picture, 0, 0);
  picture.close();
  return { width, height, components: 4, low: 0, high: 255, data: context.getImageData(0, 0, width, height).data, preview: true };
}
