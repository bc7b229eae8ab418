/** Vectors of the patient's frame (LPS, millimetres: x to the Left, y to the Posterior, z to the Head) or of voxel indices. */

export type Vector = readonly [number, number, number];

export const add = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const less = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const times = (a: Vector, factor: number): Vector => [a[0] * factor, a[1] * factor, a[2] * factor];
export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const length = (a: Vector): number => Math.hypot(...a);
export const unit = (a: Vector): Vector => times(a, 1 / length(a));
export const cross = (a: Vector, b: Vector): Vector =>
  [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

/** `a` turned around a unit `axis`, by the right hand. */
export function turned(a: Vector, axis: Vector, radians: number): Vector {
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  return add(add(times(a, cos), times(cross(axis, a), sin)), times(axis, dot(axis, a) * (1 - cos)));
}

/** The three numbers of a DICOM attribute from `at` on, or null when one is missing or no number. */
export function vectorAt(values: readonly number[] | null | undefined, at = 0): Vector | null {
  const three = (values ?? []).slice(at, at + 3);
  return three.length === 3 && three.every(Number.isFinite) ? [three[0]!, three[1]!, three[2]!] : null;
}
