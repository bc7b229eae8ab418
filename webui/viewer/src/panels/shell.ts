/** Menus, the phone's dock and dialogs: what the page does by itself. */
import { part } from "../page";

export function closeMenus(): void {
  for (const opener of document.querySelectorAll<HTMLElement>("[data-menu]")) {
    opener.setAttribute("aria-expanded", "false");
    part(opener.dataset["menu"]!).hidden = true;
  }
}

/** Close the menus, and give the focus back to the button that opened one. */
export function leaveMenus(): void {
  const opener = document.querySelector<HTMLElement>("[data-menu][aria-expanded=true]");
  closeMenus();
  opener?.focus();
}

export function toggleMenu(opener: HTMLElement): void {
  const menu = part(opener.dataset["menu"]!), opening = menu.hidden;
  closeMenus();
  menu.hidden = !opening;
  opener.setAttribute("aria-expanded", String(opening));
  if (opening) menu.querySelector<HTMLElement>("[role^=menuitem]:not([aria-disabled=true])")?.focus();
}

export function listenToShell(): void {
  for (const menu of document.querySelectorAll<HTMLElement>(".menu")) menu.addEventListener("keydown", (event) => {
    const items = [...menu.querySelectorAll<HTMLElement>("[role^=menuitem]")].filter((item) => item.offsetParent !== null);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault(); event.stopPropagation();
      items[(items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length]?.focus();
    }
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") leaveMenus();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (!(target as Element).closest(".menu, [data-menu]")) closeMenus();
  });
  const docks = [...document.querySelectorAll<HTMLElement>("[data-dock]")];
  for (const dock of docks) dock.addEventListener("click", () => openPanel(dock.dataset["dock"] ?? ""));
  for (const closer of document.querySelectorAll("dialog [data-close]"))
    closer.addEventListener("click", () => closer.closest("dialog")?.close());
}

/** Open the sheet of a panel on a phone; an empty name shows the film. */
export function openPanel(name: string): void {
  if (name) document.body.dataset["panel"] = name; else delete document.body.dataset["panel"];
  for (const dock of document.querySelectorAll<HTMLElement>("[data-dock]"))
    dock.setAttribute("aria-pressed", String((dock.dataset["dock"] ?? "") === name));
}
