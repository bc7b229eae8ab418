/** Presentations that the hospital saved (GSPS), as the server describes them: what they ask of an image (PS3.3 C.10, C.11). */
import { UPRIGHT, flippedHorizontally, rotated, type Turn } from "./orientation";
import type { ImageFacts, Window } from "./series";

type Named = [sop: string, frame: number | null];
export interface Drawing { images: Named[]; kind: "point" | "polyline" | "interpolated" | "circle" | "ellipse" | "text"; points: number[]; relative: boolean; filled: boolean; text: string }

export interface Presentation {
  sop_uid: string; label: string; description: string; made_on: string; images: Named[];
  windows: { images: Named[]; center: number; width: number }[];
  slope: number; intercept: number; inverted: boolean; rotation: number; flipped: boolean; drawings: Drawing[];
}

const names = (images: Named[], image: Pick<ImageFacts, "sop_uid" | "frame">): boolean =>
  images.some(([sop, frame]) => sop === image.sop_uid && (frame === null || frame === image.frame));

/** The presentations of an image, in the order of the server. */
export function presentationsOf(all: readonly Presentation[], image: Pick<ImageFacts, "sop_uid" | "frame">): Presentation[] {
  return all.filter(({ images }) => names(images, image));
}

/** The window that a presentation asks for, in the unit of the image; null when it asks for none. */
export function windowOf(state: Presentation, image: Pick<ImageFacts, "sop_uid" | "frame" | "slope" | "intercept">): Window | null {
  const found = state.windows.find(({ images }) => names(images, image)) ?? state.windows.find(({ images }) => images.length === 0);
  if (!found || state.slope === 0) return null;
  // The state has a rescale of its own: back to stored values, then to the image's unit.
  const ratio = image.slope / state.slope;
  return { center: (found.center - state.intercept) * ratio + image.intercept, width: Math.abs(found.width * ratio), name: state.label };
}

/** How the image is turned: by quarters clockwise, then mirrored (C.10.6). */
export function turnOf({ rotation, flipped }: Presentation): Turn {
  let turn = UPRIGHT;
  for (let quarter = 0; quarter < rotation / 90; quarter += 1) turn = rotated(turn);
  return flipped ? flippedHorizontally(turn) : turn;
}

/** What is drawn over the image, in image positions. Shares of the displayed area are taken of the whole image, and left out when it is turned. */
export function drawingsOf(state: Presentation, image: Pick<ImageFacts, "sop_uid" | "frame" | "rows" | "columns">): Drawing[] {
  const turned = state.rotation !== 0 || state.flipped;
  return state.drawings.filter(({ images, relative }) => (images.length === 0 || names(images, image)) && !(relative && turned))
    .map((one) => (one.relative ? { ...one, relative: false, points: one.points.map((value, n) => value * (n % 2 ? image.rows : image.columns)) } : one));
}
