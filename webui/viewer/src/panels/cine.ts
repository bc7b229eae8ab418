/** Zone 3: plays the active film; position, speed, loop and range. */
import type { Film } from "../film";
import type { Layout } from "../layout";
import { buttons, icon, part } from "../page";
import type { Say } from "../words";

export class Cine {
  readonly #position = part<HTMLInputElement>("cine-position");
  readonly #speed = part<HTMLInputElement>("cine-speed");
  #timer = 0;
  #film: Film | null = null;
  #from = 0;
  #to = Infinity;
  loops = true;

  constructor(private readonly layout: Layout, private readonly say: Say) {
    this.#position.addEventListener("input", () => layout.active.goTo(Number(this.#position.value) - 1));
    this.#speed.addEventListener("input", () => { this.#tellSpeed(); if (this.#timer) this.play(); });
    this.#tellSpeed();
  }

  get playing(): boolean { return this.#timer !== 0; }
  get speed(): number { return Number(this.#speed.value); }

  /** First and last image that are played, from zero. */
  get range(): [number, number] {
    const last = Math.max(0, (this.layout.active.series?.images.length ?? 0) - 1);
    return [Math.min(this.#from, last), Math.min(this.#to, last)];
  }

  get isWhole(): boolean { return this.#from === 0 && this.#to === Infinity; }

  /** Take the speed the images were made at, when they say so; play all of them. */
  follow(): void {
    const time = this.layout.active.image?.frame_time_ms;
    if (time && time > 0) this.#speed.value = String(Math.min(60, Math.max(1, Math.round(1000 / time))));
    this.whole();
    this.#tellSpeed();
    this.stop();
  }

  beginHere(): void { this.#from = this.layout.active.index; if (this.#to < this.#from) this.#to = Infinity; this.show(); }
  endHere(): void { this.#to = this.layout.active.index; if (this.#from > this.#to) this.#from = 0; this.show(); }
  whole(): void { this.#from = 0; this.#to = Infinity; this.show(); }

  toggle(): void { if (this.#timer) this.stop(); else this.play(); }

  play(): void {
    this.stop();
    this.#film = this.layout.active;
    const [from, to] = this.range;
    if (this.#film.index < from || this.#film.index >= to) this.#film.goTo(from);
    this.#timer = window.setInterval(() => this.#step(), 1000 / this.speed);
    this.#press(true);
  }

  stop(): void { clearInterval(this.#timer); this.#timer = 0; this.#press(false); }

  show(): void {
    const film = this.layout.active, total = film.series?.images.length ?? 0, [from, to] = this.range;
    this.#position.max = String(Math.max(1, total));
    this.#position.value = String(film.index + 1);
    const range = this.isWhole ? "" : ` (${from + 1}–${to + 1})`;
    part("cine-count").textContent = `${total ? film.index + 1 : 0} / ${total}${range}`;
  }

  /** The next image, only once the current one is on screen: slow networks never skip images unseen. */
  #step(): void {
    const film = this.#film, [from, to] = this.range;
    if (!film || film !== this.layout.active || to <= from) { this.stop(); return; }
    if (!film.pixels) return;
    if (film.index < to) film.goTo(film.index + 1);
    else if (this.loops) film.goTo(from);
    else this.stop();
  }

  #tellSpeed(): void { part("cine-rate").textContent = this.say("fps", { n: this.#speed.value }); }

  #press(playing: boolean): void {
    for (const button of buttons("cine")) {
      button.setAttribute("aria-pressed", String(playing));
      button.replaceChildren(icon(playing ? "pause" : "play", "icon"));
    }
  }
}
