import { describe, expect, it } from "vitest";
import { colorOf, SERIES } from "./colors";
import { ColorPlaces } from "./score-colors";

const names = ["correctness", "conciseness", "cites_source", "all_facts", "tone", "helpfulness", "csat", "resolved", "safety", "cost"];
const nothing = () => undefined;

describe("colours of scores", () => {
  it("differ as long as there are enough of them", () => {
    const places = new ColorPlaces();
    expect(new Set(names.map((name) => places.of(name, nothing))).size).toBe(SERIES);
  });

  it("stay, and follow from the name where they can", () => {
    const places = new ColorPlaces();
    const first = names.map((name) => places.of(name, nothing));
    expect(names.toReversed().map((name) => places.of(name, nothing))).toEqual(first.toReversed());
    expect(first[0]).toBe(colorOf("correctness"));
    expect(new ColorPlaces(places.entries()).of("tone", nothing)).toBe(first[4]);
  });

  it("repeat when there are more names than colours, without growing", () => {
    const places = new ColorPlaces();
    let placed = 0;
    for (let index = 0; index < 1000; index += 1) places.of(`score ${index}`, () => (placed += 1));
    expect(placed).toBe(SERIES);
    expect(places.entries()).toHaveLength(SERIES);
    expect(places.of("score 999", nothing)).toBe(colorOf("score 999"));
  });
});
