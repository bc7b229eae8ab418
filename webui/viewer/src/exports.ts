/** What takes an exam out of the page, by the names of its buttons; each asks first, in a dialog of its own. */
import { onSessionOver } from "./api";
import type { Command } from "./commands";
import type { Opened, Study } from "./core/series";
import { Tray } from "./core/tray";
import { download } from "./panels/download";
import { openWith } from "./panels/openWith";
import { refusal, type Shown } from "./panels/picture";
import { capture, print } from "./panels/print";
import { saveImage } from "./panels/saveImage";
import { send } from "./panels/send";
import { sendMeasures } from "./panels/sendMeasures";
import type { Say } from "./words";

/** A film with the exam that it shows. */
export interface Seen extends Shown { readonly study: Study | null }

/** The page as these dialogs see it: asked each time, since exams grow and films change. */
export interface Leaf { opened(): Opened; kept(): Promise<void>; film(): Seen; films(): readonly Seen[]; measures(): string[]; told(words: string): void }

export function exportCommands(leaf: Leaf, say: Say): Record<string, Command | (() => void)> {
  const tray = new Tray();
  onSessionOver(() => tray.empty());
  const withStudy = (run: (study: Study, csrf: string) => unknown) => () => {
    const study = leaf.film().study ?? leaf.opened().studies[0];
    if (study) void run(study, leaf.opened().csrf);
  };
  const keep = async (): Promise<void> => {
    const film = leaf.film(), why = film.study ? refusal(film) : "empty";
    if (why || !film.study) { leaf.told(say(`save.${why ?? "empty"}`)); return; }
    tray.add(await capture(film, film.study, leaf.opened(), say));
    leaf.told(say(tray.held.length === 1 ? "capture.one" : "capture.many", { n: tray.held.length }));
  };
  return {
    save: () => saveImage(leaf.film(), leaf.film().study, leaf.opened(), say),
    capture: { run: () => { void keep(); }, hindrance: () => (tray.full ? "capture.full" : null) },
    print: withStudy((study) => print(study, {
      exam: leaf.opened(), tray, measures: leaf.measures(),
      films: leaf.films().flatMap((film) => (film.study && film.series ? [{ film, study: film.study }] : [])) }, say)),
    download: withStudy((study, csrf) => download(study, csrf, leaf.kept(), say)),
    send: withStudy((study, csrf) => send(study, csrf, say)),
    "send-measures": withStudy((study, csrf) => sendMeasures(study, csrf, leaf.kept(), say)),
    "open-with": withStudy((study, csrf) => openWith(study, csrf, say)),
  };
}
