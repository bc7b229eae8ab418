/** What one chooses of a rendering: modes behind the gear, views, and the bounds of what is shown. */
import { directionLetters } from "../core/orientation";
import { PRESET_VIEWS, WHOLE, type Box, type Mode, type PresetView } from "../core/rendering";
import { unit } from "../core/vectors";
import type { Grid } from "../core/volume";
import { icon, make } from "../page";
import type { VolumeSay } from "../volumeWords";

/** The gear on the film and its menu of modes. */
export class Gear {
  readonly #menu: HTMLElement;
  readonly #button: HTMLElement;

  constructor(film: HTMLElement, modes: readonly Mode[], say: VolumeSay, choose: (mode: Mode) => void) {
    this.#menu = make("div", { class: "menu film-menu", role: "menu", "aria-label": say("vr.modes"), hidden: "" });
    this.#button = make("button", { class: "fbtn", type: "button", "aria-label": say("vr.modes"), title: say("vr.modes"), "aria-haspopup": "menu",
      "aria-expanded": "false" }, icon("gear", "icon"));
    for (const mode of modes) {
      const item = make("button", { class: "menu-item", type: "button", role: "menuitemradio", "data-mode": mode }, icon("cube"), make("span", {}, say(`vr.${mode}`)));
      item.addEventListener("click", () => { choose(mode); this.#open(false); this.#button.focus(); });
      this.#menu.append(item);
    }
    this.#button.addEventListener("click", () => {
      this.#open(this.#menu.hidden !== false);
      this.#menu.querySelector<HTMLElement>("[aria-checked=true]")?.focus();
    });
    this.#menu.addEventListener("keydown", (event) => this.#key(event));
    film.addEventListener("pointerdown", ({ target }) => { if (target instanceof HTMLCanvasElement) this.#open(false); }, { capture: true });
    film.append(make("div", { class: "ov br" }, this.#button), this.#menu);
  }

  tell(shown: Mode): void {
    for (const item of this.#menu.querySelectorAll<HTMLElement>("[data-mode]")) {
      const chosen = item.dataset["mode"] === shown;
      item.setAttribute("aria-checked", String(chosen));
      item.firstElementChild?.replaceWith(icon(chosen ? "check" : "cube"));
    }
  }

  #open(opened: boolean): void { this.#menu.hidden = !opened; this.#button.setAttribute("aria-expanded", String(opened)); }

  #key(event: KeyboardEvent): void {
    const items = [...this.#menu.querySelectorAll<HTMLElement>("[role=menuitemradio]")], step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); items[(items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length]?.focus(); }
    if (event.key === "Escape") { this.#open(false); this.#button.focus(); }
    event.stopPropagation();
  }
}

/** Buttons of the views from which one begins. */
export function viewButtons(say: VolumeSay, choose: (view: PresetView) => void): HTMLElement {
  const views = make("div", { class: "choice", role: "group", "aria-label": say("vr.views") });
  for (const view of Object.keys(PRESET_VIEWS) as PresetView[]) {
    const button = make("button", { type: "button", "data-view": view }, say(`vr.view.${view}`));
    button.addEventListener("click", () => choose(view));
    views.append(button);
  }
  return views;
}

const NARROWEST = 0.02;

/** Two bounds for each axis of the volume, named by where it points. */
export class Cropper {
  readonly element: HTMLElement;
  box: Box = WHOLE;

  constructor(grid: Grid, alphabet: string, say: VolumeSay, private readonly changed: () => void) {
    const shown = (letters: string): string => [...letters.slice(0, 1)].map((letter) => alphabet["RLAPHF".indexOf(letter)] ?? letter).join("");
    const rows = grid.steps.map((step, axis) => {
      const ends = [unit(step).map((n) => -n), unit(step)].map((way) => shown(directionLetters(way))) as [string, string];
      const inputs = ([0, 1] as const).map((end) => {
        const input = make("input", { class: "range", type: "range", min: "0", max: "100", value: String(end * 100), "data-axis": String(axis),
          "data-end": String(end), "aria-label": say("vr.crop.side", { side: ends[end] }) });
        input.addEventListener("input", () => this.#bound(axis, end, input));
        return input;
      });
      return make("div", { class: "crop-axis" }, make("span", { class: "count" }, ends[0]), ...inputs, make("span", { class: "count" }, ends[1]));
    });
    this.element = make("details", { class: "crop" }, make("summary", {}, say("vr.crop")), make("div", { class: "menu crop-box" }, ...rows));
  }

  reset(): void {
    this.box = WHOLE;
    for (const input of this.element.querySelectorAll("input")) input.value = input.dataset["end"] === "1" ? "100" : "0";
  }

  #bound(axis: number, end: 0 | 1, input: HTMLInputElement): void {
    const bounds = this.box.map(([low, high]) => [low, high]) as [number, number][], mine = bounds[axis]!, share = Number(input.value) / 100;
    mine[end] = end === 0 ? Math.min(share, mine[1] - NARROWEST) : Math.max(share, mine[0] + NARROWEST);
    input.value = String(Math.round(mine[end] * 100));
    this.box = bounds as unknown as Box;
    this.changed();
  }
}
