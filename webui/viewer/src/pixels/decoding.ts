/** A small pool of decoding workers. */

export interface Pixels {
  width: number; height: number; components: number; low: number; high: number;
  data: Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array;
  /** Whether these are greys or colours already at a window, of a picture made with loss. */
  preview?: boolean;
}
export interface Question { id: number; bytes: ArrayBuffer }
export interface Answer { id: number; pixels?: Pixels; failure?: string }

interface Waiting { resolve(pixels: Pixels): void; reject(error: Error): void; worker: number }

/** Decodes frames in `size` workers; the least busy one takes the next. */
export class Decoders {
  readonly #workers: Worker[];
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  constructor(size: number) {
    this.#workers = Array.from({ length: size }, () => this.#start());
  }

  decode(bytes: ArrayBuffer): Promise<Pixels> {
    const id = (this.#next += 1);
    const load = this.#workers.map((_, n) => [...this.#waiting.values()].filter(({ worker }) => worker === n).length);
    const worker = load.indexOf(Math.min(...load));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, worker });
      this.#workers[worker]?.postMessage({ id, bytes } satisfies Question);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL("./decode.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.pixels) waiting?.resolve(data.pixels);
      else waiting?.reject(new Error(data.failure ?? "decode"));
    };
    worker.onerror = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("decoder"));
      this.#waiting.clear();
    };
    return worker;
  }
}
