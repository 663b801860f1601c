import { describe, expect, it } from "vitest";
import { hiddenPlaces, placeOf } from "./hidden-rows";
import { withUpdates } from "./row-updates";

interface Row {
  id: string;
  text: string;
}

const row = (id: number, text = "") => ({ id: String(id).padStart(4, "0"), text });
const page = (rows: Row[], total = rows.length) => ({ content: rows, total });
const update = (shown: Row[], incoming: Row[]) => withUpdates(page(shown), page(incoming), (item) => item.id, (item) => item.id);

describe("changes of rows while somebody reads", () => {
  it("appear in place, and new rows wait", () => {
    const shown = [row(3), row(2), row(1)];
    const next = update(shown, [row(5), row(4), row(3, "done")]);
    expect(next?.content).toEqual([row(3, "done"), row(2), row(1)]);
  });
  it("leave the page as it is when nothing changed", () => {
    const shown = page([row(2), row(1)]);
    expect(withUpdates(shown, page([...shown.content]), (item) => item.id, (item) => item.id)).toBe(shown);
  });
  it("take deleted rows away, also when others follow from below", () => {
    expect(update([row(3), row(2)], [row(3), row(1)])).toBeUndefined();
    expect(update([row(3), row(2)], [row(3)])).toBeUndefined();
  });
});

describe("hidden rows", () => {
  const pages = [
    [row(0), row(1), row(2)],
    [row(3), row(4), row(5)],
  ];
  const places = hiddenPlaces(new Set(["0001", "0002", "0004", "0099"]), 6, 3, (number) => pages[number - 1], (item) => item.id);
  it("are found in loaded pages", () => {
    expect(places).toEqual([1, 2, 4]);
    expect(hiddenPlaces(new Set(["0004"]), 6, 3, () => undefined, (item: Row) => item.id)).toEqual([]);
  });
  it("leave no gaps", () => {
    expect([0, 1, 2].map((index) => placeOf(index, places))).toEqual([0, 3, 5]);
    expect(placeOf(7, [])).toBe(7);
  });
});
