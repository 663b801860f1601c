import { useQuery } from "@tanstack/react-query";
import type { Filter } from "@/components/filters";
import { NativeSelect } from "@/components/ui/field";
import { environmentsQuery } from "./api";
import { UNTAGGED } from "./types";

interface EnvironmentSelectProps {
  /** Name, {@link UNTAGGED}, or "" for all. */
  value: string;
  onValueChange: (value: string) => void;
}

/** Chooses the environment that rows have to come from. */
export function EnvironmentSelect({ value, onValueChange }: EnvironmentSelectProps) {
  const names = (useQuery(environmentsQuery).data ?? []).map(({ name }) => name);
  const isUnknown = value !== "" && value !== UNTAGGED && !names.includes(value);
  return (
    <NativeSelect aria-label="Environment" className="w-auto max-w-44 max-md:hidden" value={value} onChange={(event) => onValueChange(event.target.value)}>
      <option value="">All environments</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
      {isUnknown && <option value={value}>{value}</option>}
      <option value={UNTAGGED}>No environment</option>
    </NativeSelect>
  );
}

/** The condition that a chosen environment stands for. */
export function environmentFilter(value: string): Filter | undefined {
  if (value === "") return undefined;
  if (value === UNTAGGED) return { field: "environment", type: "category", operator: "is_empty", value: "" };
  return { field: "environment", type: "category", operator: "=", value };
}
