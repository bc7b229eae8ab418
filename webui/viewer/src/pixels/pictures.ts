/** Where a film takes its pictures from: frames of the server, or planes cut through a volume. */
import type { ApiFault } from "../api";
import type { Pixels } from "./decoding";

export type FrameState = "absent" | "loaded" | "failed";

/** Pictures by address, as `frameAddress` makes it. */
export interface Pictures {
  onchange: () => void;
  state(address: string): FrameState;
  failure(address: string): ApiFault | undefined;
  /** The decoded picture if it is at hand, now. */
  atHand(address: string): Pixels | undefined;
  /** The decoded picture, whatever it takes; rejects with an `ApiFault`. */
  get(address: string): Promise<Pixels>;
  /** Ask for these next, in this order; what was wanted before and has not begun is forgotten. */
  want(addresses: string[]): void;
  /** Forget that pictures failed, so that they are asked for again. */
  forgive(): void;
  /** Forget every pixel: the session is over. */
  clear(): void;
}
