/** The viewer's JSON as the server writes it, and what follows from it without touching a page. */

export interface Window { center: number; width: number; name?: string }

export interface ImageFacts {
  sop_uid: string; frame: number; number: number | null; rows: number; columns: number;
  position: number[] | null; orientation: number[] | null;
  spacing_mm: [number, number] | null;
  spacing_origin: "patient" | "detector" | "calibrated" | "region" | "none";
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
}

export interface Series {
  uid: string; study_uid: string; number: number | null; modality: string; description: string | null;
  body_part: string | null; laterality: string | null; date: string | null; time: string | null;
  images: ImageFacts[];
  undisplayable: { sop_uid: string; number: number | null; reason: string }[];
  expected: number | null;
}

export interface Study {
  uid: string; date: string | null; time: string | null; description: string | null;
  modalities: string[]; facility: string | null; accession: string | null; state: string;
  report: { state: string } | null; series: Series[];
  received: number; expected: number | null; silent_since: string | null;
}

export interface Person {
  family_name: string; used_name: string | null; given_name: string; birth_date: string | null;
  sex: string | null; ipp: string | null;
}

export interface Opened {
  person: Person; csrf: string; language: string; orientation_letters: string;
  session: { idle_until: string; until: string };
  brand: { name: string; phones: [string, string][] };
  studies: Study[];
  priors: { uid: string; date: string | null; description: string | null; modalities: string[] }[];
}

/** Address of a frame, also its key in the cache. */
export function frameAddress(series: Series, image: ImageFacts): string {
  return `/viewer-api/frames/${series.study_uid}/${series.uid}/${image.sop_uid}/${image.frame}`;
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
