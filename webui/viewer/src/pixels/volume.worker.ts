/** Holds one volume, slice by slice as frames arrive, and answers with planes, rays and a texture. Gone when it is left. */
import { blocksOf, cast, type Blocks } from "../core/raycast";
import { coarser, repeated, reslice, type Volume, type Voxels } from "../core/reslice";
import type { Asked, Begin, Slice, Survey, Told } from "./volume";

let volume: Volume = { size: [0, 0, 0], data: new Int16Array() };
let begun: Begin | null = null;
let blocks: Blocks | null = null;
const counts = new Uint32Array(65536);

self.onmessage = ({ data }: MessageEvent<Asked>) => {
  try {
    const [answer, ...transfer] = answered(data);
    self.postMessage({ id: data.id, answer } satisfies Told, { transfer });
  } catch (error) {
    self.postMessage({ id: data.id, failure: error instanceof RangeError ? "memory" : String(error) } satisfies Told);
  }
};

function answered(asked: Asked): [unknown, ...Transferable[]] {
  switch (asked.kind) {
    case "begin": begin(asked); return [null];
    case "slice": put(asked); return [null];
    case "survey": return [survey()];
    case "plane": {
      const { cut, factor } = asked;
      const sampled = reslice(volume, factor > 1 ? coarser(cut, factor) : cut);
      if (factor > 1) sampled.data = repeated(sampled.data, Math.ceil(cut.columns / factor), factor, cut.columns, cut.rows);
      return [sampled, sampled.data.buffer as ArrayBuffer];
    }
    case "cast": {
      blocks ??= blocksOf(volume);
      const picture = cast(volume, blocks, asked.look);
      return [picture, picture.buffer as ArrayBuffer];
    }
    case "texture": {
      const made = texture(asked.low, asked.high, asked.factor);
      return [made, made.data.buffer as ArrayBuffer];
    }
  }
}

function begin(asked: Begin): void {
  begun = asked;
  const [columns, rows, slices] = asked.size, kinds = { i16: Int16Array, u16: Uint16Array, u8: Uint8Array };
  volume = { size: asked.size, data: new kinds[asked.voxel](columns * rows * slices) };
}

/** Take a slice: decimated by means, and brought to the volume's scale where its own is another. */
function put({ index, data, slope, intercept }: Slice): void {
  if (!begun) throw new Error("no volume");
  const { factor, source_columns, scale } = begun, [columns, rows] = volume.size, start = index * columns * rows;
  const same = slope === scale.slope && intercept === scale.intercept;
  if (factor === 1 && same) volume.data.set(data.subarray(0, columns * rows), start);
  else bring(data, start, { factor, source_columns, gain: slope / scale.slope, shift: (intercept - scale.intercept) / scale.slope });
  count(start, start + columns * rows);
}

function bring(data: Voxels, start: number, { factor, source_columns, gain, shift }: { factor: number; source_columns: number; gain: number; shift: number }): void {
  const [columns, rows] = volume.size, share = 1 / (factor * factor);
  for (let v = 0, to = start; v < rows; v += 1) for (let u = 0; u < columns; u += 1, to += 1) {
    let sum = 0;
    for (let y = 0; y < factor; y += 1) for (let x = 0; x < factor; x += 1) sum += data[(v * factor + y) * source_columns + u * factor + x]!;
    volume.data[to] = Math.round(sum * share * gain + shift);
  }
}

/** Count the values of a slice while the next ones are on their way. */
function count(start: number, end: number): void {
  const { data } = volume;
  for (let at = start; at < end; at += 1) counts[data[at]! & 0xffff]! += 1;
}

/** Extremes, and the 1st and the 99th percentile of what is no padding. */
function survey(): Survey {
  const stored = (entry: number): number => (volume.data instanceof Int16Array ? entry - 32768 : entry);
  const counted = (entry: number): number => counts[stored(entry) & 0xffff]!;
  let low = 0, high = 65535, total = 0;
  while (low < high && !counted(low)) low += 1;
  while (high > low && !counted(high)) high -= 1;
  const [first, last] = begun?.padding ?? [Infinity, -Infinity], isPadding = (entry: number): boolean => stored(entry) >= first && stored(entry) <= last;
  for (let entry = low; entry <= high; entry += 1) if (!isPadding(entry)) total += counted(entry);
  const percentile = (share: number): number => {
    let sum = 0;
    for (let entry = low; entry <= high; entry += 1) { if (!isPadding(entry)) sum += counted(entry); if (sum >= total * share) return stored(entry); }
    return stored(high);
  };
  return { low: stored(low), high: stored(high), spread: [percentile(0.01), percentile(0.99)] };
}

/** Half floats from 0 at `low` to 1 at `high`, every side divided by `factor`: a texture that every WebGL 2 filters. */
function texture(low: number, high: number, factor: number): { size: [number, number, number]; data: Uint16Array } {
  const { size: [nx, ny], data } = volume, halves = new Uint16Array(65536);
  const float = new Float32Array(1), bits = new Uint32Array(float.buffer);
  for (let entry = 0; entry < 65536; entry += 1) {
    const stored = data instanceof Int16Array ? (entry << 16) >> 16 : entry;
    float[0] = Math.min(1, Math.max(0, (stored - low) / Math.max(1, high - low)));
    const exponent = ((bits[0]! >> 23) & 0xff) - 112;
    halves[entry] = exponent <= 0 ? 0 : (exponent << 10) | ((bits[0]! >> 13) & 0x3ff);
  }
  const size = volume.size.map((n) => Math.max(1, Math.floor(n / factor))) as [number, number, number];
  const output = new Uint16Array(size[0] * size[1] * size[2]);
  for (let z = 0, to = 0; z < size[2]; z += 1) for (let y = 0; y < size[1]; y += 1) {
    let at = nx * (y * factor + ny * z * factor);
    for (let x = 0; x < size[0]; x += 1, to += 1, at += factor) output[to] = halves[value(data, at, factor, nx, ny) & 0xffff]!;
  }
  return { size, data: output };
}

/** A voxel, or the mean of a cube of them. */
function value(data: Voxels, at: number, factor: number, nx: number, ny: number): number {
  if (factor === 1) return data[at]!;
  let sum = 0;
  for (let z = 0; z < factor; z += 1) for (let y = 0; y < factor; y += 1) for (let x = 0; x < factor; x += 1) sum += data[at + x + nx * (y + ny * z)]!;
  return Math.round(sum / factor ** 3);
}
