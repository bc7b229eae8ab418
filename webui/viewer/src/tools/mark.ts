/** Drawing a mark, and moving a point of one that is there: what the mouse, a pen or a finger does. */
import { graspedAt, isMeant, POINTS, READS_PIXELS, type Mark, type MarkKind } from "../core/marks";
import type { Point } from "../core/measure";
import type { Film } from "../film";
import type { Marks } from "../marks";
import type { Drag, Tool } from "./tool";

const REACH_PX = 10;

/** What the tools of marks need of the page. */
export interface Board {
  marks: Marks;
  /** Say why nothing is drawn, and how it may be. */
  refuse(why: "mark.preview" | "mark.wait" | "mark.lossy"): void;
  /** Ask for the words of an arrow, beside a point of the page. */
  ask(film: Film, at: Point, said: (text: string) => void): void;
}

export function markTool(kind: MarkKind, board: Board): Tool {
  return {
    begin(film, event) {
      if (!film.pixels) { board.refuse("mark.wait"); return null; }
      if (film.isPreview) { board.refuse("mark.preview"); return null; }
      if (READS_PIXELS.has(kind) && film.seen?.quality.lossy) { board.refuse("mark.lossy"); return null; }
      const at = film.under(event.clientX, event.clientY);
      film.linesHidden = false;
      return grasped(film, at, board) ?? drawn(kind, film, at, board);
    },
  };
}

/** Move the point of a mark that lies under the pointer. */
function grasped(film: Film, at: Point, { marks }: Board): Drag | null {
  const found = graspedAt(marks.of(film), at, film.reach(REACH_PX));
  if (!found) return null;
  marks.selected = found.mark;
  film.draw();
  return {
    move: (event) => { found.mark.points[found.point] = film.under(event.clientX, event.clientY); film.draw(); },
    end: () => { marks.onchange(); film.draw(); },
  };
}

function drawn(kind: MarkKind, film: Film, at: Point, board: Board): Drag {
  const { marks } = board;
  const mark: Mark = { kind, points: POINTS[kind] === 1 ? [at] : [at, at] };
  marks.add(film, mark);
  film.draw();
  return {
    move: (event) => { mark.points[mark.points.length - 1] = film.under(event.clientX, event.clientY); film.draw(); },
    end: (event) => {
      if (kind === "angle" && mark.points.length === 2) mark.points.push(thirdPoint(mark));
      if (!isMeant(mark)) marks.remove(mark);
      else if (kind === "arrow") board.ask(film, { x: event.clientX, y: event.clientY }, (text) => { if (text) mark.text = text; marks.onchange(); film.draw(); });
      if (READS_PIXELS.has(kind) || isMeant(mark)) marks.onchange();
      film.draw();
    },
  };
}

/** The second arm of an angle, square to the first and as long: it is moved where it belongs. */
function thirdPoint({ points: [from, middle] }: Mark): Point {
  return { x: middle!.x - (middle!.y - from!.y), y: middle!.y + (middle!.x - from!.x) };
}
