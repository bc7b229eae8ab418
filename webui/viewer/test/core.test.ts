import { describe, expect, it } from "vitest";
import { ageYears, examDate, frenchDate, fullName } from "../src/core/identity";
import { lengthOf } from "../src/core/measure";
import { UPRIGHT, directionLetters, edgeLetters, flippedHorizontally, flippedVertically, isMirrored, rotated } from "../src/core/orientation";
import { prefetchOrder } from "../src/core/prefetch";
import { hasHounsfield, isGrowing, keyOf, sameAs, stacksOf, tallness, type Series, type Study } from "../src/core/series";
import { dragged, grey, greyTable, openingWindow, percentileWindow, presetOf, windowNumbers } from "../src/core/window";
import en from "../src/locale/en.json";
import fr from "../src/locale/fr.json";

const AXIAL = [1, 0, 0, 0, 1, 0];

describe("orientation letters", () => {
  it("stand around an axial slice as a radiologist expects", () => {
    expect(edgeLetters(AXIAL, null, UPRIGHT)).toEqual({ top: "A", bottom: "P", left: "R", right: "L" });
  });
  it("follow a quarter turn and a mirror", () => {
    expect(edgeLetters(AXIAL, null, rotated(UPRIGHT))).toEqual({ top: "R", bottom: "L", left: "P", right: "A" });
    expect(edgeLetters(AXIAL, null, flippedHorizontally(UPRIGHT))?.left).toBe("L");
    expect(edgeLetters(AXIAL, null, flippedVertically(UPRIGHT))?.top).toBe("P");
  });
  it("come back after four quarters and two mirrors", () => {
    let turn = UPRIGHT;
    for (let i = 0; i < 4; i += 1) turn = rotated(turn);
    expect(edgeLetters(AXIAL, null, flippedVertically(flippedVertically(turn)))).toEqual(edgeLetters(AXIAL, null, UPRIGHT));
  });
  it("use the words of the image when there is no geometry, and nothing else", () => {
    expect(edgeLetters(null, ["L", "F"], UPRIGHT)).toEqual({ top: "H", bottom: "F", left: "R", right: "L" });
    expect(edgeLetters(null, ["?", "F"], UPRIGHT)).toBeNull();
    expect(edgeLetters(null, null, UPRIGHT)).toBeNull();
  });
  it("are French when the house wants them", () => {
    expect(edgeLetters(AXIAL, null, UPRIGHT, "DGAPHB")).toEqual({ top: "A", bottom: "P", left: "D", right: "G" });
  });
  it("name an oblique direction by its strongest parts", () => expect(directionLetters([0.8, 0, -0.6])).toBe("LF"));
  it("tell a mirror from a turn", () => {
    expect(isMirrored(rotated(UPRIGHT))).toBe(false);
    expect(isMirrored(flippedHorizontally(rotated(UPRIGHT)))).toBe(true);
  });
});

describe("windows", () => {
  it("follow PS3.3 C.11.2.1.2.1", () => {
    const window = { center: 40, width: 80 };
    expect(grey(0, window, "LINEAR")).toBe(0);
    expect(grey(79, window, "LINEAR")).toBe(255);
    expect(grey(39.5, window, "LINEAR")).toBeCloseTo(127.5);
    expect(grey(40, window, "LINEAR_EXACT")).toBeCloseTo(127.5);
    expect(grey(40, window, "SIGMOID")).toBeCloseTo(127.5);
  });
  it("make a step when they are one wide", () => expect([grey(40, { center: 40, width: 1 }, "LINEAR"), grey(39, { center: 40, width: 1 }, "LINEAR")]).toEqual([255, 0]));
  it("fill a table from stored values, inverted or not", () => {
    const image = { slope: 1, intercept: -1024, voi: "LINEAR" as const };
    expect([...greyTable(image, { center: 40, width: 80 }, false, 1023, 1104)].at(0)).toBe(0);
    expect([...greyTable(image, { center: 40, width: 80 }, true, 1023, 1104)].at(-1)).toBe(0);
  });
  it("open on the image's own window, else on its values", () => {
    const image = { windows: [], slope: 1, intercept: 0, voi: "LINEAR" } as never;
    expect(openingWindow(image, 0, 99)).toEqual({ center: 50, width: 100 });
    expect(openingWindow({ ...(image as object), range: [10, 19] } as never, -2000, 99)).toEqual({ center: 15, width: 10 });
    expect(openingWindow({ ...(image as object), photometric: "RGB", range: [10, 19] } as never, 10, 19)).toEqual({ center: 128, width: 256 });
  });
  it("are named and numbered", () => {
    expect(presetOf({ center: -600, width: 1500 })).toBe("lung");
    expect(windowNumbers({ center: -600, width: 1500 })).toBe("1500 / −600");
  });
  it("never get narrower than one", () => expect(dragged({ center: 0, width: 2 }, -500, 0, 1000).width).toBe(1));
  it("leave percentiles out", () => {
    const pixels = Uint16Array.from({ length: 101 }, (_, i) => i);
    expect(percentileWindow(pixels, { slope: 1, intercept: 0 }, [5, 95])).toEqual({ center: 50, width: 90 });
    const padded = Int16Array.from({ length: 201 }, (_, i) => (i > 100 ? -2000 : i));
    expect(percentileWindow(padded, { slope: 1, intercept: 0, padding: [-2000, -2000] }, [5, 95])).toEqual({ center: 50, width: 90 });
    expect(percentileWindow([7, 7], { slope: 1, intercept: 0, padding: [7, 7] }, [1, 99])).toEqual({ center: 7, width: 1 });
  });
});

