import type { Schema } from "@/api/client";

export type FeedbackDefinition = Schema<"FeedbackDefinition">;
export type FeedbackType = Schema<"FeedbackType">;
export type FeedbackDetails = Schema<"FeedbackDetails">;

/** Most characters of a description. */
export const MAX_DESCRIPTION_CHARS = 255;
/** Most characters of a name, so that a colour can be kept for it. */
export const MAX_NAME_CHARS = 150;

/** The definition that end users score with; the server keeps it. */
export function isProtected(name: string): boolean {
  return name.toLowerCase() === "user feedback";
}

/** What the types are called and what they are for. */
export const TYPES: readonly { value: FeedbackType; label: string; hint: string }[] = [
  { value: "categorical", label: "Categorical", hint: "One of a few labels, each with a number" },
  { value: "numerical", label: "Numerical", hint: "A number between two bounds" },
  { value: "boolean", label: "Boolean", hint: "Yes or no, stored as 1 or 0" },
];

/** A label and its number, while they are edited. */
export interface CategoryDraft {
  /** Stable within an edit, for the list on the page. */
  id: number;
  label: string;
  value: string;
}

/** A definition while it is edited. All three kinds of details are kept, so that changing the type loses nothing. */
export interface DefinitionForm {
  name: string;
  description: string;
  type: FeedbackType;
  min: string;
  max: string;
  categories: CategoryDraft[];
  trueLabel: string;
  falseLabel: string;
}

let nextId = 1;

/** A category with an id of its own. */
export function newCategory(label: string, value: string): CategoryDraft {
  nextId += 1;
  return { id: nextId, label, value };
}

export function emptyForm(): DefinitionForm {
  return { name: "", description: "", type: "categorical", min: "0", max: "1", categories: [newCategory("", "0"), newCategory("", "1")], trueLabel: "Yes", falseLabel: "No" };
}

/** A form with what a definition has. */
export function formOf({ name, description, type, details }: FeedbackDefinition): DefinitionForm {
  const form = { ...emptyForm(), name, description: description ?? "", type };
  if ("categories" in details) return { ...form, categories: Object.entries(details.categories).map(([label, value]) => newCategory(label, String(value))) };
  if ("min" in details) return { ...form, min: String(details.min), max: String(details.max) };
  return { ...form, trueLabel: details.true_label, falseLabel: details.false_label };
}

export interface FormProblems {
  name?: string;
  /** About the details as a whole. */
  details?: string;
  /** About single categories, by their id. */
  categories?: ReadonlyMap<number, string>;
}

function numberOf(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text.trim());
}

/** What is wrong with a form; `undefined` when it can be saved. */
export function formProblems(form: DefinitionForm): FormProblems | undefined {
  const problems: FormProblems = {};
  if (form.name.trim() === "") problems.name = "Give it a name";
  if (form.type === "numerical") {
    const [min, max] = [numberOf(form.min), numberOf(form.max)];
    if (!Number.isFinite(min) || !Number.isFinite(max)) problems.details = "Both bounds have to be numbers";
    else if (min >= max) problems.details = "The lower bound has to be smaller than the upper one";
  } else if (form.type === "boolean") {
    if (form.trueLabel.trim() === "" || form.falseLabel.trim() === "") problems.details = "Both answers need a label";
    else if (form.trueLabel.trim() === form.falseLabel.trim()) problems.details = "The answers need different labels";
  } else {
    const wrong = new Map<number, string>();
    const seen = new Set<string>();
    for (const { id, label, value } of form.categories) {
      const text = label.trim();
      if (text === "") wrong.set(id, "Needs a label");
      else if (seen.has(text)) wrong.set(id, "This label is taken");
      else if (!Number.isFinite(numberOf(value))) wrong.set(id, "Needs a number");
      seen.add(text);
    }
    if (form.categories.length < 2) problems.details = "Add at least two categories";
    if (wrong.size > 0) problems.categories = wrong;
  }
  return Object.keys(problems).length > 0 ? problems : undefined;
}

/** What a form without problems stands for. */
export function detailsOf(form: DefinitionForm): FeedbackDetails {
  if (form.type === "numerical") return { min: numberOf(form.min), max: numberOf(form.max) };
  if (form.type === "boolean") return { true_label: form.trueLabel.trim(), false_label: form.falseLabel.trim() };
  return { categories: Object.fromEntries(form.categories.map(({ label, value }) => [label.trim(), numberOf(value)])) };
}

/** The possible scores in a line. */
export function describeDetails(details: FeedbackDetails): string {
  if ("categories" in details) {
    return Object.entries(details.categories)
      .map(([label, value]) => `${label} (${value})`)
      .join(", ");
  }
  return "min" in details ? `${details.min} to ${details.max}` : `${details.true_label} / ${details.false_label}`;
}

/** A name for a copy that is not taken. */
export function copyName(name: string, taken: readonly string[]): string {
  const names = new Set(taken.map((other) => other.toLowerCase()));
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? `${name} copy` : `${name} copy ${number}`;
    if (!names.has(candidate.toLowerCase())) return candidate;
  }
}
