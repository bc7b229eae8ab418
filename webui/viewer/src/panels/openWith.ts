/** « Visionneuse avancée »: the exam in a program of this computer, by a token that opens this share and lives half an hour. */
import { get } from "../api";
import { osirix, weasis } from "../core/openers";
import type { Study } from "../core/series";
import { make } from "../page";
import type { Say } from "../words";
import { action, openDialog, tell, tellFault, type Opened } from "./dialog";

interface Token { id: number; token: string; until: string; dicomweb: string }

export async function openWith(study: Study, csrf: string, say: Say): Promise<void> {
  const opened = openDialog("open-with", say("with.title"), say);
  if (!opened) return;
  opened.body.append(make("p", {}, say("with.coming")));
  try {
    // These programs take whole files: a share for looking only opens none of them.
    await get(`/viewer-api/archives/${study.uid}`);
    const answer = await get("/viewer-api/tokens", { method: "POST", headers: { "X-CSRF-Token": csrf }, body: new URLSearchParams({ study: study.uid }) });
    offer(opened, study, (await answer.json()) as Token, csrf, say);
  } catch (error) {
    opened.body.replaceChildren();
    opened.foot.replaceChildren(action(say("close"), opened.close));
    tellFault(opened.body, error, say);
  }
}

function offer(opened: Opened, study: Study, token: Token, csrf: string, say: Say): void {
  const access = { dicomweb: new URL(token.dicomweb, location.origin).href, token: token.token, study: study.uid };
  const until = new Date(token.until).toLocaleTimeString("fr-FR", { hour: "2-digit", minute: "2-digit" });
  const program = (name: string, words: string, links: [string, string][]): HTMLElement => make("section", { class: "with-one stack-s", "data-program": name },
    make("h3", {}, say(`with.${name}` as "with.weasis")), make("p", { class: "hint" }, words),
    make("p", { class: "actions" }, ...links.map(([word, href]) => make("a", { class: "btn", href }, word))));
  const weasisPart = program("weasis", say("with.weasis.do"), [[say("with.open", { name: "Weasis" }), weasis(access)]]);
  opened.body.replaceChildren(
    make("p", {}, say("with.until", { time: until })), weasisPart,
    program("osirix", say("with.osirix.do"), [[say("with.open", { name: "OsiriX" }), osirix("osirix", access)], [say("with.open", { name: "Horos" }), osirix("horos", access)]]),
    make("section", { class: "with-one stack-s", "data-program": "other" }, make("h3", {}, say("with.other")), make("p", { class: "hint" }, say("with.other.do")),
      copied("with-address", say("with.address"), access.dicomweb, say), copied("with-token", say("with.token"), access.token, say)),
    make("p", { class: "hint" }, say("with.none")));
  const end = action(say("with.end"), () => { void ended(); }, "btn-danger");
  const ended = async (): Promise<void> => {
    end.disabled = true;
    try {
      await get(`/viewer-api/tokens/${token.id}`, { method: "DELETE", headers: { "X-CSRF-Token": csrf } });
      opened.body.replaceChildren();
      tell(opened.body, "ok", say("with.ended"), say("with.ended.do"));
      const closer = action(say("close"), opened.close);
      opened.foot.replaceChildren(closer);
      closer.focus();
    } catch (error) { end.disabled = false; tellFault(opened.body, error, say); }
  };
  opened.foot.replaceChildren(end, action(say("close"), opened.close));
  weasisPart.querySelector("a")?.focus();
}

/** A value to be copied: by the button, or by hand where the page may not touch the clipboard. */
function copied(id: string, word: string, value: string, say: Say): HTMLElement {
  const input = make("input", { class: "input", id, readonly: "", value, spellcheck: "false" });
  const said = make("span", { role: "status" });
  input.addEventListener("focus", () => input.select());
  const copy = action(say("with.copy"), () => {
    input.select();
    const done = (): void => { said.textContent = say("with.copied"); };
    if (navigator.clipboard) void navigator.clipboard.writeText(value).then(done, () => input.focus());
    else if (document.execCommand("copy")) done();
  });
  copy.setAttribute("aria-describedby", id);
  return make("div", { class: "field" }, make("label", { for: id }, word), make("div", { class: "with-copy" }, input, copy), said);
}
