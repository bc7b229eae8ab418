/** Bit planes that lie over an image, as the server describes them (PS3.3 C.9.2). */

export interface OverlayPlane {
  group: string; kind: string; label: string; description: string; rows: number; columns: number;
  /** Row and column of its first bit in the image, from one. */
  origin: [number, number];
  /** Base64 of packed bits by frame number, least significant first; `"0"` is every frame. */
  bits: Record<string, string>;
}

/** Whether each pixel of the plane is set on a frame, row by row; null when nothing is drawn there. */
export function bitsOf(plane: OverlayPlane, frame: number): Uint8Array | null {
  const packed = plane.bits[String(frame)] ?? plane.bits["0"];
  if (!packed) return null;
  const bytes = Uint8Array.from(atob(packed), (one) => one.charCodeAt(0));
  const length = plane.rows * plane.columns, bits = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) bits[at] = ((bytes[at >> 3] ?? 0) >> (at & 7)) & 1;
  return bits;
}
