/** Planes of a volume as a film takes them: a series of images that no server has, each with the facts of where it lies. */
import type { Slab } from "./reslice";
import type { ImageFacts, Series } from "./series";
import { cornerOf, type Cuts, type View } from "./volume";

/** How planes are sampled: a slab's thickness, 0 for a plain plane, and what is made of the samples through it. */
export interface Sampling { thickness_mm: number; slab: Slab }

export interface Planes {
  view: View; cuts: Cuts; sampling: Sampling;
  /** What tells these planes from those cut another way through the same volume. */
  state: string;
  /** The number kept by the plane `at`, so that a film finds it again when planes are cut anew. */
  base: number; at: number;
}

/** The name of a plane, also its key among pictures. */
export function planeAddress(volume: string, { view, state, sampling: { thickness_mm, slab } }: Planes, index: number): string {
  return `mpr:${volume}/${view}/${state}/${thickness_mm}/${slab}/${index}`;
}

/** What a plane keeps of the images it is cut from: their values mean the same, and one lossy image makes all planes so. */
export interface Origin {
  series: Series; volume: string; scale: { slope: number; intercept: number; mixed: boolean }; low: number; high: number; outside: number; decimated: boolean;
}

/** What is written on planes: the name, then the slab and the origin; `mark` is for pixels that were computed. */
export interface PlaneWords { name: string; details: string[]; mark: { word: string; title: string } }

export function planeSeries(origin: Origin, planes: Planes, words: PlaneWords): Series {
  const { series: source, scale, low, high, outside } = origin, { view, cuts, sampling, base, at } = planes;
  const middle = source.images[Math.floor(source.images.length / 2)]!;
  const worst = source.images.find(({ quality }) => quality.lossy) ?? middle;
  const range = source.images.every((image) => image.range) && !scale.mixed
    ? [Math.min(...source.images.map(({ range }) => range![0])), Math.max(...source.images.map(({ range }) => range![1]))] as [number, number]
    : [low, high] as [number, number];
  const asItIs = cuts.original && sampling.thickness_mm === 0 && !origin.decimated;
  const images = Array.from({ length: cuts.count }, (_, index): ImageFacts => ({
    ...middle, sop_uid: `${origin.volume}/${view}`, frame: base + index - at, number: index + 1, rows: cuts.rows, columns: cuts.columns,
    position: [...cornerOf(cuts, index)], orientation: [...cuts.frame.right, ...cuts.frame.down], spacing_mm: [cuts.pixel_mm, cuts.pixel_mm],
    thickness_mm: sampling.thickness_mm || (asItIs ? middle.thickness_mm : cuts.step_mm), slope: scale.slope, intercept: scale.intercept, range,
    padding: [outside, outside], quality: worst.quality, patient_orientation: null, frame_time_ms: null,
    address: planeAddress(origin.volume, planes, index), plane: { view, name: words.name, details: words.details, mark: asItIs ? null : words.mark },
  }));
  return { ...source, description: [words.name, ...words.details].join(", "), images, undisplayable: [], expected: null, stacks: [] };
}

/** A value for what lies outside the volume: the images' own padding, else one that no voxel has, black on the screen. */
export function outsideOf({ images }: Pick<Series, "images">, low: number, high: number, kind: "i16" | "u16" | "u8"): number {
  const own = images[0]?.padding;
  if (own) return own[0];
  const [least, most] = { i16: [-32768, 32767], u16: [0, 65535], u8: [0, 255] }[kind] as [number, number];
  return images[0]?.inverted ? Math.min(most, high + 1) : Math.max(least, low - 1);
}
