/** Reports of an exam as the server lists them, and where the images that they cite are. */
import type { Opened, Series, Study } from "./series";

export type Shown = "html" | "pdf" | "waiting" | "refused" | "none";

export interface Version {
  id: number; version: number; state: "validated" | "corrected" | "provisional" | "cancelled"; at: string;
  title: string; author: string; facility: string; important: boolean; opened: boolean; shown: Shown; reason: string;
  older: Version[]; addenda: Version[];
}

export interface Place { study: Study; series: Series; index: number }

const everyPlace = function* (studies: Study[]): Generator<Place> {
  for (const study of studies) for (const series of study.series) for (let index = 0; index < series.images.length; index++) yield { study, series, index };
};

/** Where an image is among the open exams: by its UID, and its frame when it is one of many. */
export function placeOf(opened: Pick<Opened, "studies">, sop: string, frame: number): Place | null {
  let first: Place | null = null;
  for (const place of everyPlace(opened.studies)) {
    const image = place.series.images[place.index]!;
    if (image.sop_uid !== sop) continue;
    if (image.frame === frame) return place;
    first ??= place;
  }
  return first;
}

/** Where « série 2, image 37 » is in one exam; two series of one number are nobody's. */
export function placeNamed(study: Study, series: number, image: number): Place | null {
  const named = study.series.filter((one) => one.number === series && one.images.length > 0);
  if (named.length !== 1) return null;
  const index = named[0]!.images.findIndex((one) => one.number === image);
  return index < 0 ? null : { study, series: named[0]!, index };
}

/** Whether a version is still in the hands of a worker: the page then asks again. */
export function awaitsReports(study: Study): boolean {
  const waits = (one: Version): boolean => one.shown === "waiting" || one.older.some(waits) || one.addenda.some(waits);
  return study.report.reports.some(waits);
}

/** JJ/MM/AAAA HH:MM at the hospital, which is where the report was validated. */
export function momentOf(instant: string): string {
  const parts = new Intl.DateTimeFormat("fr-FR", { dateStyle: "short", timeStyle: "short", timeZone: "Europe/Paris" }).formatToParts(new Date(instant));
  const of = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  return `${of("day")}/${of("month")}/${of("year")} ${of("hour")}:${of("minute")}`;
}
