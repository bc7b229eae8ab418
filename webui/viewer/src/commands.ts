/** Buttons and keys to what they do; a button without a command here is disabled and says why. */
import { flippedHorizontally, flippedVertically, rotated } from "./core/orientation";
import { hasHounsfield } from "./core/series";
import { CT_PRESETS, MR_PRESETS, openingWindow, percentileWindow } from "./core/window";
import type { Film } from "./film";
import { buttons, part } from "./page";
import type { Cine } from "./panels/cine";
import { closeMenus, toggleMenu } from "./panels/shell";
import { lengthTool, measures } from "./tools/length";
import { panTool } from "./tools/pan";
import { scrollTool } from "./tools/scroll";
import type { Tool } from "./tools/tool";
import { windowTool } from "./tools/window";
import { zoomTool } from "./tools/zoom";
import type { Say } from "./words";

const TOOLS: Record<string, Tool> = { scroll: scrollTool, window: windowTool, zoom: zoomTool, pan: panTool, length: lengthTool };
const KEYS: Record<string, string> = {
  d: "scroll", c: "window", z: "zoom", p: "pan", r: "rotate", h: "flip-h", v: "flip-v", m: "length", i: "invert", "0": "reset",
  f: "fullscreen", " ": "cine", ArrowUp: "image-previous", ArrowDown: "image-next", ArrowLeft: "series-previous",
  ArrowRight: "series-next", Home: "image-first", End: "image-last", PageUp: "image-back-ten", PageDown: "image-on-ten", "?": "keys", "1": "layout-1",
};

export class Commands {
  #chosen = "scroll";
  readonly #run: Record<string, () => void>;

  constructor(private readonly film: Film, cine: Cine, stepSeries: (step: number) => void, private readonly say: Say) {
    const go = (index: () => number) => () => { cine.stop(); film.goTo(index()); };
    this.#run = {
      rotate: () => this.#turn(rotated), "flip-h": () => this.#turn(flippedHorizontally), "flip-v": () => this.#turn(flippedVertically),
      invert: () => { film.inverted = !film.inverted; film.draw(); },
      reset: () => { cine.stop(); measures.delete(film); film.reset(); },
      hide: () => { film.linesHidden = !film.linesHidden; film.draw(); },
      delete: () => { measures.delete(film); film.draw(); },
      cine: () => cine.toggle(), "layout-1": () => {},
      "image-previous": go(() => film.index - 1), "image-next": go(() => film.index + 1),
      "image-first": go(() => 0), "image-last": go(() => (film.series?.images.length ?? 1) - 1),
      "image-back-ten": go(() => film.index - 10), "image-on-ten": go(() => film.index + 10),
      "series-previous": () => stepSeries(-1), "series-next": () => stepSeries(1),
      fullscreen: () => { void (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.()); },
      keys: () => part<HTMLDialogElement>("keys").showModal(),
    };
    for (const name of Object.keys(TOOLS)) this.#run[name] = () => this.choose(name);
    for (const name of [...Object.keys(CT_PRESETS), ...Object.keys(MR_PRESETS), "auto"]) this.#run[`preset-${name}`] = () => this.#preset(name);
    this.#listen();
  }

  get tool(): Tool { return TOOLS[this.#chosen] ?? scrollTool; }

  choose(name: string): void {
    this.#chosen = name;
    for (const tool of Object.keys(TOOLS)) for (const button of buttons(tool))
      if (button.classList.contains("tool")) button.setAttribute("aria-pressed", String(tool === name));
  }

  /** Offer only what the shown series allows (R-L 5). */
  refresh(): void {
    const { series } = this.film;
    const offered: Record<string, boolean> = { CT: !!series && hasHounsfield(series), MR: series?.modality === "MR" };
    for (const group of document.querySelectorAll<HTMLElement>("[data-presets]")) group.hidden = !offered[group.dataset["presets"] ?? ""];
    for (const button of buttons("hide")) button.setAttribute("aria-pressed", String(this.film.linesHidden));
    for (const [name, preset] of Object.entries(CT_PRESETS)) for (const button of buttons(`preset-${name}`))
      button.setAttribute("aria-checked", String(preset.center === this.film.window?.center && preset.width === this.film.window?.width));
  }

  #turn(change: (turn: Film["turn"]) => Film["turn"]): void { this.film.turn = change(this.film.turn); this.film.draw(); }

  #preset(name: string): void {
    const { film } = this, { image, pixels } = film;
    if (!image || !pixels) return;
    const share = MR_PRESETS[name];
    const window = CT_PRESETS[name] ?? (share ? percentileWindow(pixels.data, image, share) : openingWindow(image, pixels.low, pixels.high));
    film.setWindow(window);
    if (name === "auto") film.windowIsOwn = false;
  }

  #listen(): void {
    for (const button of document.querySelectorAll<HTMLElement>("[data-command]")) {
      const command = button.dataset["command"] ?? "";
      if (!this.#run[command]) { this.#disable(button, command); continue; }
      button.addEventListener("click", () => {
        this.#run[command]?.();
        if (button.dataset["menu"]) toggleMenu(button);
        else if (button.closest(".menu")) closeMenus();
      });
    }
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  #disable(button: HTMLElement, command: string): void {
    button.setAttribute("aria-disabled", "true");
    const title = button.getAttribute("title") || button.getAttribute("aria-label") || button.textContent?.trim() || command;
    button.setAttribute("title", `${title}${this.say("colon")}${this.say(command === "lossless" ? "already.lossless" : "not.yet")}`);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const target = event.target as HTMLElement;
    if (target.matches("input:not([type=range]), textarea, select") || (event.key === " " && target.matches("button, a, summary"))) return;
    const command = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!command) return;
    event.preventDefault();
    this.#run[command]?.();
  }
}
