/** Zone 3: plays the stack in a loop; position and speed. */
import type { Film } from "../film";
import { buttons, icon, part } from "../page";
import type { Say } from "../words";

export class Cine {
  readonly #position = part<HTMLInputElement>("cine-position");
  readonly #speed = part<HTMLInputElement>("cine-speed");
  #timer = 0;

  constructor(private readonly film: Film, private readonly say: Say) {
    this.#position.addEventListener("input", () => film.goTo(Number(this.#position.value) - 1));
    this.#speed.addEventListener("input", () => { this.#tellSpeed(); if (this.#timer) this.play(); });
    this.#tellSpeed();
  }

  /** Take the speed the images were made at, when they say so. */
  follow(): void {
    const time = this.film.image?.frame_time_ms;
    if (time && time > 0) this.#speed.value = String(Math.min(60, Math.max(1, Math.round(1000 / time))));
    this.#tellSpeed();
    this.stop();
  }

  toggle(): void { if (this.#timer) this.stop(); else this.play(); }

  play(): void {
    this.stop();
    this.#timer = window.setInterval(() => this.#step(), 1000 / Number(this.#speed.value));
    this.#press(true);
  }

  stop(): void { clearInterval(this.#timer); this.#timer = 0; this.#press(false); }

  show(): void {
    const total = this.film.series?.images.length ?? 0;
    this.#position.max = String(Math.max(1, total));
    this.#position.value = String(this.film.index + 1);
    part("cine-count").textContent = `${total ? this.film.index + 1 : 0} / ${total}`;
  }

  /** The next image, only once the current one is on screen: slow networks never skip images unseen. */
  #step(): void {
    const total = this.film.series?.images.length ?? 0;
    if (total < 2) { this.stop(); return; }
    if (this.film.pixels) this.film.goTo((this.film.index + 1) % total);
  }

  #tellSpeed(): void { part("cine-rate").textContent = this.say("fps", { n: this.#speed.value }); }

  #press(playing: boolean): void {
    for (const button of buttons("cine")) {
      button.setAttribute("aria-pressed", String(playing));
      button.replaceChildren(icon(playing ? "pause" : "play", "icon"));
    }
  }
}