describe("the order of loading", () => {
  it("begins here, looks ahead, and holds every image once", () => {
    const order = prefetchOrder(5, 12);
    expect(order.slice(0, 4)).toEqual([5, 6, 7, 4]);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });
  it("turns round with the reader", () => expect(prefetchOrder(5, 12, -1).slice(0, 4)).toEqual([5, 4, 3, 6]));
  it.each([[0, 1], [0, 0], [11, 12]])("holds at the ends: %i of %i", (at, total) => expect(new Set(prefetchOrder(at, total)).size).toBe(total));
});

describe("identity", () => {
  const person = { family_name: "LEFÈVRE", used_name: "MARTIN", given_name: "Anne", birth_date: "14/03/1961", sex: "F", ipp: "1" };
  it("names by birth name with the used one", () => {
    expect(fullName(person, { usedName: "utilisé : {name}" })).toBe("LEFÈVRE (utilisé : MARTIN) Anne");
    expect(fullName({ ...person, used_name: null }, { usedName: "x" })).toBe("LEFÈVRE Anne");
  });
  it("writes dates the French way and nothing for the unknown", () => {
    expect(frenchDate("2026-11-22")).toBe("22/11/2026");
    expect(frenchDate(null)).toBe("");
    expect(examDate({ date: "2026-11-22", time: "09:12:00" })).toBe("22/11/2026 09:12");
  });
  it("counts whole years, not from half a date", () => {
    expect(ageYears("14/03/1961", "13/03/2026")).toBe(64);
    expect(ageYears("14/03/1961", "14/03/2026")).toBe(65);
    expect(ageYears("00/00/1961", "14/03/2026")).toBeNull();
  });
});

describe("lengths", () => {
  it("are millimetres only when their origin is known", () => {
    expect(lengthOf({ x: 0, y: 0 }, { x: 3, y: 4 }, { spacing_mm: [0.5, 0.5], spacing_origin: "patient" })).toEqual({ value: 2.5, unit: "mm", origin: "patient" });
    expect(lengthOf({ x: 0, y: 0 }, { x: 3, y: 4 }, { spacing_mm: [0.5, 0.5], spacing_origin: "none" })).toEqual({ value: 5, unit: "px", origin: "none" });
    expect(lengthOf({ x: 0, y: 0 }, { x: 3, y: 4 }, { spacing_mm: null, spacing_origin: "none" }).unit).toBe("px");
  });
});

