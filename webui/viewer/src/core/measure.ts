/** Lengths and the origin of their millimetres (R-L 4). */
import type { ImageFacts } from "./series";

export interface Point { x: number; y: number }
type Scaled = Pick<ImageFacts, "spacing_mm" | "spacing_origin" | "regions">;
export interface Length { value: number; unit: "mm" | "px"; origin: ImageFacts["spacing_origin"] }

/** Millimetres of a pixel along a line: in an image of regions only those of the region that holds both its ends. */
function scaleBetween(from: Point, to: Point, image: Scaled): Pick<ImageFacts, "spacing_mm" | "spacing_origin"> {
  const regions = image.regions ?? [];
  if (regions.length === 0 || !["region", "none"].includes(image.spacing_origin)) return image;
  const inside = ({ x, y }: Point, [x0, y0, x1, y1]: [number, number, number, number]): boolean => x >= x0 && x <= x1 + 1 && y >= y0 && y <= y1 + 1;
  const holding = regions.filter(({ box }) => inside(from, box) && inside(to, box));
  const [first] = holding;
  const agreed = first?.mm && holding.every(({ mm }) => mm?.[0] === first.mm?.[0] && mm?.[1] === first.mm?.[1]);
  return agreed ? { spacing_mm: first.mm, spacing_origin: "region" } : { spacing_mm: null, spacing_origin: "none" };
}

/** Length between two image positions in pixels; null when the pixels are not square and nobody knows their size. */
export function lengthOf(from: Point, to: Point, image: Scaled): Length {
  const { spacing_mm, spacing_origin } = scaleBetween(from, to, image);
  const [row, column] = spacing_mm ?? [0, 0];
  const known = spacing_origin !== "none" && row > 0 && column > 0;
  const [dx, dy] = known ? [(to.x - from.x) * column, (to.y - from.y) * row] : [to.x - from.x, to.y - from.y];
  return { value: Math.hypot(dx, dy), unit: known ? "mm" : "px", origin: known ? spacing_origin : "none" };
}
