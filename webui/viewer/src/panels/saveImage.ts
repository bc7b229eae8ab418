/** « Enregistrer l'image »: the film as a PNG or JPEG file, with what must be known of it beside the image. */
import type { Opened as Exam, Study } from "../core/series";
import { make } from "../page";
import type { Say } from "../words";
import { action, check, handOver, openDialog, tell } from "./dialog";
import { refusal, taken, type Shown } from "./picture";

export function saveImage(film: Shown | null, study: Study | null, exam: Exam, say: Say): void {
  const opened = openDialog("save", say("save.title"), say);
  if (!opened) return;
  const why = study ? refusal(film) : "empty";
  if (why || !film || !study) {
    tell(opened.body, "warn", say(`save.${why ?? "empty"}`), say(`save.${why ?? "empty"}.do`));
    opened.foot.append(action(say("close"), opened.close));
    return;
  }
  const type = make("select", { class: "select", id: "save-type", name: "type" }, make("option", { value: "image/png" }, say("save.png")), make("option", { value: "image/jpeg" }, say("save.jpeg")));
  const marks = check("marks", say("save.marks")), identity = check("identity", say("save.identity"));
  const preview = make("img", { class: "save-preview", alt: say("save.preview") });
  let made: Blob | null = null, turn = 0;
  const show = async (): Promise<void> => {
    const mine = ++turn;
    const blob = await taken(film, study, exam, { marks: marks.input.checked, identity: identity.input.checked, type: type.value as "image/png" }, say);
    if (mine !== turn) return;
    made = blob;
    URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(blob);
  };
  const name = (): string => {
    const number = film.series?.number, extension = type.value === "image/png" ? "png" : "jpg";
    return `image-${say("save.file.series")}${number ?? ""}-${film.index + 1}.${extension}`;
  };
  const go = action(say("save.go"), () => {
    if (!made) return;
    handOver(made, name());
    tell(opened.body, "ok", say("save.done"), say("save.done.do"));
  }, "btn-main");
  for (const input of [type, marks.input, identity.input]) input.addEventListener("change", () => { void show(); });
  opened.onclose = () => URL.revokeObjectURL(preview.src);
  opened.body.append(preview, make("div", { class: "field" }, make("label", { for: "save-type" }, say("save.type")), type),
    make("div", {}, marks.row, identity.row), make("p", { class: "hint" }, say("save.hint")));
  opened.foot.append(action(say("cancel"), opened.close), go);
  void show();
  go.focus();
}
