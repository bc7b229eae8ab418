/**
 * The volume that a stack of images makes, and the planes that may be cut through it.
 *
 * Pure geometry. Points are in the patient's frame (LPS, millimetres); voxel indices are (column, row, slice), the centre of the
 * first voxel being (0, 0, 0). Positions inside a plane are pixels from the outer corner of its first pixel, as a film gives them.
 */
import type { Point } from "./measure";
import type { ImageFacts } from "./series";
import { add, cross, dot, length, less, times, turned, unit, vectorAt, type Vector } from "./vectors";

/** The centre of voxel (i, j, k) lies at `origin` + i `steps[0]` + j `steps[1]` + k `steps[2]`. */
export interface Grid { size: Vector; origin: Vector; steps: readonly [Vector, Vector, Vector] }

export const VIEWS = ["axial", "coronal", "sagittal"] as const;
export type View = (typeof VIEWS)[number];
/** How a plane lies: the direction of its rows, then of its columns, as (0020,0037) has them. */
export interface Frame { right: Vector; down: Vector }
export type Frames3 = Readonly<Record<View, Frame>>;

/** As radiologists look: axial from the feet, coronal from the front, sagittal from the left. */
export const STANDARD: Frames3 = {
  axial: { right: [1, 0, 0], down: [0, 1, 0] },
  coronal: { right: [1, 0, 0], down: [0, 0, -1] },
  sagittal: { right: [0, 1, 0], down: [0, 0, -1] },
};

/** Cosine above which two directions are the same: what text of a DICOM file rounds away. */
const PARALLEL = 1 - 1e-6;

/** The grid of a stack in the server's order, each image a slice; null when an image does not say where it lies. */
export function gridOf(images: readonly ImageFacts[]): Grid | null {
  const [first, last] = [images[0], images.at(-1)];
  const [origin, end] = [vectorAt(first?.position), vectorAt(last?.position)];
  const [row, column] = [vectorAt(first?.orientation), vectorAt(first?.orientation, 3)];
  const [between_rows, between_columns] = first?.spacing_mm ?? [0, 0];
  if (!first || images.length < 2 || !origin || !end || !row || !column || !(between_rows > 0) || !(between_columns > 0)) return null;
  const through = times(less(end, origin), 1 / (images.length - 1));
  const steps = [times(unit(row), between_columns), times(unit(column), between_rows), through] as const;
  return Math.abs(dot(cross(steps[0], steps[1]), through)) < 1e-9 ? null : { size: [first.columns, first.rows, images.length], origin, steps };
}

/** The grid whose voxels are the means of `factor` × `factor` pixels of a slice; what is left at the edges goes. */
export function decimated({ size: [columns, rows, slices], origin, steps: [right, down, through] }: Grid, factor: number): Grid {
  const middle = times(add(right, down), (factor - 1) / 2);
  return {
    size: [Math.floor(columns / factor), Math.floor(rows / factor), slices], origin: add(origin, middle),
    steps: [times(right, factor), times(down, factor), through],
  };
}

/** Turns a displacement in millimetres into one in voxels. */
export function voxels({ steps: [a, b, c] }: Pick<Grid, "steps">): (of: Vector) => Vector {
  const volume = dot(cross(a, b), c);
  const [x, y, z] = [times(cross(b, c), 1 / volume), times(cross(c, a), 1 / volume), times(cross(a, b), 1 / volume)];
  return (of) => [dot(x, of), dot(y, of), dot(z, of)];
}

export const spacings = ({ steps }: Grid): Vector => [length(steps[0]), length(steps[1]), length(steps[2])];

export function centreOf({ size, origin, steps }: Grid): Vector {
  return steps.reduce<Vector>((sum, step, axis) => add(sum, times(step, (size[axis]! - 1) / 2)), origin);
}

/** How far the voxels' centres reach along a direction from the volume's centre, on each side. */
export function reach({ size, steps }: Grid, direction: Vector): number {
  return steps.reduce((sum, step, axis) => sum + (Math.abs(dot(step, direction)) * (size[axis]! - 1)) / 2, 0);
}

/** Parallel planes through the whole volume, all with the same raster of square pixels. */
export interface Cuts {
  frame: Frame; normal: Vector; pixel_mm: number; step_mm: number; columns: number; rows: number; count: number;
  /** Centre of the first pixel of the first plane. */
  corner: Vector;
  /** Whether the planes are slices of the series themselves, in their direction and at their places. */
  original: boolean;
}

export const normalOf = ({ right, down }: Frame): Vector => cross(right, down);

/**
 * Planes of a frame, feet to head, front to back, left to right: row × column, as the server orders images.
 *
 * Pixels are as large as the volume's smallest spacing. Along an axis of the volume the planes lie where the voxels do, so that
 * slices stay what they were; elsewhere they are the smallest spacing apart, and one of them holds `through`.
 */
