/** Fast mode: pictures the server makes for a window, smaller and with loss, in place of lossless frames (R-L 6). */
import type { Window } from "./series";

/** Address of the picture of a frame at a window; the server's own choice without one. */
export function previewOf(frame: string, window: Window | null): string {
  const query = window ? `?center=${window.center}&width=${window.width}` : "";
  return frame.replace("/viewer-api/frames/", "/viewer-api/rendered/") + query;
}

export const isPreview = (address: string): boolean => address.startsWith("/viewer-api/rendered/");
