/** « Télécharger l'examen »: how much it is, then its ZIP, with a way to stop; what the reader did may be in it. */
import { ApiFault, get } from "../api";
import { examDate } from "../core/identity";
import type { Study } from "../core/series";
import { sizeOf } from "../core/sizes";
import { make } from "../page";
import type { Say } from "../words";
import { action, check, handOver, openDialog, tell, tellFault, type Opened } from "./dialog";

/** Beyond this the browser's own download takes it: a page cannot hold so much on every machine. */
const OWN_BYTES = 1_000_000_000;
const KEPT_BYTES = 32 << 20;

/** Ask for the exam once what was done on it is `kept`. */
export async function download(study: Study, csrf: string, kept: Promise<void>, say: Say): Promise<void> {
  const opened = openDialog("download", say("download.title"), say);
  if (!opened) return;
  opened.body.append(make("p", {}, say("download.coming")));
  opened.foot.append(action(say("cancel"), opened.close));
  try {
    await kept;
    const told = (await (await get(address(study))).json()) as Told;
    offer(opened, study, csrf, told, say);
  } catch (error) {
    opened.body.replaceChildren();
    opened.foot.replaceChildren(action(say("close"), opened.close));
    tellFault(opened.body, error, say);
  }
}

interface Told { objects: number; bytes: number; marks?: number; keys?: number }

const address = (study: Study, measures = false): string => `/viewer-api/archives/${study.uid}${measures ? "?measures=1" : ""}`;
const units = (say: Say): string[] => say("download.units").split(" ");

function offer(opened: Opened, study: Study, csrf: string, told: Told, say: Say): void {
  const size = sizeOf(told.bytes, units(say), say("decimal")), own = (told.marks ?? 0) + (told.keys ?? 0) > 0;
  const measures = check("measures", say("download.measures"), own);
  const go = action(say("download.go"), () => {
    const from = address(study, own && measures.input.checked);
    if (told.bytes > OWN_BYTES) byBrowser(opened, from, csrf, say); else void fetched(opened, from, csrf, told.bytes, say);
  }, "btn-main");
  opened.body.replaceChildren(
    make("p", {}, make("b", {}, [study.description, examDate(study)].filter(Boolean).join(", "))),
    make("p", { "data-size": String(told.bytes) }, say(told.objects === 1 ? "download.one" : "download.many", { n: told.objects, size })),
    ...(own ? [measures.row] : []),
    make("p", { class: "hint" }, say("download.hint")));
  if (study.state !== "available") tell(opened.body, "warn", say("download.partial"), say("download.partial.do"));
  opened.foot.replaceChildren(action(say("cancel"), opened.close), go);
  go.focus();
}

/** A form of the page: the answer is a file, so the page stays. */
function byBrowser(opened: Opened, from: string, csrf: string, say: Say): void {
  const form = make("form", { method: "post", action: from, hidden: "" }, make("input", { type: "hidden", name: "csrf", value: csrf }));
  opened.body.append(form);
  form.submit();
  tell(opened.body, "info", say("download.browser"));
  opened.foot.replaceChildren(action(say("close"), opened.close));
}

async function fetched(opened: Opened, from: string, csrf: string, bytes: number, say: Say): Promise<void> {
  const stop = new AbortController();
  opened.onclose = () => stop.abort();
  const progress = make("progress", { max: String(bytes), value: "0", "aria-label": say("download.title") });
  const count = make("p", { role: "status" }, say("download.starting"));
  opened.body.append(progress, count);
  opened.foot.replaceChildren(action(say("download.stop"), opened.close));
  const tick = (done: number): void => {
    progress.value = Math.min(done, bytes);
    count.textContent = say("download.so_far", { n: sizeOf(done, units(say), say("decimal")), m: sizeOf(bytes, units(say), say("decimal")) });
  };
  try {
    const answer = await get(from, { method: "POST", headers: { "X-CSRF-Token": csrf }, signal: stop.signal });
    const name = /filename="([\w.-]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "DICOM.zip";
    handOver(await held(answer, tick), name);
    progress.remove(); count.remove();
    tell(opened.body, "ok", say("download.done"), say("download.done.do"));
  } catch (error) {
    if (stop.signal.aborted) return;
    progress.remove(); count.remove();
    tellFault(opened.body, error instanceof ApiFault ? error : new ApiFault("stopped", 0), say);
  }
  opened.foot.replaceChildren(action(say("close"), opened.close));
}

/** Take the answer in pieces that the browser may put aside on its disk. */
async function held(answer: Response, tick: (done: number) => void): Promise<Blob> {
  const reader = answer.body!.getReader(), blobs: Blob[] = [];
  let waiting: BlobPart[] = [], waitingBytes = 0, done = 0;
  for (;;) {
    const { value, done: over } = await reader.read();
    if (value) { waiting.push(value); waitingBytes += value.length; done += value.length; tick(done); }
    if (waitingBytes >= KEPT_BYTES || over) { blobs.push(new Blob(waiting)); waiting = []; waitingBytes = 0; }
    if (over) return new Blob(blobs, { type: "application/zip" });
  }
}
