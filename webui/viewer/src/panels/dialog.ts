/** A dialog made when it is asked for, and gone when it is closed; the browser gives the focus back to where it was. */
import { ApiFault, onSessionOver } from "../api";
import { icon, make } from "../page";
import type { Say, Word } from "../words";

export interface Opened { element: HTMLDialogElement; body: HTMLElement; foot: HTMLElement; onclose: () => void; close(): void }

const open = new Set<HTMLDialogElement>();
// Pictures and names may stand in them: nothing of them stays when the session is over.
onSessionOver(() => { for (const element of open) element.close(); });

/** Open a dialog; `name` is its id, by which the page and the tests find it. Nothing opens twice. */
export function openDialog(name: string, title: string, say: Say): Opened | null {
  if (document.getElementById(name)) return null;
  const heading = make("h2", { id: `${name}-h` }, title);
  const closer = make("button", { class: "btn btn-quiet btn-icon", type: "button", "aria-label": say("close") }, icon("close", "icon"));
  const body = make("div", { class: "dialog-body stack" }), foot = make("div", { class: "dialog-foot" });
  const element = make("dialog", { class: "dialog", id: name, "aria-labelledby": `${name}-h` },
    make("div", { class: "dialog-head" }, heading, closer), body, foot);
  const opened: Opened = { element, body, foot, onclose: () => {}, close: () => element.close() };
  closer.addEventListener("click", opened.close);
  element.addEventListener("close", () => { open.delete(element); opened.onclose(); element.remove(); });
  open.add(element);
  document.body.append(element);
  element.showModal();
  return opened;
}

export function action(word: string, run: () => void, kind = ""): HTMLButtonElement {
  const made = make("button", { class: kind ? `btn ${kind}` : "btn", type: "button" }, word);
  made.addEventListener("click", run);
  return made;
}

export function check(name: string, word: string, checked = true): { row: HTMLElement; input: HTMLInputElement } {
  const input = make("input", { type: "checkbox", name });
  input.checked = checked;
  return { row: make("label", { class: "check" }, input, make("span", {}, word)), input };
}

/** Say something in a dialog: what happened, then what to do. The former word of the kind goes. */
export function tell(body: HTMLElement, kind: "ok" | "info" | "warn" | "bad", title: string, advice = ""): void {
  body.querySelector("[data-told]")?.remove();
  const sign = { ok: "check-circle", info: "info", warn: "alert", bad: "alert" }[kind];
  const told = make("div", { class: `notice notice-${kind}`, "data-told": kind, role: kind === "ok" || kind === "info" ? "status" : "alert" },
    icon(sign, "icon"), make("p", { class: "notice-title" }, title));
  if (advice) told.append(make("p", {}, advice));
  body.prepend(told);
}

const CAUSES = ["network", "session", "not_found", "downloads_off", "downloads_day", "exams_hour", "email", "email_mssante", "letter_trait", "letter_long", "letters_hour", "letters_day",
  "pictures", "pictures_large", "busy", "too_large", "printed_nothing", "stopped", "measures_none", "measures_image", "measures_many",
  "measures_off", "measures_node", "measures_hour", "identity"] as const;

/** Say what stopped a request, in words. */
export function tellFault(body: HTMLElement, error: unknown, say: Say): void {
  const word = error instanceof ApiFault ? error.cause_word : "network";
  const known = (CAUSES as readonly string[]).includes(word) ? word : "server";
  tell(body, "bad", say(`fault.${known}` as Word), say(`fault.${known}.do` as Word));
}

/** Hand a file to the reader's browser. */
export function handOver(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = make("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
