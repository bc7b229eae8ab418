/** Sampling a volume along planes and through slabs. Positions are voxel indices: (column, row, slice), centres at whole numbers. */
import type { Vector } from "./vectors";

export type Voxels = Int16Array | Uint16Array | Uint8Array | Int8Array;
export interface Volume { size: Vector; data: Voxels }
export const SLABS = ["mean", "mip", "minip"] as const;
export type Slab = (typeof SLABS)[number];

/** A raster in voxel indices: the centre of its first pixel, its steps, and the `samples` taken along `through` around it. */
export interface Cut {
  start: Vector; right: Vector; down: Vector; through: Vector; columns: number; rows: number; samples: number; slab: Slab;
  /** The value of what lies outside. */
  outside: number;
}
export interface Sampled { data: Voxels; low: number; high: number }

/**
 * The plane's pixels, trilinear, rounded to whole stored values; `low` and `high` are their extremes.
 *
 * A voxel reaches half a step beyond its centre: there the nearest value holds, farther out is outside. Samples of a slab that lie
 * outside do not count; where all do, the pixel is outside.
 */
export function reslice({ size: [nx, ny, nz], data }: Volume, cut: Cut): Sampled {
  const { start, right, down, through, columns, rows, samples, slab, outside } = cut;
  const output = new (data.constructor as { new (length: number): Voxels })(columns * rows);
  const [mx, my, mz] = [nx - 1, ny - 1, nz - 1], plane = nx * ny;
  const [sx, sy, sz] = [mx > 0 ? 1 : 0, my > 0 ? nx : 0, mz > 0 ? plane : 0];
  const [tx, ty, tz] = through, first = (1 - samples) / 2;
  const isMean = slab === "mean", isMip = slab === "mip";
  let low = Infinity, high = -Infinity, to = 0;
  for (let v = 0; v < rows; v += 1) {
    for (let u = 0; u < columns; u += 1, to += 1) {
      let x = start[0] + u * right[0] + v * down[0] + first * tx;
      let y = start[1] + u * right[1] + v * down[1] + first * ty;
      let z = start[2] + u * right[2] + v * down[2] + first * tz;
      let kept = isMean ? 0 : isMip ? -Infinity : Infinity, inside = 0;
      for (let sample = 0; sample < samples; sample += 1, x += tx, y += ty, z += tz) {
        if (x < -0.5 || y < -0.5 || z < -0.5 || x > mx + 0.5 || y > my + 0.5 || z > mz + 0.5) continue;
        const cx = x < 0 ? 0 : x > mx ? mx : x, cy = y < 0 ? 0 : y > my ? my : y, cz = z < 0 ? 0 : z > mz ? mz : z;
        let i = cx | 0, j = cy | 0, k = cz | 0;
        if (i === mx && i > 0) i -= 1;
        if (j === my && j > 0) j -= 1;
        if (k === mz && k > 0) k -= 1;
        const fx = cx - i, fy = cy - j, fz = cz - k, at = i + j * nx + k * plane;
        const a = data[at]! + fx * (data[at + sx]! - data[at]!), b = data[at + sy]! + fx * (data[at + sy + sx]! - data[at + sy]!);
        const near = a + fy * (b - a), up = at + sz;
        const c = data[up]! + fx * (data[up + sx]! - data[up]!), d = data[up + sy]! + fx * (data[up + sy + sx]! - data[up + sy]!);
        const value = near + fz * (c + fy * (d - c) - near);
        inside += 1;
        if (isMean) kept += value; else if (isMip ? value > kept : value < kept) kept = value;
      }
      const value = inside === 0 ? outside : Math.floor((isMean ? kept / inside : kept) + 0.5);
      output[to] = value;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { data: output, low, high };
}

/** A raster of half as many columns and rows over the same ground, for a quick look while something moves. */
export function coarser(cut: Cut, factor: number): Cut {
  const shift = (axis: 0 | 1 | 2): number => cut.start[axis] + ((cut.right[axis] + cut.down[axis]) * (factor - 1)) / 2;
  const wide = ([x, y, z]: Vector): Vector => [x * factor, y * factor, z * factor];
  return {
    ...cut, start: [shift(0), shift(1), shift(2)], right: wide(cut.right), down: wide(cut.down),
    columns: Math.ceil(cut.columns / factor), rows: Math.ceil(cut.rows / factor),
  };
}

/** The pixels of a coarser raster, each repeated so that the picture has its full size. */
export function repeated(data: Voxels, from: number, factor: number, columns: number, rows: number): Voxels {
  const output = new (data.constructor as { new (length: number): Voxels })(columns * rows);
  for (let v = 0, to = 0; v < rows; v += 1)
    for (let u = 0, row = Math.floor(v / factor) * from; u < columns; u += 1, to += 1) output[to] = data[row + Math.floor(u / factor)]!;
  return output;
}

/** How many samples a slab of this thickness takes, `step_mm` apart. */
export const samplesOf = (thickness_mm: number, step_mm: number): number => Math.max(1, Math.round(thickness_mm / step_mm));
