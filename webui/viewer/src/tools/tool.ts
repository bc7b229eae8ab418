/** A tool is what dragging on a film does. */
import type { Film } from "../film";

export interface Drag { move(event: PointerEvent, dx: number, dy: number): void; end?(event: PointerEvent): void }
export interface Tool { begin(film: Film, event: PointerEvent): Drag | null }
