/** A film as a picture that leaves the screen: what must be known of it stands beside the image, never over it (R-L 11). */
import { examDate, frenchDate, fullName } from "../core/identity";
import { scaleBar } from "../core/scale";
import type { ImageFacts, Opened, Series, Study } from "../core/series";
import type { Say, Word } from "../words";

/** What a film must say of itself to be taken away. */
export interface Shown {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly series: Series | null;
  readonly image: ImageFacts | null;
  readonly index: number;
  /** The pixels of the current image; null while they are on their way. */
  readonly pixels: unknown;
  /** Whether what is seen lost something on its way to the screen. */
  readonly isPreview?: boolean;
  /** Of a volume in three dimensions, what it is; empty while it is drawn. */
  readonly rendering?: string;
  linesHidden: boolean;
  drawNow(): void;
  matrix(): readonly number[];
}

export interface Choice { marks: boolean; identity: boolean; type: "image/png" | "image/jpeg" }

/** Why a film may not be taken away, or null (R-L 6). */
export function refusal(film: Shown | null): "empty" | "coming" | "lossy" | null {
  if (film?.rendering !== undefined) return film.rendering ? null : "coming";
  if (!film?.series || !film.image) return "empty";
  if (!film.pixels) return "coming";
  return film.isPreview ? "lossy" : null;
}

export async function taken(film: Shown, study: Study, opened: Opened, choice: Choice, say: Say): Promise<Blob> {
  const canvas = picture(film, study, opened, choice, say);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => { if (blob) resolve(blob); else reject(new Error("no picture")); }, choice.type, 0.95);
  });
}

/** The film with what must be known of it beside the image. */
export function picture(film: Shown, study: Study, opened: Opened, choice: Pick<Choice, "marks" | "identity">, say: Say): HTMLCanvasElement {
  return drawn(film, lines(film, study, opened, choice, say), choice, say);
}

const HEAD_LINES = 3;

interface Lines { left: string[]; right: string[]; foot: string }

function lines(film: Shown, study: Study, opened: Opened, choice: Pick<Choice, "identity">, say: Say): Lines {
  const { person } = opened, series = film.series!, corner = (name: string): string => film.element.querySelector(name)?.textContent?.trim() ?? "";
  const who = choice.identity ? [
    fullName(person, { usedName: say("used.name") }),
    [frenchDate(person.birth_date), person.sex, person.ipp].filter(Boolean).join(" · "),
  ] : [say("save.unnamed")];
  const number = film.rendering ?? say("picture.place", { series: series.number ?? "–", image: film.index + 1, total: series.images.length });
  const looked = film.rendering === undefined ? `${corner(".ov.bl p:not(.intended)")} · ${corner(".ov.tr .q")}` : say("picture.rendered");
  return {
    left: [...who, number],
    right: [...(choice.identity ? [`${examDate(study)}`] : []), series.description ?? "", looked],
    foot: [say("picture.warning"), opened.brand.name].filter(Boolean).join(" – "),
  };
}

function drawn(film: Shown, words: Lines, choice: Pick<Choice, "marks">, say: Say): HTMLCanvasElement {
  const { canvas: seen } = film, hidden = film.linesHidden;
  const line = Math.max(14, Math.round(seen.width / 48)), pad = Math.round(line * 0.6);
  const top = pad * 2 + line * 1.3 * HEAD_LINES, bottom = pad * 2 + line * 2.9;
  const made = document.createElement("canvas");
  made.width = seen.width; made.height = Math.round(top + seen.height + bottom);
  const context = made.getContext("2d")!;
  context.fillStyle = "#000";
  context.fillRect(0, 0, made.width, made.height);
  film.linesHidden = !choice.marks;
  try { film.drawNow(); context.drawImage(seen, 0, Math.round(top)); } finally { film.linesHidden = hidden; film.drawNow(); }
  context.fillStyle = "#fff";
  context.font = `${line}px sans-serif`;
  context.textBaseline = "top";
  const half = made.width / 2 - pad * 1.5;
  words.left.forEach((text, n) => context.fillText(text, pad, pad + n * line * 1.3, half));
  context.textAlign = "right";
  words.right.forEach((text, n) => context.fillText(text, made.width - pad, pad + n * line * 1.3, half));
  letters(context, film, made.width, Math.round(top), seen.height, line);
  foot(context, film, made, words.foot, { line, pad, at: Math.round(top) + seen.height + pad }, say);
  return made;
}

/** The letters of orientation at the edges, as they stand on the film. */
function letters(context: CanvasRenderingContext2D, film: Shown, width: number, top: number, height: number, line: number): void {
  const at = { t: [width / 2, top + line * 0.3], b: [width / 2, top + height - line * 1.3], l: [line, top + height / 2], r: [width - line, top + height / 2] } as const;
  context.textAlign = "center";
  context.strokeStyle = "#000";
  context.lineWidth = Math.max(2, line / 5);
  for (const [edge, [x, y]] of Object.entries(at)) {
    const text = [...film.element.querySelectorAll(`.or-${edge}`)].map((one) => one.textContent).find(Boolean) ?? "";
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  }
}

function foot(context: CanvasRenderingContext2D, film: Shown, made: HTMLCanvasElement, words: string, place: { line: number; pad: number; at: number }, say: Say): void {
  const { line, pad, at } = place, bar = film.image ? scaleBar(film.image, film.matrix(), made.width) : null;
  context.textAlign = "left";
  if (bar) {
    const y = at + line / 2, right = pad + bar.px;
    context.strokeStyle = "#fff";
    context.lineWidth = Math.max(1, Math.round(line / 8));
    context.beginPath();
    context.moveTo(pad, y); context.lineTo(right, y);
    for (const x of [pad, right]) { context.moveTo(x, y - line / 3); context.lineTo(x, y + line / 3); }
    context.stroke();
    const length = bar.mm >= 10 ? `${bar.mm / 10} cm` : `${bar.mm} mm`;
    context.fillText(`${length.replace(".", say("decimal"))} (${say(`origin.${bar.origin}` as Word)})`, right + pad, at, made.width - right - 2 * pad);
  } else context.fillText(say("picture.scaleless"), pad, at);
  context.font = `bold ${line}px sans-serif`;
  context.fillText(words, pad, at + line * 1.6, made.width - 2 * pad);
}
