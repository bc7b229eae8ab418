/** Key images: those that the hospital selected, and those that the reader starred. */
import type { ImageFacts, Opened, Series } from "./core/series";

export interface KeyImage { study: string; series: string; sop: string; frame: number; title: string; description: string; own: boolean }

const named = (series: string, sop: string, frame: number): string => `${series}/${sop}/${frame}`;

export class Keys {
  readonly #own = new Map<string, Set<string>>();
  onchange: () => void = () => {};

  constructor(private readonly opened: () => Opened) {}

  of(study: string): string[] { return [...(this.#own.get(study) ?? [])]; }

  take(study: string, images: readonly string[]): void { this.#own.set(study, new Set(images)); this.onchange(); }

  toggle(series: Series, image: ImageFacts): void {
    const own = this.#own.get(series.study_uid) ?? new Set<string>(), name = named(series.uid, image.sop_uid, image.frame);
    if (!own.delete(name)) own.add(name);
    this.#own.set(series.study_uid, own);
    this.onchange();
  }

  isOwn(series: Series, image: ImageFacts): boolean { return !!this.#own.get(series.study_uid)?.has(named(series.uid, image.sop_uid, image.frame)); }

  isOfHospital(series: Series, image: ImageFacts): boolean {
    return this.opened().studies.some(({ uid, key_images }) => uid === series.study_uid && key_images?.some(({ sop_uid, frame }) => sop_uid === image.sop_uid && (frame ?? image.frame) === image.frame));
  }

  /** The key images of an exam that are here, the hospital's first, each once. */
  shown(study: Opened["studies"][number]): KeyImage[] {
    const places = new Map<string, string>();
    for (const series of study.series) for (const { sop_uid } of series.images) places.set(sop_uid, series.uid);
    const found = new Map<string, KeyImage>();
    for (const { sop_uid, frame, title, description } of study.key_images ?? []) {
      const series = places.get(sop_uid);
      if (series) found.set(named(series, sop_uid, frame ?? 1), { study: study.uid, series, sop: sop_uid, frame: frame ?? 1, title, description, own: false });
    }
    for (const name of this.of(study.uid)) {
      const [series = "", sop = "", frame = "1"] = name.split("/");
      if (!found.has(name) && places.has(sop)) found.set(name, { study: study.uid, series, sop, frame: Number(frame), title: "", description: "", own: true });
    }
    return [...found.values()];
  }
}
