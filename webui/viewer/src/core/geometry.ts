/** Where pictures lie in the patient: millimetres in LPS (PS3.3 C.7.6.2.1.1); image positions count from the outer corner of the first pixel. */
import type { Point } from "./measure";
import type { ImageFacts, Series } from "./series";

export type Vector = readonly [number, number, number];
type Placed = Pick<ImageFacts, "position" | "orientation" | "spacing_mm" | "rows" | "columns">;

export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const plus = (a: Vector, b: Vector, times = 1): Vector => [a[0] + times * b[0], a[1] + times * b[1], a[2] + times * b[2]];
export const cross = (a: Vector, b: Vector): Vector => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
export const norm = (a: Vector): number => Math.hypot(...a);

/** A picture's plane: its outer corner, its unit directions along a row and down a column, and millimetres of a pixel. */
export interface Plane { corner: Vector; row: Vector; column: Vector; normal: Vector; across_mm: number; down_mm: number; columns: number; rows: number }

/** The plane of an image, or null when nothing says where it lies. */
export function planeOf(image: Placed): Plane | null {
  const { position, orientation, spacing_mm } = image;
  if (position?.length !== 3 || orientation?.length !== 6 || !spacing_mm || !(spacing_mm[0] > 0 && spacing_mm[1] > 0)) return null;
  const [row, column, first] = [orientation.slice(0, 3), orientation.slice(3), position] as unknown as [Vector, Vector, Vector];
  const normal = cross(row, column), [down_mm, across_mm] = spacing_mm;
  if (Math.abs(norm(normal) - 1) > 0.01) return null;
  const corner = plus(plus(first, row, -across_mm / 2), column, -down_mm / 2);
  return { corner, row, column, normal, across_mm, down_mm, columns: image.columns, rows: image.rows };
}

/** The patient's point under an image position. */
export function toPatient(plane: Plane, { x, y }: Point): Vector {
  return plus(plus(plane.corner, plane.row, x * plane.across_mm), plane.column, y * plane.down_mm);
}

/** The image position nearest to a patient's point, and how far from the plane the point lies, in mm, signed. */
export function toImage(plane: Plane, point: Vector): Point & { away_mm: number } {
  const from = plus(point, plane.corner, -1);
  return { x: dot(from, plane.row) / plane.across_mm, y: dot(from, plane.column) / plane.down_mm, away_mm: dot(from, plane.normal) };
}

/** Whether two planes are the same way up, within about 18 degrees. */
export const areParallel = (one: Plane, other: Plane): boolean => Math.abs(dot(one.normal, other.normal)) > 0.95;

/** Where `other` cuts `plane`, as two image positions on the edges of `other`'s picture; null when it does not. */
export function cutBy(plane: Plane, other: Plane): [Point, Point] | null {
  if (Math.abs(dot(plane.normal, other.normal)) > 0.99) return null;
  const corners = [[0, 0], [other.columns, 0], [other.columns, other.rows], [0, other.rows]].map(([x, y]) => toPatient(other, { x: x!, y: y! }));
  const cuts: Point[] = [];
  corners.forEach((from, n) => {
    const to = corners[(n + 1) % 4]!;
    const [a, b] = [dot(plus(from, plane.corner, -1), plane.normal), dot(plus(to, plane.corner, -1), plane.normal)];
    if (a === b || a * b > 0) return;
    const { x, y } = toImage(plane, plus(from, plus(to, from, -1), a / (a - b)));
    if (!cuts.some((cut) => Math.hypot(cut.x - x, cut.y - y) < 1e-6)) cuts.push({ x, y });
  });
  return cuts.length >= 2 ? [cuts[0]!, cuts[1]!] : null;
}

/** Whether two series lie in the same space: only then may positions be compared. */
export function sameSpace(one: Series, other: Series): boolean {
  return !!one.frame_of_reference && one.frame_of_reference === other.frame_of_reference;
}

/** The index of the image whose plane is nearest to a point of the patient; null without geometry. */
export function nearestTo(series: Series, point: Vector): { index: number; away_mm: number } | null {
  let best: { index: number; away_mm: number } | null = null;
  series.images.forEach((image, index) => {
    const plane = planeOf(image);
    const away_mm = plane ? Math.abs(toImage(plane, point).away_mm) : Infinity;
    if (away_mm < (best?.away_mm ?? Infinity)) best = { index, away_mm };
  });
  return best;
}

/** How far an image lies along the normal of its plane, in mm; null without geometry. */
export function depth(image: ImageFacts): number | null {
  const plane = planeOf(image);
  return plane && dot(plane.corner, plane.normal);
}