export function cutsOf(grid: Grid, frame: Frame, through: Vector): Cuts {
  const normal = normalOf(frame), sizes = spacings(grid), pixel_mm = Math.min(...sizes), centre = centreOf(grid);
  const axis = grid.steps.findIndex((step) => Math.abs(dot(unit(step), normal)) > PARALLEL);
  const step_mm = axis >= 0 ? sizes[axis]! : pixel_mm;
  const reached = [reach(grid, frame.right), reach(grid, frame.down), reach(grid, normal)] as const;
  const pixels = (half: number): number => Math.max(1, Math.ceil((2 * half) / pixel_mm - 1e-6) + 1);
  const [columns, rows] = [pixels(reached[0]), pixels(reached[1])];
  const at = dot(less(through, centre), normal);
  const before = axis >= 0 ? reached[2] : Math.max(0, Math.floor((Math.min(at, reached[2]) + reached[2]) / step_mm)) * step_mm - at;
  const count = axis >= 0 ? grid.size[axis]! : Math.max(1, Math.floor((reached[2] + before) / step_mm) + 1);
  const corner = add(add(add(centre, times(normal, -before)), times(frame.right, (-(columns - 1) / 2) * pixel_mm)), times(frame.down, (-(rows - 1) / 2) * pixel_mm));
  const square = Math.abs(sizes[0] - pixel_mm) < 1e-6 && Math.abs(sizes[1] - pixel_mm) < 1e-6;
  const along = [0, 1].some((row) => Math.abs(dot(unit(grid.steps[row]!), frame.right)) > PARALLEL);
  return { frame, normal, pixel_mm, step_mm, columns, rows, count, corner, original: axis === 2 && square && along };
}

/** Centre of the first pixel of a plane. */
export const cornerOf = ({ corner, normal, step_mm }: Cuts, index: number): Vector => add(corner, times(normal, index * step_mm));

/** The plane nearest to a point. */
export function indexOf({ corner, normal, step_mm, count }: Cuts, point: Vector): number {
  return Math.min(count - 1, Math.max(0, Math.round(dot(less(point, corner), normal) / step_mm)));
}

/** Where a point of the patient stands in its plane's pixels. */
export function inPlane({ corner, frame, pixel_mm }: Cuts, point: Vector): Point {
  const from = less(point, corner);
  return { x: dot(from, frame.right) / pixel_mm + 0.5, y: dot(from, frame.down) / pixel_mm + 0.5 };
}

/** The point of the patient at a position of a plane. */
export function fromPlane(cuts: Cuts, index: number, { x, y }: Point): Vector {
  const along = times(cuts.frame.right, (x - 0.5) * cuts.pixel_mm), across = times(cuts.frame.down, (y - 0.5) * cuts.pixel_mm);
  return add(add(cornerOf(cuts, index), along), across);
}

/** The point moved along the normal into a plane. */
export function movedTo(cuts: Cuts, index: number, point: Vector): Vector {
  return add(point, times(cuts.normal, dot(less(cornerOf(cuts, index), point), cuts.normal)));
}

/** Direction, in a plane's pixels, of the line where another plane crosses it; null when they are parallel. */
export function crossing(cuts: Cuts, other: Cuts): Point | null {
  const along = cross(cuts.normal, other.normal);
  if (length(along) < 1e-6) return null;
  const { right, down } = cuts.frame, way = unit(along);
  return { x: dot(way, right), y: dot(way, down) };
}

/** The frames after the lines seen in one view were turned there, clockwise on the screen: that view itself stays as it is. */
export function obliquely(frames: Frames3, view: View, radians: number): Frames3 {
  const axis = normalOf(frames[view]);
  const moved = ({ right, down }: Frame): Frame => ({ right: turned(right, axis, radians), down: turned(down, axis, radians) });
  return Object.fromEntries(VIEWS.map((name) => [name, name === view ? frames[name] : moved(frames[name])])) as unknown as Frames3;
}

/** Whether a view still looks straight along an axis of the patient. */
export function isStraight(frames: Frames3, view: View): boolean {
  return dot(normalOf(frames[view]), normalOf(STANDARD[view])) > PARALLEL;
}

/** By how much the sides of slices are divided so that a volume fits: 1 as it is; null when it does not fit by any measure. */
export function decimationFor([columns, rows, slices]: Vector, voxel_bytes: number, limit_bytes: number): number | null {
  return [1, 2, 3, 4].find((factor) => Math.floor(columns / factor) * Math.floor(rows / factor) * slices * voxel_bytes <= limit_bytes) ?? null;
}

/** One scale for all slices: their own where they agree, else the coarsest, to which the others are brought (PT: R-L 8). */
export function scaleOf(images: readonly Pick<ImageFacts, "slope" | "intercept">[]): { slope: number; intercept: number; mixed: boolean } {
  const [first] = images, slope = first?.slope ?? 1, intercept = first?.intercept ?? 0;
  if (images.every((image) => image.slope === slope && image.intercept === intercept)) return { slope, intercept, mixed: false };
  return { slope: Math.max(...images.map((image) => Math.abs(image.slope))), intercept, mixed: true };
}
