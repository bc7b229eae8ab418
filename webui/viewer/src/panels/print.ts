/** « Imprimer »: the report, the key images, what is shown and what was put aside, as a PDF that the server makes. */
import { ApiFault, get } from "../api";
import { examDate } from "../core/identity";
import type { Opened as Exam, Study } from "../core/series";
import { MOST_CAPTURES, type Capture, type Tray } from "../core/tray";
import { make } from "../page";
import type { Say } from "../words";
import { action, check, handOver, openDialog, tell, tellFault, type Opened } from "./dialog";
import { refusal, taken, type Shown } from "./picture";

export interface Source { exam: Exam; films: { film: Shown; study: Study }[]; tray: Tray; measures: string[] }

const whole = { marks: true, identity: true, type: "image/png" } as const;

/** What a picture shows, in few words. */
export function wordsOf(film: Shown, say: Say): string {
  return film.rendering ?? say("picture.place", { series: film.series?.number ?? "–", image: film.index + 1, total: film.series?.images.length ?? 0 });
}

export async function capture(film: Shown, study: Study, exam: Exam, say: Say): Promise<Capture> {
  return { blob: await taken(film, study, exam, whole, say), words: wordsOf(film, say) };
}

export async function print(study: Study, source: Source, say: Say): Promise<void> {
  const opened = openDialog("print", say("print.title"), say);
  if (!opened) return;
  const sound = source.films.filter(({ film }) => refusal(film) === null);
  const lossy = source.films.some(({ film }) => refusal(film) === "lossy");
  const shown = await Promise.all(sound.map(({ film, study: its }) => capture(film, its, source.exam, say)));
  if (!opened.element.isConnected) return;
  const hasReport = study.report.reports.length > 0;
  const report = check("report", say(hasReport ? "print.report" : "print.report.none"), hasReport);
  const keys = check("keys", say("print.keys"));
  const measures = check("measures", say("print.measures", { n: source.measures.length }), source.measures.length > 0);
  report.input.disabled = !hasReport;
  const pictures = [...shown, ...source.tray.held].map((one) => ({ one, ...tile(one) }));
  opened.onclose = () => { for (const { image } of pictures) URL.revokeObjectURL(image.src); };
  opened.body.append(
    make("p", {}, make("b", {}, [study.description, examDate(study)].filter(Boolean).join(", "))),
    make("div", {}, report.row, keys.row, ...(source.measures.length ? [measures.row] : [])),
    make("fieldset", { class: "print-tiles" }, make("legend", { class: "label" }, say("print.pictures")), ...pictures.map(({ row }) => row),
      ...(pictures.length ? [] : [make("p", { class: "hint" }, say("print.pictures.none"))])),
    ...(lossy ? [make("p", { class: "hint" }, say("print.lossy"))] : []),
    make("p", { class: "hint" }, say("print.hint", { n: MOST_CAPTURES })));
  const go = action(say("print.go"), () => {
    const chosen = pictures.filter(({ input }) => input.checked).map(({ one }) => one);
    const form = new FormData();
    if (report.input.checked) form.set("report", "1");
    if (keys.input.checked) form.set("keys", "1");
    if (measures.input.checked) for (const line of source.measures) form.append("measure", line);
    chosen.forEach(({ blob }, n) => form.append("capture", blob, `${n}.png`));
    void run(opened, go, study, form, source, say);
  }, "btn-main");
  opened.foot.append(action(say("cancel"), opened.close), go);
  (hasReport ? report.input : keys.input).focus();
}

async function run(opened: Opened, go: HTMLButtonElement, study: Study, form: FormData, source: Source, say: Say): Promise<void> {
  go.disabled = true;
  try {
    if ([...form.keys()].length === 0) throw new ApiFault("printed_nothing", 0);
    if (form.getAll("capture").length > MOST_CAPTURES) throw new ApiFault("pictures_large", 0);
    const answer = await get(`/viewer-api/prints/${study.uid}`, { method: "POST", headers: { "X-CSRF-Token": source.exam.csrf }, body: form });
    const name = /filename="([\w.-]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "examen.pdf";
    handOver(await answer.blob(), name);
    source.tray.empty();
    opened.body.replaceChildren();
    tell(opened.body, "ok", say("print.done"), say("print.done.do"));
    const close = action(say("close"), opened.close, "btn-main");
    opened.foot.replaceChildren(close);
    close.focus();
  } catch (error) {
    go.disabled = false;
    tellFault(opened.body, error, say);
  }
}

function tile(one: Capture): { row: HTMLElement; input: HTMLInputElement; image: HTMLImageElement } {
  const image = make("img", { alt: "", src: URL.createObjectURL(one.blob) });
  const { row, input } = check("capture", one.words);
  row.append(image);
  return { row, input, image };
}
