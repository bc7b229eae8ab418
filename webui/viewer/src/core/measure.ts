/** Lengths, angles and statistics, and the origin of their millimetres (R-L 4, 6). */
import type { ImageFacts } from "./series";

/** Image position in pixels from the outer corner of the first one. */
export interface Point { x: number; y: number }
type Scaled = Pick<ImageFacts, "spacing_mm" | "spacing_origin" | "regions" | "aspect">;
export interface Length { value: number; unit: "mm" | "px"; origin: ImageFacts["spacing_origin"] }
export interface Grid { width: number; height: number; components: number; data: ArrayLike<number> }
export interface Statistics { mean: number; deviation: number; least: number; most: number; pixels: number }

/** Millimetres of a pixel where these points lie: in an image of regions only those of the region that holds them all. */
function scaleAround(points: Point[], image: Scaled): Pick<ImageFacts, "spacing_mm" | "spacing_origin"> {
  const regions = image.regions ?? [];
  if (regions.length === 0 || !["region", "none"].includes(image.spacing_origin)) return image;
  const inside = ({ x, y }: Point, [x0, y0, x1, y1]: [number, number, number, number]): boolean => x >= x0 && x <= x1 + 1 && y >= y0 && y <= y1 + 1;
  const holding = regions.filter(({ box }) => points.every((point) => inside(point, box)));
  const [first] = holding;
  const agreed = first?.mm && holding.every(({ mm }) => mm?.[0] === first.mm?.[0] && mm?.[1] === first.mm?.[1]);
  return agreed ? { spacing_mm: first.mm, spacing_origin: "region" } : { spacing_mm: null, spacing_origin: "none" };
}

/** Millimetres across and down a pixel; where they are unknown, pixels, the height by the ratio the image states. */
function scaleOf(points: Point[], image: Scaled): { across: number; down: number; unit: "mm" | "px"; origin: Length["origin"] } {
  const { spacing_mm, spacing_origin } = scaleAround(points, image);
  const [down, across] = spacing_mm ?? [0, 0];
  if (spacing_origin !== "none" && down > 0 && across > 0) return { across, down, unit: "mm", origin: spacing_origin };
  return { across: 1, down: 1, unit: "px", origin: "none" };
}

/** Whether lengths in different directions, areas and angles mean anything here (R-L 4). */
export function isEven(points: Point[], image: Scaled): boolean {
  return scaleOf(points, image).unit === "mm" || Math.abs((image.aspect ?? 1) - 1) < 1e-6;
}

/** Length between two image positions. */
export function lengthOf(from: Point, to: Point, image: Scaled): Length {
  const { across, down, unit, origin } = scaleOf([from, to], image);
  return { value: Math.hypot((to.x - from.x) * across, (to.y - from.y) * down), unit, origin };
}

/** Angle at `middle`, in degrees from 0 to 180; null where pixels are unequal and nobody knows their size. */
export function angleOf(from: Point, middle: Point, to: Point, image: Scaled): number | null {
  const points = [from, middle, to];
  if (!isEven(points, image)) return null;
  const { across, down } = scaleOf(points, image);
  const arm = ({ x, y }: Point): [number, number] => [(x - middle.x) * across, (y - middle.y) * down];
  const [[ax, ay], [bx, by]] = [arm(from), arm(to)];
  if (Math.hypot(ax, ay) === 0 || Math.hypot(bx, by) === 0) return null;
  return (Math.abs(Math.atan2(ax * by - ay * bx, ax * bx + ay * by)) * 180) / Math.PI;
}

/** Area of the ellipse in a box, in mm² or px²; null as for an angle. */
export function areaOf(from: Point, to: Point, image: Scaled): (Omit<Length, "unit"> & { unit: "mm²" | "px²" }) | null {
  const points = [from, to];
  if (!isEven(points, image)) return null;
  const { across, down, unit, origin } = scaleOf(points, image);
  const value = (Math.PI / 4) * Math.abs((to.x - from.x) * across * (to.y - from.y) * down);
  return { value, unit: unit === "mm" ? "mm²" : "px²", origin };
}

/**
 * Statistics of the pixels whose middle lies in the ellipse of a box, in the image's unit; padding is left out.
 * The deviation is that of the whole population. Null for colours, and where no pixel lies inside.
 */
export function statisticsOf(from: Point, to: Point, grid: Grid, image: Pick<ImageFacts, "slope" | "intercept" | "padding">): Statistics | null {
  if (grid.components !== 1) return null;
  const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)];
  const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
  const [rx, ry, cx, cy] = [(right - left) / 2, (bottom - top) / 2, (left + right) / 2, (top + bottom) / 2];
  if (!(rx > 0 && ry > 0)) return null;
  const [padded, padding] = image.padding ?? [Infinity, -Infinity];
  let [pixels, sum, squares, least, most] = [0, 0, 0, Infinity, -Infinity];
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(grid.height, Math.ceil(bottom)); y += 1) {
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(grid.width, Math.ceil(right)); x += 1) {
      if (((x + 0.5 - cx) / rx) ** 2 + ((y + 0.5 - cy) / ry) ** 2 > 1) continue;
      const stored = grid.data[y * grid.width + x] as number;
      if (stored >= padded && stored <= padding) continue;
      pixels += 1; sum += stored; squares += stored * stored;
      least = Math.min(least, stored); most = Math.max(most, stored);
    }
  }
  if (pixels === 0) return null;
  const { slope, intercept } = image, mean = sum / pixels;
  const [low, high] = [least * slope + intercept, most * slope + intercept].sort((a, b) => a - b) as [number, number];
  const deviation = Math.abs(slope) * Math.sqrt(Math.max(0, squares / pixels - mean * mean));
  return { mean: mean * slope + intercept, deviation, least: low, most: high, pixels };
}

/** The value of the pixel under a position, in the image's unit; the three colours of a colour image; null outside and on padding. */
export function valueAt({ x, y }: Point, grid: Grid, image: Pick<ImageFacts, "slope" | "intercept" | "padding">): number[] | null {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  if (column < 0 || row < 0 || column >= grid.width || row >= grid.height) return null;
  const at = (row * grid.width + column) * grid.components;
  if (grid.components >= 3) return [0, 1, 2].map((channel) => grid.data[at + channel] as number);
  const stored = grid.data[at] as number, padding = image.padding;
  return padding && stored >= padding[0] && stored <= padding[1] ? null : [stored * image.slope + image.intercept];
}