describe("lengths in an ultrasound image", () => {
  const regions = [
    { box: [0, 0, 99, 49] as [number, number, number, number], plane: true, units: ["cm", "cm"] as [string, string], mm: [0.5, 0.5] as [number, number] },
    { box: [0, 50, 99, 99] as [number, number, number, number], plane: false, units: ["s", "cm/s"] as [string, string], mm: null },
    { box: [200, 0, 299, 49] as [number, number, number, number], plane: true, units: ["cm", "cm"] as [string, string], mm: [0.2, 0.2] as [number, number] },
  ];
  const image = { spacing_mm: null, spacing_origin: "none" as const, regions };
  const unit = (x0: number, y0: number, x1: number, y1: number) => { const { value, unit: word } = lengthOf({ x: x0, y: y0 }, { x: x1, y: y1 }, image); return `${value} ${word}`; };
  it("have the scale of the region that holds both ends", () => expect([unit(0, 0, 30, 40), unit(200, 0, 230, 40)]).toEqual(["25 mm", "10 mm"]));
  it("are pixels from one region to another, in a curve and beside them", () =>
    expect([unit(0, 0, 0, 60), unit(0, 60, 3, 64), unit(150, 0, 153, 4)]).toEqual(["60 px", "5 px", "5 px"]));
  it("are pixels where the regions agree but the line leaves them", () =>
    expect(lengthOf({ x: 150, y: 0 }, { x: 153, y: 4 }, { spacing_mm: [0.5, 0.5], spacing_origin: "region", regions }).unit).toBe("px"));
});

describe("stacks", () => {
  const image = (n: number) => ({ sop_uid: String(n), frame: 1 });
  const geometry = { kind: "stack", mpr: false, reason: null, spacing_mm: null };
  const series = {
    uid: "9", study_uid: "8", description: "T2", images: [0, 1, 2, 3].map(image), undisplayable: [{ sop_uid: "7", number: 1, reason: "corrupt" }], expected: 5,
    stacks: [{ first: 0, count: 3, geometry, labels: [{ kind: "echo_ms", value: 4.6 }] }, { first: 3, count: 1, geometry, labels: [{ kind: "localizer", value: "" }] }],
  } as unknown as Series;
  const apart = stacksOf(series, ({ kind, value }) => `${kind} ${value}`.trim());
  it("are shown each like a series, named by what tells them apart", () => {
    expect(apart.map(({ description, images }) => [description, images.length])).toEqual([["T2 – echo_ms 4.6", 3], ["T2 – localizer", 1]]);
    expect(apart.map(keyOf)).toEqual(["9/0", "9/1"]);
    expect(apart.map(({ undisplayable }) => undisplayable.length)).toEqual([1, 0]);
  });
  it("leave a series of one stack as it is", () => expect(stacksOf({ ...series, stacks: [] }, () => "")).toHaveLength(1));
  it("are found again by the image on screen when an exam grows", () => {
    const choices = apart.map((one) => ({ series: one }));
    expect(sameAs(choices, series, image(3) as never)?.series.stack).toBe(1);
    expect(sameAs(choices, apart[1]!, null)?.series.stack).toBe(1);
    expect(sameAs(choices, series, image(99) as never)?.series.stack).toBe(0);
    expect(sameAs(choices, { ...series, uid: "none" }, null)).toBeUndefined();
  });
  it("have words in both languages", () => {
    const kinds = ["stack", "segment", "echo_ms", "b_value", "time", "phase_percent", "component", "type", "direction", "energy_window", "detector", "energy_kv",
      "kernel", "inversion_ms", "flip_deg", "acquisition", "reference_ms", "trigger_ms", "dimension", "localizer", "frame_of_reference", "size", "others", "pass", "duplicates"];
    expect(kinds.filter((kind) => !(`stack.${kind}` in fr) || !(`stack.${kind}` in en))).toEqual([]);
  });
});

describe("series", () => {
  it("know pixels that are not square by their millimetres, else by their aspect", () =>
    expect([{ spacing_mm: [2, 1] as [number, number], aspect: 3 }, { spacing_mm: null, aspect: 3 }, { spacing_mm: null }].map(tallness)).toEqual([2, 3, 1]));
  const ct = (unit: string | null): Series => ({ modality: "CT", images: [{ unit, photometric: "MONOCHROME2" }] }) as never;
  it("offer Hounsfield windows only for Hounsfield values", () => expect([hasHounsfield(ct("HU")), hasHounsfield(ct(null))]).toEqual([true, false]));
  it("grow while they are prepared", () => expect(["preparing", "available"].map((state) => isGrowing({ state } as Study))).toEqual([true, false]));
  it("grow again when the PACS that fell silent over them is back", () => expect(
    [null, "2026-11-24T09:00:00+00:00"].map((silent_since) => isGrowing({ state: "incomplete", silent_since } as Study))).toEqual([false, true]));
});

it("speaks both languages", () => expect(Object.keys(en)).toEqual(Object.keys(fr)));
