import { formatCost } from "@/lib/format";

/** US dollars where one call's price is compared with another's: below one cent with two digits that count. */
export function formatSmallCost(dollars: number): string {
  if (dollars >= 0.01 || dollars <= 0) return formatCost(dollars);
  return dollars < 0.000_01 ? "<$0.00001" : `$${Number(dollars.toPrecision(2)).toFixed(Math.min(Math.ceil(-Math.log10(dollars)) + 1, 7))}`;
}
