import { formatDateTime } from "@/lib/format";
import { type Filter, type FilterField, operatorLabel, takesNoValue } from "./model";

/** A condition in words, in parts that a chip shows in different weights. */
export interface FilterText {
  subject: string;
  operator: string;
  value: string;
}

function valueText(filter: Filter, field: FilterField | undefined): string {
  if (takesNoValue(filter.operator)) return "";
  const name = (value: string) => field?.options?.find((option) => option.value === value)?.label ?? value;
  if (filter.operator === "in" || filter.operator === "not_in") return filter.value.split(",").map((value) => name(value.trim())).join(", ");
  switch (filter.type) {
    case "duration":
      return `${filter.value}s`;
    case "cost":
      return `$${filter.value}`;
    case "date_time":
      return formatDateTime(filter.value);
    default:
      return name(filter.value);
  }
}

/** Says what a condition asks for. Without a field (somebody else's URL) it is shown by its raw names. */
export function describeFilter(filter: Filter, field: FilterField | undefined): FilterText {
  const label = field?.label ?? filter.field;
  return {
    subject: filter.key ? (field?.type === "feedback_scores_number" ? filter.key : `${label} ${filter.key}`) : label,
    operator: operatorLabel(filter.operator, filter.type),
    value: valueText(filter, field),
  };
}
