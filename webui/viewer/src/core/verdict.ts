/** Whether planes and volumes are offered for a series; small, since the page asks before it loads what cuts them. */
import type { Opened, Series } from "./series";

/** The server's words for why not (R-L 9), and `off` where the hospital wants none. */
export const REFUSALS = ["tilt", "gaps", "duplicates", "mixed_orientation", "too_few", "no_geometry", "unequal_spacing", "multiple_sizes", "incomplete", "colour", "off"] as const;
export type Refusal = (typeof REFUSALS)[number];
export type VolumeKind = "mpr" | "volume";

export function refusal(series: Pick<Series, "geometry" | "stacks"> | null, features: Opened["features"], kind: VolumeKind): Refusal | null {
  if (features?.[kind] === false) return "off";
  const verdict = series?.geometry ?? series?.stacks?.[0]?.geometry;
  if (verdict?.mpr) return null;
  return REFUSALS.find((word) => word === verdict?.reason) ?? "no_geometry";
}
