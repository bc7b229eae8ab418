/** What a reader did on one exam, as the server keeps it, and what changed since it was last known there. */
import type { Arrangement } from "../layout";
import { POINTS, type Mark } from "./marks";

export interface Work { revision: number; arrangement: Arrangement | null; marks: Record<string, Mark[]>; keys: string[] }
/** A change names only the images that it touches: two tabs then do not undo each other. */
export interface Change { arrangement: Arrangement | null; marks: Record<string, Mark[]>; keys: Record<string, boolean> }

export const NOTHING: Work = { revision: 0, arrangement: null, marks: {}, keys: [] };
const FRAMES = "/viewer-api/frames/";
const round = (value: number): number => Math.round(value * 1000) / 1000;

/** How an image is named in the work of its exam: series, instance, frame. */
export const imageOf = (study: string, address: string): string | null =>
  address.startsWith(`${FRAMES}${study}/`) ? address.slice(FRAMES.length + study.length + 1) : null;
export const addressOf = (study: string, image: string): string => `${FRAMES}${study}/${image}`;

/** The marks of one exam by image; one that is still being drawn is left out. */
export function marksOf(study: string, kept: Record<string, Mark[]>): Record<string, Mark[]> {
  const found: Record<string, Mark[]> = {};
  for (const [address, marks] of Object.entries(kept)) {
    const image = imageOf(study, address), whole = marks.filter(({ kind, points }) => points.length === POINTS[kind]);
    if (image && whole.length) found[image] = whole.map(({ kind, points, text }) => (
      { kind, points: points.map(({ x, y }) => ({ x: round(x), y: round(y) })), ...(text ? { text } : {}) }));
  }
  return found;
}

/** What differs, or null when nothing does. */
export function changeOf(before: Work, now: Omit<Work, "revision">): Change | null {
  const marks: Record<string, Mark[]> = {}, keys: Record<string, boolean> = {};
  for (const image of new Set([...Object.keys(before.marks), ...Object.keys(now.marks)]))
    if (JSON.stringify(before.marks[image] ?? []) !== JSON.stringify(now.marks[image] ?? [])) marks[image] = now.marks[image] ?? [];
  for (const image of new Set([...before.keys, ...now.keys])) {
    const is = now.keys.includes(image);
    if (is !== before.keys.includes(image)) keys[image] = is;
  }
  const moved = now.arrangement !== null && JSON.stringify(before.arrangement) !== JSON.stringify(now.arrangement);
  if (!moved && !Object.keys(marks).length && !Object.keys(keys).length) return null;
  return { arrangement: moved ? now.arrangement : null, marks, keys };
}

/** The work after a change; an empty list takes the marks of an image away. */
export function applied(work: Work, change: Change): Work {
  const marks = Object.fromEntries(Object.entries({ ...work.marks, ...change.marks }).filter(([, found]) => found.length));
  const keys = new Set(work.keys);
  for (const [image, is] of Object.entries(change.keys)) if (is) keys.add(image); else keys.delete(image);
  return { revision: work.revision, arrangement: change.arrangement ?? work.arrangement, marks, keys: [...keys] };
}
