/** The viewer's JSON as the server writes it, and what follows from it without touching a page. */

import type { Presentation } from "./presentation";
import type { Version } from "./reports";
import type { Work } from "./work";

export interface Window { center: number; width: number; name?: string }

export interface ImageFacts {
  sop_uid: string; frame: number; number: number | null; rows: number; columns: number;
  position: number[] | null; orientation: number[] | null;
  spacing_mm: [number, number] | null;
  spacing_origin: "patient" | "detector" | "calibrated" | "region" | "none";
  /** Parts of an ultrasound image, each with its own scale; `box` is x0, y0, x1, y1. */
  regions?: { box: [number, number, number, number]; plane: boolean; units: [string, string]; mm: [number, number] | null }[];
  thickness_mm: number | null; signed: boolean; bits: number; photometric: string;
  slope: number; intercept: number; unit: string | null; windows: Window[];
  voi: "LINEAR" | "LINEAR_EXACT" | "SIGMOID"; range: [number, number] | null; inverted: boolean;
  /** Closed bounds of stored values that are no image. */
  padding?: [number, number] | null;
  /** Height of a pixel over its width, where no millimetres say it. */
  aspect?: number;
  quality: { lossy: boolean; ratio: number | null };
  patient_orientation: string[] | null; image_laterality: string | null;
  frame_time_ms: number | null; bytes: number;
  /** The frame of reference of this image, where it is not its series'. */
  frame_of_reference?: string | null;
  /** What may be drawn over it; the bits come apart. */
  overlays?: { group: string; kind: string; label: string }[];
  /** Where a picture the page makes itself comes from; a frame's own address is made of its identifiers. */
  address?: string;
  /** Of a plane cut through a volume: which way, its name and what it was made of, and a mark where its pixels were computed (R-L 9). */
  plane?: { view: "axial" | "coronal" | "sagittal"; name: string; details: string[]; mark: { word: string; title: string } | null };
}

/** The factor from values to SUV by body weight, or the word for why there is none (R-L 8). */
export interface Suv { factor: number | null; reason: string | null }

/** A run of `images` that belong together, what tells it from its neighbours, and whether planes may be cut through it. */
export interface Stack {
  first: number; count: number;
  geometry: { kind: string; mpr: boolean; reason: string | null; spacing_mm: number | null };
  labels: { kind: string; value: string | number }[];
  suv?: Suv | null;
}

export interface Series {
  uid: string; study_uid: string; number: number | null; modality: string; description: string | null;
  frame_of_reference?: string | null; body_part: string | null; laterality: string | null; date: string | null; time: string | null;
  images: ImageFacts[];
  undisplayable: { sop_uid: string; number: number | null; reason: string }[];
  expected: number | null;
  geometry?: Stack["geometry"];
  suv?: Suv | null;
  stacks?: Stack[];
  /** Which stack of a series this is, where the series has several. */
  stack?: number;
}

export interface Study {
  uid: string; date: string | null; time: string | null; description: string | null;
  modalities: string[]; facility: string | null; accession: string | null; state: string;
  report: { state: string; reports: Version[] }; series: Series[];
  /** What this reader did on the exam before; absent is allowed. */
  work?: Work;
  /** The hospital's key images; `frame` is null for every frame of an image. */
  key_images?: { sop_uid: string; frame: number | null; title: string; description: string }[];
  received: number; expected: number | null; silent_since: string | null;
  /** Presentations that the hospital saved with the exam. */
  presentations?: Presentation[];
}

export interface Person {
  family_name: string; used_name: string | null; given_name: string; birth_date: string | null;
  sex: string | null; ipp: string | null;
}

/** What the hospital turned off, and whether films say that they are not meant for diagnosis; absent is allowed, and said. */
export interface Features { not_for_diagnosis?: boolean; measures?: boolean; suv?: boolean; mpr?: boolean; volume?: boolean }

export interface Opened {
  /** Tells one reader from another in what this tab puts aside. */
  reader?: string;
  features?: Features; person: Person; csrf: string; language: string; orientation_letters: string;
  session: { idle_until: string; until: string };
  brand: { name: string; phones: [string, string][] };
  studies: Study[];
  priors: { uid: string; date: string | null; description: string | null; modalities: string[] }[];
}

/** Address of a frame, also its key in the cache. */
export function frameAddress(series: Series, image: ImageFacts): string {
  return image.address ?? `/viewer-api/frames/${series.study_uid}/${series.uid}/${image.sop_uid}/${image.frame}`;
}

/** The stacks of a series, each to be shown like a series of its own; `word` tells what a label means. */
export function stacksOf(series: Series, word: (label: Stack["labels"][number]) => string): Series[] {
  const stacks = series.stacks ?? [];
  if (stacks.length < 2) return [series];
  return stacks.map(({ first, count, geometry, labels, suv }, stack) => ({
    ...series, stack, geometry, suv: suv ?? null, stacks: [], expected: null, images: series.images.slice(first, first + count),
    undisplayable: stack === 0 ? series.undisplayable : [],
    description: [series.description, labels.map(word).join(", ")].filter(Boolean).join(" – "),
  }));
}

/** What tells a series or a stack from all others of the page. */
export function keyOf(series: Series): string {
  return series.stack === undefined ? series.uid : `${series.uid}/${series.stack}`;
}

/** Which of these shows the image, or the same series at least: stacks are numbered anew while an exam arrives. */
export function sameAs<T extends { series: Series }>(choices: T[], before: Series, image: ImageFacts | null): T | undefined {
  const alike = choices.filter(({ series }) => series.uid === before.uid);
  const holds = ({ series }: T): boolean => series.images.some(({ sop_uid, frame }) => sop_uid === image?.sop_uid && frame === image.frame);
  return alike.find(holds) ?? alike.find(({ series }) => keyOf(series) === keyOf(before)) ?? alike[0];
}

/** Whether the server may still add images: the page then asks again. */
export function isGrowing(study: Study): boolean {
  if (study.state === "incomplete") return study.silent_since !== null;
  return ["preparing", "requested", "unreachable"].includes(study.state);
}

/** Where a stack opens: its first image for projections and clips, its middle for a volume. */
export function firstShown(series: Series): number {
  const volume = ["CT", "MR", "PT"].includes(series.modality);
  return volume ? Math.floor(series.images.length / 2) : 0;
}

/** Whether presets in Hounsfield units may be offered (R-L 5). */
export function hasHounsfield(series: Series): boolean {
  const first = series.images[0];
  return series.modality === "CT" && first !== undefined && first.unit === "HU" && first.photometric !== "RGB";
}

/** Height of a pixel over its width (R-L 4). */
export function tallness(image: Pick<ImageFacts, "spacing_mm" | "aspect">): number {
  const [row, column] = image.spacing_mm ?? [0, 0];
  return row > 0 && column > 0 ? row / column : image.aspect ?? 1;
}
