/** The marks of the open exams, by picture; lengths, angles and zones are the person's work, never part of an image. */
import type { Mark } from "./core/marks";
import type { Film } from "./film";
import { frameAddress } from "./core/series";

export class Marks {
  readonly #all = new Map<string, Mark[]>();
  selected: Mark | null = null;
  onchange: () => void = () => {};

  /** The marks of the picture that is seen. */
  of(film: Film): readonly Mark[] { return (film.series && film.seen && this.#all.get(frameAddress(film.series, film.seen))) || []; }

  /** Every mark of the film's series, by image index. */
  ofSeries(film: Film): { index: number; marks: readonly Mark[] }[] {
    return (film.series?.images ?? []).map((image, index) => ({ index, marks: this.#all.get(frameAddress(film.series!, image)) ?? [] }))
      .filter(({ marks }) => marks.length > 0);
  }

  add(film: Film, mark: Mark): void {
    if (!film.series || !film.seen) return;
    const address = frameAddress(film.series, film.seen);
    this.#all.set(address, [...(this.#all.get(address) ?? []), mark]);
    this.selected = mark;
  }

  remove(mark: Mark): void {
    for (const [address, marks] of this.#all) if (marks.includes(mark)) this.#put(address, marks.filter((one) => one !== mark));
    if (this.selected === mark) this.selected = null;
    this.onchange();
  }

  /** Remove the selected mark of the picture, else the one drawn last. */
  removeOne(film: Film): void {
    const here = this.of(film), last = here.at(-1);
    if (this.selected && here.includes(this.selected)) this.remove(this.selected);
    else if (last) this.remove(last);
  }

  /** Remove every mark of the film's series. */
  removeAll(film: Film): void {
    for (const image of film.series?.images ?? []) this.#all.delete(frameAddress(film.series!, image));
    this.selected = null;
    this.onchange();
  }

  /** Every mark by address, to be kept. */
  kept(): Record<string, Mark[]> { return Object.fromEntries([...this.#all].filter(([address]) => address.startsWith("/"))); }

  take(kept: Record<string, Mark[]>): void { for (const [address, marks] of Object.entries(kept)) this.#put(address, marks); }

  #put(address: string, marks: Mark[]): void { if (marks.length) this.#all.set(address, marks); else this.#all.delete(address); }
}
