/** Overlays of the images: asked for once a series, drawn over the picture, hidden by a command. */
import { get } from "./api";
import { bitsOf, type OverlayPlane } from "./core/overlays";
import type { Series } from "./core/series";
import type { Film } from "./film";

const COLOUR = [111, 224, 255, 255] as const;
const KEPT = 64;

export class Overlays {
  hidden = false;
  readonly #asked = new Map<string, Record<string, OverlayPlane[]> | null>();
  readonly #drawn = new Map<string, OffscreenCanvas>();

  /** Whether any image of the series has one. */
  has(series: Series | null): boolean { return !!series?.images.some(({ overlays }) => overlays?.length); }

  draw(context: CanvasRenderingContext2D, film: Film): void {
    const { series, seen } = film;
    if (this.hidden || !series || !seen?.overlays?.length) return;
    const planes = this.#of(series, film)?.[seen.sop_uid] ?? [];
    for (const plane of planes) {
      const picture = this.#picture(`${seen.sop_uid}/${seen.frame}/${plane.group}`, plane, seen.frame);
      if (!picture) continue;
      context.setTransform(...film.matrix());
      context.imageSmoothingEnabled = true;
      context.drawImage(picture, plane.origin[1] - 1, plane.origin[0] - 1);
      context.setTransform(1, 0, 0, 1, 0, 0);
    }
  }

  /** The planes of a series; the first time they are asked for, and the film is drawn again when they come. */
  #of(series: Series, film: Film): Record<string, OverlayPlane[]> | null {
    const address = `/viewer-api/overlays/${series.study_uid}/${series.uid}`, known = this.#asked.get(address);
    if (known !== undefined) return known;
    this.#asked.set(address, null);
    get(address).then((answer) => answer.json()).then(
      (planes: Record<string, OverlayPlane[]>) => { this.#asked.set(address, planes); film.draw(); },
      () => { this.#asked.delete(address); });
    return null;
  }

  #picture(key: string, plane: OverlayPlane, frame: number): OffscreenCanvas | null {
    const kept = this.#drawn.get(key);
    if (kept) return kept;
    const bits = bitsOf(plane, frame);
    if (!bits) return null;
    const picture = new OffscreenCanvas(plane.columns, plane.rows), context = picture.getContext("2d");
    if (!context) return null;
    const data = context.createImageData(plane.columns, plane.rows);
    bits.forEach((bit, at) => { if (bit) data.data.set(COLOUR, at * 4); });
    context.putImageData(data, 0, 0);
    this.#drawn.set(key, picture);
    for (const oldest of this.#drawn.keys()) { if (this.#drawn.size <= KEPT) break; this.#drawn.delete(oldest); }
    return picture;
  }
}
