import { describe, expect, it } from "vitest";
import { awaitsReports, momentOf, placeNamed, placeOf, type Version } from "../src/core/reports";
import type { ImageFacts, Series, Study } from "../src/core/series";

const image = (sop_uid: string, number: number, frame = 1): ImageFacts => ({ sop_uid, number, frame }) as ImageFacts;
const series = (uid: string, number: number, images: ImageFacts[]): Series => ({ uid, number, images, undisplayable: [] }) as unknown as Series;
const version = (shown: string, more: Partial<Version> = {}): Version => ({ shown, older: [], addenda: [], ...more }) as unknown as Version;
const study = (uid: string, all: Series[], reports: Version[] = []): Study => ({ uid, series: all, report: { state: "none", reports } }) as unknown as Study;

describe("where a cited image is", () => {
  const one = study("1", [series("1.1", 2, [image("a", 36), image("b", 37)]), series("1.2", 3, [image("clip", 1, 1), image("clip", 1, 2)])]);
  const prior = study("2", [series("2.1", 2, [image("c", 37)])]);
  const opened = { studies: [one, prior] };

  it("is found by its UID, in any open exam", () => {
    expect(placeOf(opened, "c", 1)).toMatchObject({ study: { uid: "2" }, index: 0 });
    expect(placeOf(opened, "gone", 1)).toBeNull();
  });
  it("is the frame that was cited, else the first", () => {
    expect(placeOf(opened, "clip", 2)?.index).toBe(1);
    expect(placeOf(opened, "clip", 9)?.index).toBe(0);
  });
  it("is found by the words of its own exam only", () => {
    expect(placeNamed(one, 2, 37)).toMatchObject({ study: { uid: "1" }, series: { uid: "1.1" }, index: 1 });
    expect(placeNamed(one, 2, 99)).toBeNull();
    expect(placeNamed(one, 7, 1)).toBeNull();
  });
  it("is nobody's when two series have the number", () => {
    expect(placeNamed(study("1", [...one.series, series("1.9", 2, [image("z", 37)])]), 2, 37)).toBeNull();
  });
});

describe("reports", () => {
  it("are waited for wherever they hang", () => {
    expect(awaitsReports(study("1", [], [version("html")]))).toBe(false);
    expect(awaitsReports(study("1", [], [version("html", { addenda: [version("html", { older: [version("waiting")] })] })]))).toBe(true);
  });
  it("have the hospital's time", () => {
    expect(momentOf("2026-11-12T16:42:00+00:00")).toBe("12/11/2026 17:42");
    expect(momentOf("2026-07-12T16:42:00+00:00")).toBe("12/07/2026 18:42");
  });
});
