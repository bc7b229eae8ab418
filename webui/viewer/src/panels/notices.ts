/** Messages in the flow of the page, above the film: they never cover the identity. */
import { icon, make, part } from "../page";

export type Kind = "info" | "warn" | "bad";

/** Show or replace the notice `name`; without a title it goes away. */
export function notice(name: string, kind: Kind, title: string | null, advice = "", action?: { word: string; run(): void }): void {
  const place = part("notices");
  place.querySelector(`[data-notice="${name}"]`)?.remove();
  if (title === null) return;
  const element = make("div", { class: `notice notice-${kind} vnotice`, "data-notice": name, role: kind === "info" ? "status" : "alert" },
    icon(kind === "info" ? "info" : "alert", "icon"), make("p", { class: "notice-title" }, title));
  if (advice) element.append(make("p", {}, advice));
  if (action) {
    const button = make("button", { class: "btn", type: "button" }, action.word);
    button.addEventListener("click", action.run);
    element.append(make("div", { class: "actions" }, button));
  }
  place.append(element);
}
