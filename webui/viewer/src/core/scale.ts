/** The scale bar of a picture that leaves the screen (R-L 4, 11). */
import type { ImageFacts } from "./series";

export interface Bar { mm: number; px: number; origin: "patient" | "detector" | "calibrated" }

/** The longest of 1, 2, 5 × 10ⁿ mm that takes no more than a third of the width; null when no millimetres are known. */
export function scaleBar(image: Pick<ImageFacts, "spacing_mm" | "spacing_origin">, matrix: readonly number[], widthPx: number): Bar | null {
  const { spacing_mm: spacing, spacing_origin: origin } = image;
  const zoom = Math.hypot(matrix[0] ?? 0, matrix[1] ?? 0);
  if (!spacing || origin === "none" || origin === "region" || !(zoom > 0) || !(spacing[1] > 0)) return null;
  const perPx = spacing[1] / zoom, most = (widthPx / 3) * perPx;
  const power = 10 ** Math.floor(Math.log10(most));
  const mm = [5, 2, 1].map((n) => n * power).find((n) => n <= most) ?? power;
  return { mm, px: mm / perPx, origin };
}
