/** Type of a filtered field: decides its operators, its editor and how its value is written. */
export type FilterType =
  | "string"
  | "number"
  | "cost"
  | "duration"
  | "date_time"
  | "list"
  | "dictionary"
  | "feedback_scores_number"
  | "category"
  | "errors";

export type FilterOperator =
  | "="
  | "!="
  | "contains"
  | "not_contains"
  | "starts_with"
  | "ends_with"
  | ">"
  | ">="
  | "<"
  | "<="
  | "is_empty"
  | "is_not_empty"
  | "in"
  | "not_in";

/**
 * One condition of a list, as it stands in the URL. Values are texts in the units that people type: durations in
 * seconds, times as ISO 8601. Field, type and operator are open texts, because URLs are written by others too.
 */
export interface Filter {
  field: string;
  type: string;
  operator: string;
  /** Name of a score, or path into a JSON value. */
  key?: string;
  value: string;
}

export interface FilterOption {
  value: string;
  label: string;
}

/** A field that a list can be filtered by. */
export interface FilterField {
  field: string;
  label: string;
  type: FilterType;
  /** Heading in the list of fields. */
  section?: string;
  /** One line that says what the field is. */
  hint?: string;
  /** The field is a map: a condition needs a key. Follows from the type when absent. */
  isKeyed?: boolean;
  /** What the key is called: "Score", "Path". */
  keyLabel?: string;
  keySuggestions?: readonly string[];
  /** Operators that the server takes, when they are fewer than those of the type. */
  operators?: readonly FilterOperator[];
  /** The only values that there are. */
  options?: readonly FilterOption[];
  /** Values worth proposing. */
  suggestions?: readonly string[];
  /** Values worth proposing for one key. */
  suggestValues?: (key: string) => readonly string[];
  /** Stands in the bar even when nothing is filtered by it. */
  isPinned?: boolean;
  /** A condition that one click switches on and off, such as "With errors". */
  toggle?: { label: string; operator: FilterOperator; value: string };
}

const COMPARISONS = ["=", "!=", ">", ">=", "<", "<="] as const;

/** Operators by type, the likeliest first. */
export const OPERATORS: Record<FilterType, readonly FilterOperator[]> = {
  string: ["contains", "not_contains", "=", "!=", "starts_with", "ends_with"],
  number: [">=", "<=", ">", "<", "=", "!="],
  cost: [">=", "<=", ">", "<", "=", "!="],
  duration: [">=", "<=", ">", "<", "=", "!="],
  date_time: [">=", "<=", "="],
  list: ["=", "!=", "contains", "not_contains", "is_empty", "is_not_empty"],
  dictionary: ["=", "!=", "contains", "not_contains", "starts_with", "ends_with", ">", ">=", "<", "<=", "is_empty", "is_not_empty"],
  feedback_scores_number: [">=", "<=", ...COMPARISONS.filter((operator) => operator !== ">=" && operator !== "<="), "is_empty", "is_not_empty"],
  category: ["=", "!=", "in", "not_in", "is_empty", "is_not_empty"],
  errors: ["is_not_empty", "is_empty"],
};

/** Operators of one field. */
export function operatorsOf(field: FilterField): readonly FilterOperator[] {
  return field.operators ?? OPERATORS[field.type];
}

/** Whether a condition on the field needs a key. */
export function isKeyed(field: FilterField): boolean {
  return field.isKeyed ?? (field.type === "dictionary" || field.type === "feedback_scores_number");
}

/** Whether the operator stands alone. */
export function takesNoValue(operator: string): boolean {
  return operator === "is_empty" || operator === "is_not_empty";
}

const WORDS: Record<FilterOperator, string> = {
  "=": "is",
  "!=": "is not",
  contains: "contains",
  not_contains: "does not contain",
  starts_with: "starts with",
  ends_with: "ends with",
  ">": ">",
  ">=": "≥",
  "<": "<",
  "<=": "≤",
  is_empty: "is empty",
  is_not_empty: "is set",
  in: "is one of",
  not_in: "is none of",
};

const WORDS_OF_TYPE: Partial<Record<FilterType, Partial<Record<FilterOperator, string>>>> = {
  list: { "=": "has", "!=": "does not have", contains: "has one with", not_contains: "has none with", is_empty: "is empty", is_not_empty: "has any" },
  date_time: { ">=": "since", "<=": "until", ">": "after", "<": "before", "=": "in the minute" },
  number: { "=": "=", "!=": "≠" },
  cost: { "=": "=", "!=": "≠" },
  duration: { "=": "=", "!=": "≠" },
  feedback_scores_number: { "=": "=", "!=": "≠", is_empty: "is not given", is_not_empty: "is given" },
  errors: { is_empty: "none", is_not_empty: "any" },
};

function isOperator(text: string): text is FilterOperator {
  return Object.hasOwn(WORDS, text);
}

/** What an operator is called in conditions on a type. */
export function operatorLabel(operator: string, type: string): string {
  if (!isOperator(operator)) return operator;
  const special = Object.entries(WORDS_OF_TYPE).find(([name]) => name === type)?.[1];
  return special?.[operator] ?? WORDS[operator];
}

/** Whether a condition says all that it needs, so that the server would take it. */
export function isComplete(filter: Filter, field?: FilterField): boolean {
  if (field && isKeyed(field) && !filter.key?.trim()) return false;
  if (takesNoValue(filter.operator)) return true;
  if (filter.value.trim() === "") return false;
  const numeric = filter.type === "number" || filter.type === "cost" || filter.type === "duration" || filter.type === "feedback_scores_number";
  if (numeric) return Number.isFinite(Number(filter.value));
  return filter.type !== "date_time" || !Number.isNaN(Date.parse(filter.value));
}

/** Whether two conditions are the same. */
export function isSameFilter(one: Filter, other: Filter): boolean {
  return one.field === other.field && one.operator === other.operator && (one.key ?? "") === (other.key ?? "") && one.value === other.value;
}

/** The condition that a field's toggle switches. */
export function toggleFilter(field: FilterField): Filter | undefined {
  return field.toggle && { field: field.field, type: field.type, operator: field.toggle.operator, value: field.toggle.value };
}
