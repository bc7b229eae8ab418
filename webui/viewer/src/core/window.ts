/** Window arithmetic (PS3.3 C.11.2.1.2) and its words. */
import type { ImageFacts, Series, Window } from "./series";

export const CT_PRESETS: Record<string, Window> = {
  brain: { center: 40, width: 80 }, bone: { center: 500, width: 2000 }, lung: { center: -600, width: 1500 },
  mediastinum: { center: 40, width: 400 }, abdomen: { center: 50, width: 350 }, liver: { center: 80, width: 150 },
};
/** Shares of pixels left black and white on each side, by preset. */
export const MR_PRESETS: Record<string, readonly [number, number]> = { soft: [1, 99], hard: [5, 95] };

/** Uptake values shown from white to black, by preset; only where SUV holds (R-L 5, 8). */
export const SUV_PRESETS: Record<string, number> = { suv5: 5, suv10: 10 };

/** The window from nothing to an uptake value, in the image's unit; null where none is known. */
export function suvWindow(name: string, series: Pick<Series, "suv"> | null): Window | null {
  const most = SUV_PRESETS[name], factor = series?.suv?.factor;
  return most && factor ? { center: most / factor / 2, width: most / factor } : null;
}

/** Grey level 0 to 255 of a value in modality units. */
export function grey(value: number, { center, width }: Window, voi: ImageFacts["voi"]): number {
  if (voi === "SIGMOID") return 255 / (1 + Math.exp((-4 * (value - center)) / width));
  const exact = voi === "LINEAR_EXACT";
  const span = exact ? width : width - 1;
  const middle = exact ? center : center - 0.5;
  if (span <= 0) return value > middle ? 255 : 0;
  return Math.min(255, Math.max(0, ((value - middle) / span + 0.5) * 255));
}

/** Table from stored value minus `low` to grey, for stored values `low` to `high`, both included. */
export function greyTable(
  image: Pick<ImageFacts, "slope" | "intercept" | "voi">,
  window: Window, inverted: boolean, low: number, high: number,
): Uint8ClampedArray {
  const table = new Uint8ClampedArray(high - low + 1);
  for (let stored = low; stored <= high; stored += 1) {
    const level = grey(stored * image.slope + image.intercept, window, image.voi);
    table[stored - low] = inverted ? 255 - level : level;
  }
  return table;
}

/** The window an image opens with: its own, else the range of its values, padding left out. */
export function openingWindow(image: ImageFacts, lowest: number, highest: number): Window {
  if (image.photometric === "RGB") return { center: 128, width: 256 };  // colours are shown as they are
  const [low, high] = image.range ?? [lowest, highest];
  const own = image.windows.find(({ width }) => width >= 1 || (image.voi !== "LINEAR" && width > 0));
  if (own) return own;
  const [least, most] = [low * image.slope + image.intercept, high * image.slope + image.intercept].sort((a, b) => a - b);
  return { center: ((least ?? 0) + (most ?? 0) + 1) / 2, width: Math.max(1, (most ?? 0) - (least ?? 0) + 1) };
}

/** The window after a drag: to the right wider, down darker; the step follows the range of values. */
export function dragged(window: Window, dx: number, dy: number, span: number): Window {
  const step = Math.max(span, 1) / 1000;
  const small = span < 20;
  const rounded = (value: number): number => (small ? value : Math.round(value));
  return { center: rounded(window.center + dy * step), width: Math.max(small ? 0.001 : 1, rounded(window.width + dx * step)) };
}

/** Window that leaves `low` and `high` percent of the stored values outside, padding apart (R-L 5). */
export function percentileWindow(
  pixels: ArrayLike<number>, image: Pick<ImageFacts, "slope" | "intercept" | "padding">, [low, high]: readonly [number, number],
): Window {
  const sampled = Float64Array.from({ length: Math.min(pixels.length, 65536) }, (_, i) =>
    pixels[Math.floor((i * pixels.length) / Math.min(pixels.length, 65536))] ?? 0).sort();
  const [first, last] = image.padding ?? [Infinity, -Infinity];
  const kept = sampled.filter((value) => value < first || value > last);
  const some = kept.length > 0 ? kept : sampled;
  const at = (share: number): number => (some[Math.round((share / 100) * (some.length - 1))] ?? 0) * image.slope + image.intercept;
  const [least, most] = [at(low), at(high)].sort((a, b) => a - b) as [number, number];
  return { center: (least + most) / 2, width: Math.max(1, most - least) };
}

/** `80 / 40`: width then centre, as the presets are written; a true minus sign. */
export function windowNumbers({ center, width }: Window): string {
  const said = (value: number): string => String(Math.abs(value) < 20 ? Math.round(value * 100) / 100 : Math.round(value)).replace("-", "−");
  return `${said(width)} / ${said(center)}`;
}

/** Identifier of the preset a window is, or null. */
export function presetOf(window: Window): string | null {
  const found = Object.entries(CT_PRESETS).find(([, { center, width }]) => center === window.center && width === window.width);
  return found?.[0] ?? null;
}
