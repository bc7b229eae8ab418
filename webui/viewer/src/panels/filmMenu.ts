/** The menu of a film, under the right button: what is done most to the picture that is seen. */
import type { Point } from "../core/measure";
import type { Film } from "../film";
import { icon, make } from "../page";
import type { Say, Word } from "../words";
import { closeMenus } from "./shell";

const ITEMS: [command: string, sign: string, word: Word][] = [
  ["save", "camera", "menu.save"], ["capture", "print", "menu.capture"], ["invert", "invert", "menu.invert"], ["rotate", "rotate", "menu.rotate"], ["delete", "trash", "menu.delete"], ["reset", "reset", "menu.reset"],
];

export function filmMenu(say: Say): (film: Film, at: Point) => void {
  const menu = make("div", { class: "menu film-context", role: "menu", "aria-label": say("menu.film"), hidden: "" });
  for (const [command, sign, word] of ITEMS)
    menu.append(make("button", { class: "menu-item", type: "button", role: "menuitem", "data-command": command }, icon(sign), make("span", {}, say(word))));
  const close = (): void => { menu.hidden = true; };
  document.addEventListener("pointerdown", ({ target }) => { if (!menu.contains(target as Node)) close(); });
  menu.addEventListener("click", close);
  menu.addEventListener("keydown", (event) => {
    const items = [...menu.querySelectorAll<HTMLElement>("[role=menuitem]")], step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); items[(items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length]?.focus(); }
    if (event.key === "Escape") { event.stopPropagation(); close(); menu.closest<HTMLElement>(".film")?.querySelector("canvas")?.focus(); }
  });
  return (film, at) => {
    closeMenus();
    film.element.append(menu);
    menu.hidden = false;
    const box = film.element.getBoundingClientRect();
    menu.style.left = `${Math.max(0, Math.min(at.x - box.left, box.width - menu.offsetWidth))}px`;
    menu.style.top = `${Math.max(0, Math.min(at.y - box.top, box.height - menu.offsetHeight))}px`;
    menu.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  };
}
