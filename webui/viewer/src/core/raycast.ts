/** Casting rays through a volume on the CPU: what a page without WebGL 2 shows. Pure; slower and coarser, never different in kind. */
import type { Box, Rays } from "./rendering";
import type { Volume } from "./reslice";
import type { Vector } from "./vectors";

/** Lowest and highest value of cubes of `SIDE` voxels, their seams counted on both sides: where all are clear, rays jump. */
export interface Blocks { counts: Vector; lows: Int32Array; highs: Int32Array }
const SIDE = 8;
const OPAQUE = 0.97;

export function blocksOf({ size, data }: Volume): Blocks {
  const counts = size.map((n) => Math.ceil(n / SIDE)) as unknown as [number, number, number], [nx, ny, nz] = size;
  const total = counts[0] * counts[1] * counts[2];
  const lows = new Int32Array(total).fill(2 ** 30), highs = new Int32Array(total).fill(-(2 ** 30));
  for (let bz = 0, block = 0; bz < counts[2]; bz += 1) for (let by = 0; by < counts[1]; by += 1) for (let bx = 0; bx < counts[0]; bx += 1, block += 1) {
    let low = 2 ** 30, high = -(2 ** 30);
    const [x1, y1, z1] = [Math.min(nx, bx * SIDE + SIDE + 1), Math.min(ny, by * SIDE + SIDE + 1), Math.min(nz, bz * SIDE + SIDE + 1)];
    for (let z = bz * SIDE; z < z1; z += 1) for (let y = by * SIDE; y < y1; y += 1) for (let x = bx * SIDE, at = x + nx * (y + ny * z); x < x1; x += 1, at += 1) {
      const value = data[at]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    lows[block] = low; highs[block] = high;
  }
  return { counts, lows, highs };
}

/** What a cast shows: a table of `transfer` for stored values `low` to `high`, the light's direction being the ray's. */
export interface Look {
  rays: Rays; table: Float32Array; low: number; high: number; box: Box; shaded: boolean; mip: boolean;
  /** Millimetres between samples, and of a voxel's sides. */
  step_mm: number; spacing_mm: Vector;
}

/** Red, green, blue, 255 of each pixel. */
export function cast(volume: Volume, blocks: Blocks, look: Look): Uint8ClampedArray {
  const { rays: { start, right, down, along, columns, rows }, table, low, high, box, shaded, mip, step_mm, spacing_mm } = look;
  const { size: [nx, ny, nz], data } = volume, plane = nx * ny, entries = table.length / 4;
  const output = new Uint8ClampedArray(columns * rows * 4);
  const scale = (entries - 1) / Math.max(high - low, 1);
  const empty = clear(blocks, table, low, scale, mip);
  const [bx, by] = blocks.counts;
  const size = [nx, ny, nz] as const;
  const lower = size.map((n, axis) => Math.max(0, box[axis as 0]![0] * n - 0.5)), upper = size.map((n, axis) => Math.min(n - 1.001, box[axis as 0]![1] * n - 0.5));
  // The light's direction along the volume's own axes, in millimetres.
  const light = [along[0] * spacing_mm[0], along[1] * spacing_mm[1], along[2] * spacing_mm[2]] as const;
  const [ax, ay, az] = [along[0] * step_mm, along[1] * step_mm, along[2] * step_mm];
  const sampled = (x: number, y: number, z: number): number => {
    const cx = x < 0 ? 0 : x > nx - 1.001 ? nx - 1.001 : x, cy = y < 0 ? 0 : y > ny - 1.001 ? ny - 1.001 : y, cz = z < 0 ? 0 : z > nz - 1.001 ? nz - 1.001 : z;
    const i = cx | 0, j = cy | 0, k = cz | 0, fx = cx - i, fy = cy - j, fz = cz - k, at = i + j * nx + k * plane, up = at + plane;
    const a = data[at]! + fx * (data[at + 1]! - data[at]!), b = data[at + nx]! + fx * (data[at + nx + 1]! - data[at + nx]!);
    const c = data[up]! + fx * (data[up + 1]! - data[up]!), d = data[up + nx]! + fx * (data[up + nx + 1]! - data[up + nx]!);
    const front = a + fy * (b - a);
    return front + fz * (c + fy * (d - c) - front);
  };
  for (let v = 0, to = 0; v < rows; v += 1) for (let u = 0; u < columns; u += 1, to += 4) {
    const p = [start[0] + u * right[0] + v * down[0], start[1] + u * right[1] + v * down[1], start[2] + u * right[2] + v * down[2]] as const;
    let near = -Infinity, far = Infinity;
    for (let axis = 0; axis < 3; axis += 1) {
      const way = axis === 0 ? ax : axis === 1 ? ay : az;
      if (Math.abs(way) < 1e-9) { if (p[axis]! < lower[axis]! || p[axis]! > upper[axis]!) far = -Infinity; continue; }
      const one = (lower[axis]! - p[axis]!) / way, two = (upper[axis]! - p[axis]!) / way;
      near = Math.max(near, Math.min(one, two)); far = Math.min(far, Math.max(one, two));
    }
    let [red, green, blue, opacity, most] = [0, 0, 0, 0, -Infinity];
    // Rays that begin at different depths turn the rings of a thin surface into a fine grain.
    const noise = 52.9829189 * ((u * 0.06711056 + v * 0.00583715) % 1);
    for (let t = Math.ceil(near) + (mip ? 0 : noise % 1); t <= far; t += 1) {
      const x = p[0] + t * ax, y = p[1] + t * ay, z = p[2] + t * az;
      const i = x | 0, j = y | 0, k = z | 0, block = (i >> 3) + bx * ((j >> 3) + by * (k >> 3));
      if (mip ? blocks.highs[block]! <= most : empty[block] === 1) {
        // On to where the ray leaves the block.
        const tx = ax > 0 ? ((i | 7) + 1 - x) / ax : ax < 0 ? ((i & ~7) - x) / ax : Infinity;
        const ty = ay > 0 ? ((j | 7) + 1 - y) / ay : ay < 0 ? ((j & ~7) - y) / ay : Infinity;
        const tz = az > 0 ? ((k | 7) + 1 - z) / az : az < 0 ? ((k & ~7) - z) / az : Infinity;
        t += Math.max(0, Math.floor(Math.min(tx, ty, tz)));
        continue;
      }
      const value = sampled(x, y, z);
      if (mip) { if (value > most) most = value; continue; }
      const entry = Math.min(entries - 1, Math.max(0, Math.round((value - low) * scale))) * 4;
      const thin = table[entry + 3]!;
      if (thin < 0.002) continue;
      const alpha = (1 - (1 - thin) ** step_mm) * (1 - opacity);
      let lit = 1;
      if (shaded) {
        const gx = (sampled(x + 1, y, z) - sampled(x - 1, y, z)) / spacing_mm[0], gy = (sampled(x, y + 1, z) - sampled(x, y - 1, z)) / spacing_mm[1];
        const gz = (sampled(x, y, z + 1) - sampled(x, y, z - 1)) / spacing_mm[2];
        const steep = Math.sqrt(gx * gx + gy * gy + gz * gz);
        const facing = steep > 1e-6 ? Math.abs(gx * light[0] + gy * light[1] + gz * light[2]) / steep : 0.6;
        lit = 0.18 + 0.82 * facing + 0.14 * facing ** 24;
      }
      red += alpha * lit * table[entry]!; green += alpha * lit * table[entry + 1]!; blue += alpha * lit * table[entry + 2]!;
      opacity += alpha;
      if (opacity > OPAQUE) break;
    }
    if (mip && most > -Infinity) red = green = blue = table[Math.min(entries - 1, Math.max(0, Math.round((most - low) * scale))) * 4 + 3]!;
    output[to] = red * 255; output[to + 1] = green * 255; output[to + 2] = blue * 255; output[to + 3] = 255;
  }
  return output;
}

/** Which blocks hold nothing visible. */
function clear({ lows, highs }: Blocks, table: Float32Array, low: number, scale: number, mip: boolean): Uint8Array {
  const entries = table.length / 4, seen = new Int32Array(entries + 1), empty = new Uint8Array(lows.length);
  if (mip) return empty;
  for (let entry = 0; entry < entries; entry += 1) seen[entry + 1] = seen[entry]! + (table[entry * 4 + 3]! >= 0.002 ? 1 : 0);
  const at = (value: number): number => Math.min(entries - 1, Math.max(0, Math.round((value - low) * scale)));
  for (let block = 0; block < lows.length; block += 1) empty[block] = seen[at(highs[block]!) + 1]! - seen[at(lows[block]!)]! === 0 ? 1 : 0;
  return empty;
}
