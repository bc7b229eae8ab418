/** « Envoyer l'examen par e-mail »: a link goes; who receives it logs in, and must have the right himself. */
import { get } from "../api";
import type { Study } from "../core/series";
import { make } from "../page";
import type { Say } from "../words";
import { action, openDialog, tell, tellFault } from "./dialog";

export const MOST_LETTERS = 500;

export function send(study: Study, csrf: string, say: Say): void {
  const opened = openDialog("send", say("send.title"), say);
  if (!opened) return;
  const to = make("input", { class: "input", id: "send-to", type: "email", name: "to", autocomplete: "off", required: "", maxlength: "254", "aria-describedby": "send-to-h" });
  const message = make("textarea", { class: "input", id: "send-message", name: "message", rows: "4", maxlength: String(MOST_LETTERS), "aria-describedby": "send-message-h" });
  const form = make("form", { class: "stack", id: "send-form" },
    make("div", { class: "field" }, make("label", { for: "send-to" }, say("send.to")), to, make("p", { class: "hint", id: "send-to-h" }, say("send.hint"))),
    make("div", { class: "field" }, make("label", { for: "send-message" }, say("send.message")), message, make("p", { class: "hint", id: "send-message-h" }, say("send.message.hint"))));
  const go = make("button", { class: "btn btn-main", type: "submit", form: "send-form" }, say("send.go"));
  form.addEventListener("submit", (event) => { event.preventDefault(); void run(); });
  const run = async (): Promise<void> => {
    go.disabled = true;
    to.removeAttribute("aria-invalid");
    try {
      const body = new URLSearchParams({ to: to.value.trim(), message: message.value });
      const told = (await (await get(`/viewer-api/letters/${study.uid}`, { method: "POST", headers: { "X-CSRF-Token": csrf }, body })).json()) as { to: string; until: string };
      form.remove();
      tell(opened.body, "ok", say("send.done", { to: told.to }), say("send.done.do", { date: new Date(told.until).toLocaleDateString("fr-FR") }));
      opened.foot.replaceChildren(action(say("close"), opened.close));
    } catch (error) {
      go.disabled = false;
      tellFault(opened.body, error, say);
      to.focus();
    }
  };
  opened.body.append(form);
  opened.foot.append(action(say("cancel"), opened.close), go);
  to.focus();
}
