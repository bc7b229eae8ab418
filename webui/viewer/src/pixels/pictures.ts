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
  /** Ask for these next, in this order, for a film; what it wanted before and has not begun is forgotten. */
  want(addresses: string[], film?: object): void;
  /** The film shows nothing any more. */
  leave?(film: object): void;
  /** Forget that pictures failed, so that they are asked for again. */
  forgive(): void;
  /** Forget every pixel: the session is over. */
  clear(): void;
}
