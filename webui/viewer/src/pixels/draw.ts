/** Stored pixels to the grey or colour of a canvas. */
import type { ImageFacts, Window } from "../core/series";
import { greyTable } from "../core/window";
import type { Pixels } from "./decoding";

/** The window that changes nothing of 8 bits. */
const AS_IT_IS: Window = { center: 128, width: 256 };

/** What a canvas holds: panning, zooming and marks need no new greys. */
const held = new WeakMap<HTMLCanvasElement, { pixels: Pixels; look: string }>();

/** Paint `pixels` at a window into `target`, one canvas pixel an image pixel. */
export function paint(target: HTMLCanvasElement, pixels: Pixels, image: ImageFacts, window: Window, inverted: boolean): void {
  if (target.width !== pixels.width || target.height !== pixels.height) {
    target.width = pixels.width; target.height = pixels.height;
  }
  const context = target.getContext("2d");
  if (!context) throw new Error("no 2D canvas");
  if (pixels.preview) window = AS_IT_IS;
  const look = `${window.center}/${window.width}/${inverted}/${image.slope}/${image.intercept}/${image.voi}`, before = held.get(target);
  if (before?.pixels === pixels && before.look === look) return;
  held.set(target, { pixels, look });
  const output = context.createImageData(pixels.width, pixels.height);
  if (pixels.components >= 3) colour(output.data, pixels, image, window, inverted);
  else greys(new Uint32Array(output.data.buffer), pixels, image, window, inverted);
  context.putImageData(output, 0, 0);
}

/** The canvas lost what was painted. */
export function forgetPainted(target: HTMLCanvasElement): void { held.delete(target); }

function greys(output: Uint32Array, pixels: Pixels, image: ImageFacts, window: Window, inverted: boolean): void {
  const table = greyTable(image, window, inverted, pixels.low, pixels.high);
  const { data, low } = pixels;
  for (let i = 0; i < output.length; i += 1) {
    const level = table[(data[i] as number) - low] as number;
    output[i] = 0xff000000 | (level << 16) | (level << 8) | level;
  }
}

function colour(output: Uint8ClampedArray, pixels: Pixels, image: ImageFacts, window: Window, inverted: boolean): void {
  const table = greyTable({ slope: 1, intercept: 0, voi: pixels.preview ? "LINEAR" : image.voi }, window, inverted, 0, 255);
  const { data, components } = pixels;
  for (let i = 0, from = 0; i < output.length; i += 4, from += components) {
    for (let channel = 0; channel < 3; channel += 1) output[i + channel] = table[data[from + channel] as number] as number;
    output[i + 3] = 255;
  }
}
