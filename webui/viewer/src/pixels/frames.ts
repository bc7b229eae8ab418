/** Frames of the open exam: asked for in order, kept compressed, decoded ones kept up to a budget. */
import { ApiFault, get } from "../api";
import { isPreview } from "../core/preview";
import type { Decoders, Pixels } from "./decoding";
import type { FrameState, Pictures } from "./pictures";

const AT_ONCE = 6;
const DECODED_BYTES = 320 * 1024 * 1024;
const COMPRESSED_BYTES = 512 * 1024 * 1024;

export class Frames implements Pictures {
  readonly #decoders: Decoders;
  readonly #compressed = new Map<string, ArrayBuffer>();
  readonly #decoded = new Map<string, Pixels>();
  readonly #failed = new Map<string, ApiFault>();
  readonly #running = new Map<string, Promise<Pixels>>();
  #wanted: string[] = [];
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

  want(addresses: string[]): void { this.#wanted = addresses; this.#pump(); }

  forgive(): void { this.#failed.clear(); }

  clear(): void {
    this.#wanted = [];
    this.#compressed.clear(); this.#decoded.clear(); this.#failed.clear();
    this.#decodedBytes = this.#compressedBytes = 0;
  }

  #pump(): void {
    while (this.#fetching < AT_ONCE && this.#compressedBytes < COMPRESSED_BYTES) {
      const address = this.#wanted.shift();
      if (address === undefined) return;
      if (this.#compressed.has(address) || this.#failed.has(address) || this.#running.has(address)) continue;
      this.get(address).catch(() => {});
    }
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
      this.#compressed.delete(address);
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
