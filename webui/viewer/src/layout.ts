/** The films side by side: one, two or four, of one person only; one of them is active and hears the commands. */
import { keyOf, type Opened } from "./core/series";
import { Film, type View } from "./film";
import { part } from "./page";
import { SERIES, type Choice } from "./panels/seriesList";
import type { Pictures } from "./pixels/pictures";
import type { Say } from "./words";

export type Shape = "1" | "2" | "4";
const CELLS: Record<Shape, number> = { "1": 1, "2": 2, "4": 4 };

/** What a layout looks like, to be taken up again. */
export interface Arrangement { shape: Shape; active: number; cells: ({ study: string; series: string; view: View } | null)[] }

export class Layout {
  readonly #element = part("films");
  #films: Film[] = [];
  #active: Film;
  #shape: Shape = "1";
  /** Films shown in place of the layout's own: planes of a volume. */
  #guests: Film[] | null = null;
  #before: Film | null = null;
  onfilm: (film: Film) => void = () => {};
  onactive: () => void = () => {};
  onchange: (film: Film) => void = () => {};
  /** The films shown in place of the layout's own have gone. */
  onback: () => void = () => {};

  constructor(private readonly pictures: Pictures, private readonly opened: Opened, private readonly say: Say, private readonly choices: () => Choice[]) {
    this.#active = this.#make();
    this.#films = [this.#active];
    this.#put();
  }

  get films(): readonly Film[] { return this.#guests ?? this.#films; }
  get active(): Film { return this.#active; }
  get shape(): Shape { return this.#shape; }
  get isLent(): boolean { return this.#guests !== null; }

  /** The series on the active film, or null. */
  get choice(): Choice | null { return this.choiceOf(this.#active); }

  choiceOf(film: Film): Choice | null { return film.series && film.study ? { series: film.series, study: film.study } : null; }

  activate(film: Film): void {
    if (film === this.#active) return;
    this.#active = film;
    this.#mark();
    this.onactive();
  }

  activateNext(step: number): void {
    const { films } = this, at = films.indexOf(this.#active);
    const next = films[(at + step + films.length) % films.length];
    if (next) { this.activate(next); next.canvas.focus({ preventScroll: true }); }
  }

  /** Show one, two or four films; new ones take what is not shown yet, other exams first. */
  reshape(shape: Shape): void {
    this.giveBack();
    this.#shape = shape;
    while (this.#films.length < CELLS[shape]) this.#films.push(this.#make());
    // Kept films are the active one and those before it: what is being looked at never goes.
    while (this.#films.length > CELLS[shape]) {
      const [gone] = this.#films.splice(this.#films.at(-1) === this.#active ? this.#films.length - 2 : this.#films.length - 1, 1);
      gone?.empty();
    }
    this.#put();
    for (const film of this.#films) if (!film.series) this.#fill(film);
    this.onactive();
  }

  show(choice: Choice, film: Film = this.#active): void {
    this.giveBack();
    const there = this.#films.includes(film) ? film : this.#active;
    there.show(choice.series, choice.study);
    if (there === this.#active) this.onactive();
  }

  /** Show other films in place of the layout's own, under a layout class of the style sheet. */
  lend(films: Film[], name: string): void {
    this.#before ??= this.#active;
    this.#guests = films;
    this.#element.className = `films films-${name}`;
    this.#element.replaceChildren(...films.map(({ element }) => element));
    for (const film of films) this.#adopt(film);
    this.#active = films[0] ?? this.#active;
    this.#mark();
    this.onactive();
  }

  /** Show the layout's own films again; nothing happens when they are shown. */
  giveBack(): void {
    if (!this.#guests) return;
    this.#guests = null;
    this.#active = this.#before ?? this.#films[0]!;
    this.#before = null;
    this.#put();
    this.onback();
    this.onactive();
  }

  /** The session is over: no picture stays. */
  close(): void { for (const film of this.films) film.element.remove(); }

  arrangement(): Arrangement {
    return { shape: this.#shape, active: Math.max(0, this.#films.indexOf(this.#active)), cells: this.#films.map((film) =>
      film.series && film.study ? { study: film.study.uid, series: keyOf(film.series), view: film.view() } : null) };
  }

  /** Take up an arrangement; cells whose series is no longer there stay as they are. */
  arrange({ shape, active, cells }: Arrangement): void {
    if (!(shape in CELLS)) return;
    this.reshape(shape);
    this.#films.forEach((film, n) => {
      const cell = cells[n], choice = cell && this.choices().find(({ series, study }) => study.uid === cell.study && keyOf(series) === cell.series);
      if (!cell || !choice) return;
      film.show(choice.series, choice.study);
      film.look(cell.view);
    });
    this.activate(this.#films[active] ?? this.#active);
    this.onactive();
  }

  #make(): Film {
    const film = new Film(this.pictures, this.opened, this.say);
    this.#adopt(film);
    return film;
  }

  #adopt(film: Film): void {
    film.onchange = () => this.onchange(film);
    film.element.addEventListener("pointerdown", () => this.activate(film), { capture: true });
    film.canvas.addEventListener("focus", () => this.activate(film));
    this.#receive(film);
    this.onfilm(film);
  }

  /** A series dragged from the list lands on this film; only series of this page are known here. */
  #receive(film: Film): void {
    film.element.addEventListener("dragover", (event) => { if (event.dataTransfer?.types.includes(SERIES)) event.preventDefault(); });
    film.element.addEventListener("drop", (event) => {
      const key = event.dataTransfer?.getData(SERIES);
      const choice = key && this.choices().find(({ series, study }) => `${study.uid}/${keyOf(series)}` === key);
      if (!choice) return;
      event.preventDefault();
      this.activate(film);
      this.show(choice, film);
    });
  }

  #put(): void {
    this.#element.className = `films films-${this.#shape}`;
    this.#element.replaceChildren(...this.#films.map(({ element }) => element));
    this.#mark();
  }

  #mark(): void { for (const film of this.films) film.element.classList.toggle("is-active", film === this.#active); }

  #fill(film: Film): void {
    const shown = new Set(this.#films.flatMap(({ series, study }) => (series && study ? [`${study.uid}/${keyOf(series)}`] : [])));
    const studies = new Set(this.#films.map(({ study }) => study?.uid));
    const left = this.choices().filter(({ series, study }) => series.images.length > 0 && !shown.has(`${study.uid}/${keyOf(series)}`));
    const other = left.filter(({ study }) => !studies.has(study.uid));
    const alike = (one: Choice): boolean => one.series.modality === this.#active.series?.modality;
    const choice = other.find(alike) ?? other[0] ?? left[0];
    if (choice) film.show(choice.series, choice.study); else film.empty();
  }
}
