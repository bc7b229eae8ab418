/** Pictures put aside for printing, in the memory of the page: gone with it. */

export const MOST_CAPTURES = 12;
export interface Capture { blob: Blob; words: string }

export class Tray {
  #held: Capture[] = [];

  get held(): readonly Capture[] { return this.#held; }
  get full(): boolean { return this.#held.length >= MOST_CAPTURES; }
  add(capture: Capture): void { if (!this.full) this.#held = [...this.#held, capture]; }
  empty(): void { this.#held = []; }
}
