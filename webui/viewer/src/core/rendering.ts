/** How a volume is looked at in three dimensions: the camera, what each mode makes visible, and the rays that follow. Pure. */
import { centreOf, voxels, type Grid } from "./volume";
import { add, cross, less, times, turned, unit, type Vector } from "./vectors";

/** Looks along `right` × `down`; both are unit vectors of the patient. A parallel projection: nothing gets smaller with distance. */
export interface Camera { right: Vector; down: Vector; zoom: number; pan: { x: number; y: number } }

/** From the front, from the patient's left, and from above with the face up. */
export const PRESET_VIEWS = {
  front: { right: [1, 0, 0], down: [0, 0, -1] }, side: { right: [0, 1, 0], down: [0, 0, -1] }, above: { right: [-1, 0, 0], down: [0, 1, 0] },
} as const satisfies Record<string, Pick<Camera, "right" | "down">>;
export type PresetView = keyof typeof PRESET_VIEWS;

export const MODES = ["bone", "soft", "vessels", "lung", "mip"] as const;
export type Mode = (typeof MODES)[number];

/** Turn the volume under a pointer that moved, in radians to the right and downwards. */
export function rotatedBy({ right, down, zoom, pan }: Camera, across: number, along: number): Camera {
  const [x, y] = [right, down].map((axis) => turned(turned(axis, down, across), right, -along)) as [Vector, Vector];
  const level = unit(x), z = cross(level, y);
  return { right: level, down: unit(cross(z, level)), zoom, pan };
}

/** A stop of a transfer function: opacity of a millimetre, and its colour, at a value. */
interface Stop { at: number; opacity: number; colour: Vector }
const stop = (at: number, opacity: number, ...colour: [number, number, number]): Stop => ({ at, opacity, colour });

/** In Hounsfield units. */
const CT: Record<Mode, Stop[]> = {
  bone: [stop(140, 0, 0.62, 0.4, 0.3), stop(230, 0.12, 0.75, 0.58, 0.42), stop(420, 0.75, 0.93, 0.86, 0.72), stop(1500, 0.95, 1, 0.98, 0.93)],
  soft: [stop(-260, 0, 0.8, 0.55, 0.42), stop(-120, 0.18, 0.86, 0.63, 0.5), stop(60, 0.5, 0.83, 0.5, 0.4), stop(300, 0.9, 0.95, 0.9, 0.8)],
  vessels: [stop(110, 0, 0.55, 0.08, 0.06), stop(190, 0.25, 0.8, 0.18, 0.12), stop(330, 0.7, 0.95, 0.5, 0.36), stop(700, 0.9, 1, 0.95, 0.86)],
  lung: [stop(-1010, 0, 0.3, 0.45, 0.6), stop(-900, 0.012, 0.42, 0.6, 0.72), stop(-720, 0.1, 0.86, 0.72, 0.66), stop(-480, 0.04, 0.9, 0.6, 0.5),
    stop(-300, 0, 0.9, 0.6, 0.5), stop(3000, 0, 1, 1, 1)],
  mip: [stop(-100, 0, 0, 0, 0), stop(900, 1, 1, 1, 1)],
};
/** In shares of the range between the 1st and the 99th percentile: what is not a scanner has no units of its own (R-L 5). */
const SHARES: Partial<Record<Mode, Stop[]>> = {
  soft: [stop(0.12, 0, 0.5, 0.4, 0.36), stop(0.25, 0.2, 0.75, 0.62, 0.55), stop(0.7, 0.55, 0.92, 0.86, 0.8), stop(1.2, 0.9, 1, 1, 1)],
  vessels: [stop(0.55, 0, 0.5, 0.1, 0.08), stop(0.75, 0.25, 0.8, 0.2, 0.14), stop(1, 0.7, 0.96, 0.6, 0.46), stop(1.5, 0.9, 1, 0.96, 0.9)],
  mip: [stop(0.05, 0, 0, 0, 0), stop(1.1, 1, 1, 1, 1)],
};

/** The modes that mean something for these values. */
export const modesFor = (hounsfield: boolean): readonly Mode[] => MODES.filter((mode) => hounsfield || mode in SHARES);
export const SHADED: Record<Mode, boolean> = { bone: true, soft: true, vessels: true, lung: false, mip: false };

/** How far the reader moved a mode's ramp, in its unit, and how much wider or narrower it was made. */
export interface Ramp { offset: number; stretch: number }
export const AS_GIVEN: Ramp = { offset: 0, stretch: 1 };

/** The stops of a mode in the volume's unit. `spread` holds the 1st and the 99th percentile. */
export function stopsOf(mode: Mode, hounsfield: boolean, [low, high]: readonly [number, number], { offset, stretch }: Ramp): Stop[] {
  const span = Math.max(high - low, 1e-6);
  const given = hounsfield ? CT[mode] : (SHARES[mode] ?? SHARES.mip!).map((one) => ({ ...one, at: low + one.at * span }));
  const middle = (given[0]!.at + given.at(-1)!.at) / 2;
  return given.map((one) => ({ ...one, at: middle + (one.at - middle) * stretch + offset }));
}

/** `entries` × (red, green, blue, opacity of a millimetre), each 0 to 1, for values from `low` to `high` evenly. */
export function transfer(stops: readonly Stop[], [low, high]: readonly [number, number], entries: number): Float32Array {
  const table = new Float32Array(entries * 4);
  for (let entry = 0; entry < entries; entry += 1) {
    const value = low + ((high - low) * entry) / (entries - 1);
    const next = stops.findIndex(({ at }) => at > value);
    const [before, after] = next === 0 ? [stops[0]!, stops[0]!] : next < 0 ? [stops.at(-1)!, stops.at(-1)!] : [stops[next - 1]!, stops[next]!];
    const share = after.at === before.at ? 0 : (value - before.at) / (after.at - before.at);
    const between = (from: number, to: number): number => from + (to - from) * share;
    for (const part of [0, 1, 2] as const) table[entry * 4 + part] = between(before.colour[part], after.colour[part]);
    table[entry * 4 + 3] = between(before.opacity, after.opacity);
  }
  return table;
}

/** Parallel rays in voxel indices: the first pixel's, what a pixel adds to the right and downwards, and a millimetre along them. */
export interface Rays { start: Vector; right: Vector; down: Vector; along: Vector; columns: number; rows: number }

/** The largest side of a volume's box, which fills the picture at zoom 1. */
export function extentOf({ size, steps }: Grid): number {
  return Math.hypot(...steps.map((step, axis) => Math.hypot(...step) * size[axis]!)) * 0.7;
}

/** Rays of a picture whose shorter side shows the volume; `pan` counts in shares of that side. */
export function raysOf(grid: Grid, { right, down, zoom, pan }: Camera, columns: number, rows: number): Rays {
  const side = Math.min(columns, rows), pixel_mm = extentOf(grid) / zoom / side, of = voxels(grid);
  const [x, y] = [-(columns - 1) / 2 - pan.x * side, -(rows - 1) / 2 - pan.y * side];
  const corner = add(centreOf(grid), add(times(right, x * pixel_mm), times(down, y * pixel_mm)));
  return {
    start: of(less(corner, grid.origin)), right: of(times(right, pixel_mm)), down: of(times(down, pixel_mm)), along: of(cross(right, down)), columns, rows,
  };
}

/** Bounds of what is shown along each axis of the volume, in shares of it. */
export type Box = readonly [readonly [number, number], readonly [number, number], readonly [number, number]];
export const WHOLE: Box = [[0, 1], [0, 1], [0, 1]];
