/** « Envoyer mes mesures à l'hôpital »: what would leave, then where it stands until the hospital has it. */
import { get } from "../api";
import { examDate } from "../core/identity";
import type { Study } from "../core/series";
import { make } from "../page";
import type { Say } from "../words";
import { action, openDialog, tell, tellFault, type Opened } from "./dialog";

type State = "sending" | "awaiting" | "proven" | "partly" | "failed";
interface Sent { at: string; state: State }
interface Told { marks: number; keys: number; left_out?: number; sent: Sent | null }

const LOOK_MS = 2_000, LOOKS = 30;
const KINDS = { sending: "info", awaiting: "ok", proven: "ok", partly: "bad", failed: "bad" } as const;
const address = (study: Study): string => `/viewer-api/measures/${study.uid}`;

/** Ask once what was done is `kept`: what leaves is what the server has. */
export async function sendMeasures(study: Study, csrf: string, kept: Promise<void>, say: Say): Promise<void> {
  const opened = openDialog("send-measures", say("measures.title"), say);
  if (!opened) return;
  opened.body.append(make("p", {}, say("measures.coming")));
  opened.foot.append(action(say("cancel"), opened.close));
  try {
    await kept;
    offer(opened, study, csrf, await asked(study), say);
  } catch (error) {
    opened.body.replaceChildren();
    opened.foot.replaceChildren(action(say("close"), opened.close));
    tellFault(opened.body, error, say);
  }
}

const asked = async (study: Study, init?: RequestInit): Promise<Told> => (await (await get(address(study), init)).json()) as Told;

function offer(opened: Opened, study: Study, csrf: string, told: Told, say: Say): void {
  opened.body.replaceChildren(
    make("p", {}, make("b", {}, [study.description, examDate(study)].filter(Boolean).join(", "))),
    make("p", { "data-count": String(told.marks + told.keys) }, say("measures.count", { marks: told.marks, keys: told.keys })),
    make("p", { class: "hint" }, say("measures.hint")));
  if (told.sent) state(opened, told.sent, say);
  if (told.marks + told.keys === 0) {
    opened.foot.replaceChildren(action(say("close"), opened.close));
    tell(opened.body, "info", say("fault.measures_none"), say("fault.measures_none.do"));
    return;
  }
  const go = action(say("measures.go"), () => { go.disabled = true; void run(opened, study, csrf, say).finally(() => { go.disabled = false; }); }, "btn-main");
  opened.foot.replaceChildren(action(say("close"), opened.close), go);
  go.focus();
}

async function run(opened: Opened, study: Study, csrf: string, say: Say): Promise<void> {
  try {
    const told = await asked(study, { method: "POST", headers: { "X-CSRF-Token": csrf } });
    const left = told.left_out ? say("measures.left", { n: told.left_out }) : "";
    for (let look = 0, sent = told.sent; sent; look += 1) {
      state(opened, sent, say, left);
      if (sent.state !== "sending" || look === LOOKS) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      if (!opened.element.isConnected) return;
      sent = (await asked(study)).sent;
    }
  } catch (error) { tellFault(opened.body, error, say); }
}

function state(opened: Opened, { at, state }: Sent, say: Say, more = ""): void {
  const when = new Date(at).toLocaleString("fr-FR", { dateStyle: "short", timeStyle: "short" });
  tell(opened.body, KINDS[state], say(`measures.${state}`, { when }), [say(`measures.${state}.do`), more].filter(Boolean).join(" "));
  opened.element.dataset["state"] = state;
}
