/** Lengths and the origin of their millimetres (R-L 4). */
import type { ImageFacts } from "./series";

export interface Point { x: number; y: number }
export interface Length { value: number; unit: "mm" | "px"; origin: ImageFacts["spacing_origin"] }

/** Length between two image positions in pixels; null when the pixels are not square and nobody knows their size. */
export function lengthOf(from: Point, to: Point, image: Pick<ImageFacts, "spacing_mm" | "spacing_origin">): Length {
  const [row, column] = image.spacing_mm ?? [0, 0];
  const known = image.spacing_origin !== "none" && row > 0 && column > 0;
  const [dx, dy] = known ? [(to.x - from.x) * column, (to.y - from.y) * row] : [to.x - from.x, to.y - from.y];
  return { value: Math.hypot(dx, dy), unit: known ? "mm" : "px", origin: known ? image.spacing_origin : "none" };
}
