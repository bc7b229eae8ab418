/** Under the report: key images, to be jumped to. */
import type { Place } from "../core/reports";
import { placeOf } from "../core/reports";
import type { Opened, Study } from "../core/series";
import type { Keys } from "../keys";
import { icon, make, part } from "../page";
import type { Say } from "../words";

const PX = 160;

export function showKeyImages(opened: Opened, study: Study, keys: Keys, say: Say, jump: (place: Place) => void): void {
  const holder = part("key-images"), found = keys.shown(study);
  const said = JSON.stringify(found);
  if (holder.dataset["said"] === said) return;
  holder.dataset["said"] = said;
  holder.hidden = found.length === 0;
  holder.replaceChildren(...found.map(({ series, sop, frame, title, description, own }, n) => {
    const words = [say("key.image", { n: n + 1 }), own ? say("key.own") : say("key.hospital"), title, description].filter(Boolean).join(", ");
    const picture = make("img", { src: `/viewer-api/rendered/${study.uid}/${series}/${sop}/${frame}?size=${PX}`, alt: "", loading: "lazy", draggable: "false" });
    const button = make("button", { type: "button", "aria-label": words, title: words, "data-key": `${sop}/${frame}`, ...(own ? { "data-own": "" } : {}) }, picture);
    if (own) button.append(icon("star"));
    button.addEventListener("click", () => { const place = placeOf(opened, sop, frame); if (place) jump(place); });
    return button;
  }));
}
