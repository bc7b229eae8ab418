/** What a person draws on a picture: kinds, their points, where one is grasped, and how their values read. */
import { angleOf, areaOf, lengthOf, statisticsOf, valueAt, type Grid, type Point } from "./measure";
import type { ImageFacts, Suv } from "./series";

export type MarkKind = "length" | "angle" | "roi" | "probe" | "arrow";
export interface Mark { kind: MarkKind; points: Point[]; text?: string }

/** How many points a mark has once it is drawn. */
export const POINTS: Record<MarkKind, number> = { length: 2, angle: 3, roi: 2, probe: 1, arrow: 2 };
/** Marks whose value is read from pixels: never on pixels that lost something (R-L 6). */
export const READS_PIXELS: ReadonlySet<MarkKind> = new Set(["roi", "probe"]);

/** A value to be written: a number with its unit, or a word of the page's vocabulary. */
export type Line = { kind: "number"; value: number; unit: string; digits: number; label?: "mean" | "deviation" | "least" | "most" } | { kind: "word"; word: string } | { kind: "text"; text: string };

/** The lines that a mark says of itself; `grid` is null while its pixels are not at hand. */
export function linesOf(mark: Mark, image: ImageFacts, grid: Grid | null, suv: Suv | null): Line[] {
  const [a, b, c] = mark.points;
  if (mark.kind === "arrow") return mark.text ? [{ kind: "text", text: mark.text }] : [];
  if (mark.kind === "length" && a && b) {
    const { value, unit, origin } = lengthOf(a, b, image);
    return [{ kind: "number", value, unit, digits: 1 }, { kind: "word", word: `origin.${origin}` }];
  }
  if (mark.kind === "angle" && a && b && c) {
    const value = angleOf(a, b, c, image);
    return [value === null ? { kind: "word", word: "mark.uneven" } : { kind: "number", value, unit: "°", digits: 1 }];
  }
  if (mark.kind === "probe" && a && grid) {
    const values = valueAt(a, grid, image);
    if (!values) return [{ kind: "word", word: "mark.outside" }];
    if (values.length > 1) return [{ kind: "text", text: `RGB ${values.join(" / ")}` }];
    return [inUnit(values[0]!, image), ...(suv?.factor ? [{ kind: "number" as const, value: values[0]! * suv.factor, unit: "SUV", digits: 2 }] : [])];
  }
  if (mark.kind === "roi" && a && b) return roiLines(a, b, image, grid, suv);
  return [];
}

function roiLines(a: Point, b: Point, image: ImageFacts, grid: Grid | null, suv: Suv | null): Line[] {
  const area = areaOf(a, b, image), found = grid && statisticsOf(a, b, grid, image);
  const lines: Line[] = [];
  if (found) lines.push(
    { ...inUnit(found.mean, image), label: "mean" }, { ...inUnit(found.deviation, image), label: "deviation" },
    { ...inUnit(found.least, image), label: "least" }, { ...inUnit(found.most, image), label: "most" },
  );
  if (found && suv?.factor) lines.push({ kind: "number", value: found.mean * suv.factor, unit: "SUV", digits: 2, label: "mean" }, { kind: "number", value: found.most * suv.factor, unit: "SUV", digits: 2, label: "most" });
  if (grid && grid.components > 1) lines.push({ kind: "word", word: "mark.colour" });
  if (area) lines.push({ kind: "number", value: area.value, unit: area.unit, digits: area.value < 100 ? 1 : 0 }, { kind: "word", word: `origin.${area.origin}` });
  else lines.push({ kind: "word", word: "mark.uneven" });
  return lines;
}

function inUnit(value: number, image: ImageFacts): Extract<Line, { kind: "number" }> {
  const fine = image.slope % 1 !== 0;
  return { kind: "number", value, unit: image.unit ?? "", digits: fine ? 2 : 1 };
}

/** Whether a mark is large enough to be meant. */
export function isMeant({ kind, points }: Mark): boolean {
  const [a, b] = points;
  if (POINTS[kind] === 1) return points.length === 1;
  return points.length === POINTS[kind] && !!a && !!b && Math.hypot(b.x - a.x, b.y - a.y) >= 1;
}

/** Which point of which mark lies within `reach` pixels of a position; the last drawn first. */
export function graspedAt(marks: readonly Mark[], { x, y }: Point, reach: number): { mark: Mark; point: number } | null {
  for (const mark of [...marks].reverse()) {
    const point = mark.points.findIndex((one) => Math.hypot(one.x - x, one.y - y) <= reach);
    if (point >= 0) return { mark, point };
  }
  return null;
}
