/** Buttons and keys to what they do; a button whose command cannot be done now is disabled and says why. */
import { part } from "./page";
import { leaveMenus, toggleMenu } from "./panels/shell";
import type { Say, Word } from "./words";

export interface Command {
  run(): void;
  /** Why it cannot be done now, or null; what this page never does has no command at all. */
  hindrance?(): Word | null;
  /** Whether it is on; told to those who cannot see it. */
  pressed?(): boolean;
}

const KEYS: Record<string, string> = {
  d: "scroll", c: "window", z: "zoom", p: "pan", r: "rotate", h: "flip-h", v: "flip-v", m: "length", a: "angle", e: "roi", s: "probe",
  t: "arrow", g: "key", x: "cursor", l: "link", k: "lines", o: "overlays", j: "gsps", i: "invert", q: "lossless", "0": "reset", "1": "layout-1", "2": "layout-2", "4": "layout-4",
  f: "fullscreen", " ": "cine", ArrowUp: "image-previous", ArrowDown: "image-next", ArrowLeft: "series-previous", ArrowRight: "series-next",
  Home: "image-first", End: "image-last", PageUp: "image-back-ten", PageDown: "image-on-ten", "?": "keys", "+": "zoom-in", "-": "zoom-out",
  n: "film-next", Delete: "delete", Backspace: "delete", Escape: "leave", "3": "own-3", "5": "own-5", "6": "own-6", "7": "own-7", "8": "own-8", "9": "own-9",
};
const SWITCH = "keys-off";

export class Commands {
  readonly #all = new Map<string, Command>();

  constructor(private readonly say: Say, private readonly explain: (why: string | null) => void) {
    document.addEventListener("click", ({ target }) => {
      const button = (target as Element).closest<HTMLElement>("[data-command], [data-menu]");
      if (button) this.#press(button);
    });
    document.addEventListener("keydown", (event) => this.#key(event));
    const active = part<HTMLInputElement>("keys-on");
    active.checked = localStorage.getItem(SWITCH) === null;
    active.addEventListener("change", () => { if (active.checked) localStorage.removeItem(SWITCH); else localStorage.setItem(SWITCH, ""); });
    for (const button of document.querySelectorAll<HTMLElement>("[data-command]"))
      button.dataset["name"] = nameOf(button);
  }

  add(commands: Record<string, Command | (() => void)>): void {
    for (const [name, command] of Object.entries(commands)) this.#all.set(name, typeof command === "function" ? { run: command } : command);
  }

  run(name: string): void {
    const command = this.#all.get(name);
    const why = command ? command.hindrance?.() ?? null : "not.yet" as const;
    this.explain(why && this.say(why));
    if (command && !why) command.run();
  }

  /** Tell on every button what can be done now, and what is on. */
  refresh(): void {
    for (const button of document.querySelectorAll<HTMLElement>("[data-command]")) {
      const command = this.#all.get(button.dataset["command"] ?? "");
      const why = command ? command.hindrance?.() ?? null : "not.yet" as const;
      set(button, "aria-disabled", why ? "true" : null);
      const name = button.dataset["name"] ??= nameOf(button);
      if (button.hasAttribute("title") || why) set(button, "title", why ? `${name}${this.say("colon")}${this.say(why)}` : name);
      const state = command?.pressed?.();
      if (state === undefined) continue;
      set(button, ["menuitemradio", "menuitemcheckbox"].includes(button.getAttribute("role") ?? "") ? "aria-checked" : "aria-pressed", String(state));
    }
  }

  #press(button: HTMLElement): void {
    const name = button.dataset["command"];
    // A dialog gives the focus back to what had it: not to an item of a menu that is closed by then.
    if (!button.dataset["menu"] && button.closest(".menu")) leaveMenus();
    if (name) this.run(name);
    if (button.dataset["menu"]) toggleMenu(button);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const target = event.target as HTMLElement;
    if (target.matches("input:not([type=range]), textarea, select") || (event.key === " " && target.matches("button, a, summary"))) return;
    if (target.closest(".menu") || (target.matches("input[type=range]") && event.key.startsWith("Arrow"))) return;
    if (localStorage.getItem(SWITCH) !== null && !target.closest(".film")) return;
    const command = KEYS[keyOf(event)];
    if (!command || !this.#all.has(command)) return;
    event.preventDefault();
    this.run(command);
  }
}

/** What a button is called: an item of a menu by its words, without its key. */
function nameOf(button: HTMLElement): string {
  const words = button.querySelector("span")?.textContent ?? button.textContent;
  return button.getAttribute("title") || button.getAttribute("aria-label") || words?.trim() || "";
}

/** Write an attribute only when it changes: this is done for every button whenever something moves. */
function set(button: HTMLElement, name: string, value: string | null): void {
  if (button.getAttribute(name) === value) return;
  if (value === null) button.removeAttribute(name); else button.setAttribute(name, value);
}

/** The key that is meant: figures by their place, as French keyboards give them only with the shift key. */
function keyOf(event: KeyboardEvent): string {
  const figure = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
  if (figure && !/^[a-zA-Z?+]$/.test(event.key) && !(event.key === "-" && !event.code.startsWith("Digit6"))) return figure;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}
