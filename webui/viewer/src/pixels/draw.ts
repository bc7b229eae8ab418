/** Stored pixels to the grey or colour of a canvas. */
import type { ImageFacts, Window } from "../core/series";
import { greyTable } from "../core/window";
import type { Pixels } from "./decoding";

/** The window that changes nothing of 8 bits. */
const AS_IT_IS: Window = { center: 128, width: 256 };
/** More pixels than these are sampled while a window is dragged. */
const QUICK_PIXELS = 1_500_000;

/** How large a pixel of the image is on the screen, and whether it is better drawn now than well. */
export interface Haste { scale: number; quick: boolean }

/** A canvas of greys behind a film: painted anew only when they change; panning, zooming and marks need none. */
export class Paper {
  readonly #whole = document.createElement("canvas");
  readonly #small = document.createElement("canvas");
  #held: { pixels: Pixels; look: string } | null = null;
  #halved = "";
  onrestored: () => void = () => {};

  constructor() {
    this.#whole.addEventListener("contextrestored", () => { this.#held = null; this.#halved = ""; this.onrestored(); });
  }

  /** The image at a window; smaller than its pixels where the screen shows less of them. */
  paint(pixels: Pixels, image: ImageFacts, window: Window, inverted: boolean, { scale, quick }: Haste): HTMLCanvasElement {
    const used = pixels.preview ? AS_IT_IS : window, count = pixels.width * pixels.height;
    const step = quick && count > QUICK_PIXELS ? Math.ceil(Math.sqrt(count / QUICK_PIXELS)) : 1;
    const look = `${used.center}/${used.width}/${inverted}/${image.slope}/${image.intercept}/${image.voi}/${step}`;
    if (this.#held?.pixels !== pixels || this.#held.look !== look) {
      paint(this.#whole, pixels, image, used, inverted, step);
      this.#held = { pixels, look };
      this.#halved = "";
    }
    return step > 1 ? this.#whole : this.#reduced(scale);
  }

  /** The painted image in halves, as long as a pixel of it stays smaller than one of the screen: what moves is small then. */
  #reduced(scale: number): HTMLCanvasElement {
    const halves = Math.floor(Math.log2(1 / Math.max(scale, 1e-3)));
    if (halves < 1) return this.#whole;
    if (this.#halved !== String(halves)) {
      this.#small.width = Math.max(1, Math.round(this.#whole.width / 2 ** halves));
      this.#small.height = Math.max(1, Math.round(this.#whole.height / 2 ** halves));
      const context = this.#small.getContext("2d");
      if (!context) return this.#whole;
      context.imageSmoothingQuality = "high";
      context.drawImage(this.#whole, 0, 0, this.#small.width, this.#small.height);
      this.#halved = String(halves);
    }
    return this.#small;
  }
}

/** Paint `pixels` at a window into `target`, one canvas pixel an image pixel, or one for every `step` of a row and column. */
function paint(target: HTMLCanvasElement, pixels: Pixels, image: ImageFacts, window: Window, inverted: boolean, step: number): void {
  const [width, height] = [Math.ceil(pixels.width / step), Math.ceil(pixels.height / step)];
  if (target.width !== width || target.height !== height) { target.width = width; target.height = height; }
  const context = target.getContext("2d");
  if (!context) throw new Error("no 2D canvas");
  const output = context.createImageData(width, height);
  if (pixels.components >= 3) colour(output.data, pixels, image, window, inverted, step);
  else greys(new Uint32Array(output.data.buffer), pixels, image, window, inverted, step);
  context.putImageData(output, 0, 0);
}

function greys(output: Uint32Array, pixels: Pixels, image: ImageFacts, window: Window, inverted: boolean, step: number): void {
  const levels = greyTable(image, window, inverted, pixels.low, pixels.high), table = new Uint32Array(levels.length);
  for (let i = 0; i < levels.length; i += 1) { const level = levels[i] as number; table[i] = 0xff000000 | (level << 16) | (level << 8) | level; }
  const { data, low, width, height } = pixels;
  if (step === 1) { for (let i = 0; i < output.length; i += 1) output[i] = table[(data[i] as number) - low] as number; return; }
  for (let y = 0, to = 0; y < height; y += step) for (let from = y * width, end = from + width; from < end; from += step, to += 1)
    output[to] = table[(data[from] as number) - low] as number;
}

function colour(output: Uint8ClampedArray, pixels: Pixels, image: ImageFacts, window: Window, inverted: boolean, step: number): void {
  const table = greyTable({ slope: 1, intercept: 0, voi: pixels.preview ? "LINEAR" : image.voi }, window, inverted, 0, 255);
  const { data, components, width, height } = pixels;
  for (let y = 0, to = 0; y < height; y += step) for (let x = 0; x < width; x += step, to += 4) {
    const from = (y * width + x) * components;
    for (let channel = 0; channel < 3; channel += 1) output[to + channel] = table[data[from + channel] as number] as number;
    output[to + 3] = 255;
  }
}
