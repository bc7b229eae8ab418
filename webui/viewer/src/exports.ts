/** What takes an exam out of the page, by the names of its buttons; each asks first, in a dialog of its own. */
import type { Opened, Study } from "./core/series";
import { download } from "./panels/download";
import { openWith } from "./panels/openWith";
import type { Shown } from "./panels/picture";
import { saveImage } from "./panels/saveImage";
import { send } from "./panels/send";
import type { Say } from "./words";

/** The page as these dialogs see it: asked each time, since exams grow and films change. */
export interface Leaf { opened(): Opened; film(): Shown | null; study(): Study | null }

export function exportCommands(leaf: Leaf, say: Say): Record<string, () => void> {
  const withStudy = (run: (study: Study, csrf: string) => unknown) => () => {
    const study = leaf.study() ?? leaf.opened().studies[0];
    if (study) void run(study, leaf.opened().csrf);
  };
  return {
    save: () => saveImage(leaf.film(), leaf.study(), leaf.opened(), say),
    download: withStudy((study, csrf) => download(study, csrf, say)),
    send: withStudy((study, csrf) => send(study, csrf, say)),
    "open-with": withStudy((study, csrf) => openWith(study, csrf, say)),
  };
}
