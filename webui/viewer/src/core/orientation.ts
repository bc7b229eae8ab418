/** Letters at the edges of an image and the quarter turns and mirrors that move them. PS3.3 C.7.6.1.1.1, C.7.6.2.1.1. */

/** Image axes to screen axes, row by row: [[a, b], [c, d]]; screen y points down. */
export type Turn = readonly [number, number, number, number];
export interface Letters { top: string; bottom: string; left: string; right: string }

export const UPRIGHT: Turn = [1, 0, 0, 1];

/** A quarter clockwise as seen on the screen. */
export const rotated = ([a, b, c, d]: Turn): Turn => [-c, -d, a, b];
export const flippedHorizontally = ([a, b, c, d]: Turn): Turn => [-a, -b, c, d];
export const flippedVertically = ([a, b, c, d]: Turn): Turn => [a, b, -c, -d];
/** Whether the screen shows a mirror of the image. */
export const isMirrored = ([a, b, c, d]: Turn): boolean => a * d - b * c < 0;

const STANDARD = "RLAPHF";
const OPPOSITE: Record<string, string> = { R: "L", L: "R", A: "P", P: "A", H: "F", F: "H" };

/** Letters of a direction in patient coordinates (LPS), the strongest first; at most three. */
export function directionLetters(direction: readonly number[]): string {
  const names: [string, string][] = [["R", "L"], ["A", "P"], ["F", "H"]];
  return names
    .map(([negative, positive], axis) => {
      const value = direction[axis] ?? 0;
      return { letter: value < 0 ? negative : positive, size: Math.abs(value) };
    })
    .filter(({ size }) => size > 0.15)
    .sort((one, other) => other.size - one.size)
    .map(({ letter }) => letter)
    .join("");
}

/**
 * Letters at the four edges of the screen, or null when nothing says how the image lies.
 * `alphabet` gives the letters for right, left, anterior, posterior, head, foot.
 */
export function edgeLetters(
  orientation: readonly number[] | null,
  patientOrientation: readonly string[] | null,
  turn: Turn,
  alphabet: string = STANDARD,
): Letters | null {
  const axes = imageAxes(orientation, patientOrientation);
  if (!axes) return null;
  const [a, b, c, d] = turn;
  const along = (x: number, y: number): string => {
    const letters = x !== 0 ? axes.row : axes.column;
    return x + y > 0 ? letters : opposite(letters);
  };
  const said = (letters: string): string =>
    [...letters].map((letter) => alphabet[STANDARD.indexOf(letter)] ?? letter).join("");
  const right = along(a, b), bottom = along(c, d);
  return { right: said(right), left: said(opposite(right)), bottom: said(bottom), top: said(opposite(bottom)) };
}

function imageAxes(orientation: readonly number[] | null, words: readonly string[] | null) {
  if (orientation?.length === 6 && orientation.every(Number.isFinite)) {
    return { row: directionLetters(orientation.slice(0, 3)), column: directionLetters(orientation.slice(3)) };
  }
  const [row, column] = words ?? [];
  const known = (word: string | undefined): word is string => !!word && /^[RLAPHF]{1,3}$/.test(word);
  return known(row) && known(column) ? { row, column } : null;
}

const opposite = (letters: string): string => [...letters].map((letter) => OPPOSITE[letter] ?? letter).join("");
