/** A small field beside the picture, for the words of an arrow. */
import type { Point } from "../core/measure";
import type { Film } from "../film";
import { make } from "../page";
import type { Say } from "../words";

const LONGEST = 80;

export function asker(say: Say): (film: Film, at: Point, said: (text: string) => void) => void {
  return (film, at, said) => {
    const field = make("input", { class: "input film-ask", type: "text", maxlength: String(LONGEST), "aria-label": say("arrow.words"), placeholder: say("arrow.words") });
    const box = film.element.getBoundingClientRect();
    field.style.left = `${Math.min(Math.max(0, at.x - box.left), Math.max(0, box.width - 200))}px`;
    field.style.top = `${Math.min(Math.max(0, at.y - box.top), Math.max(0, box.height - 44))}px`;
    let done = false;
    const end = (text: string): void => {
      if (done) return;
      done = true;
      field.remove();
      said(text.trim());
      film.canvas.focus({ preventScroll: true });
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") end(field.value);
      if (event.key === "Escape") end("");
    });
    field.addEventListener("blur", () => end(field.value));
    film.element.append(field);
    // The press that ends the arrow would take the focus away again.
    setTimeout(() => field.focus(), 0);
  };
}
