import { expect, it } from "vitest";
import { bitsOf, type OverlayPlane } from "../src/core/overlays";
import { suvWindow } from "../src/core/window";

const plane = (bits: Record<string, string>): OverlayPlane => ({ group: "6000", kind: "G", label: "", description: "", rows: 2, columns: 5, origin: [1, 1], bits });

it("unpacks bits from the least significant on, rows without padding", () => {
  // 0b00100001 0b10: the first, the sixth and the tenth bit.
  expect([...bitsOf(plane({ "0": btoa(String.fromCharCode(0b00100001, 0b10)) }), 3)!]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
});

it("takes a frame's own bits before those of every frame, and none where there are none", () => {
  const both = plane({ "0": btoa("\u0001\u0000"), "2": btoa("\u0002\u0000") });
  expect(bitsOf(both, 1)?.[0]).toBe(1);
  expect(bitsOf(both, 2)?.[0]).toBe(0);
  expect(bitsOf(plane({ "2": btoa("a") }), 1)).toBeNull();
});

it("offers uptake windows only where the factor is known", () => {
  expect(suvWindow("suv5", { suv: { factor: 0.001, reason: null } })).toEqual({ center: 2500, width: 5000 });
  expect(suvWindow("suv5", { suv: { factor: null, reason: "dose" } })).toBeNull();
  expect(suvWindow("brain", { suv: { factor: 1, reason: null } })).toBeNull();
});
