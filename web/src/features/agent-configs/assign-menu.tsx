import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, Rocket } from "lucide-react";
import { useState } from "react";
import { Button, Checkbox, Input, Popover, toast } from "@/components/ui";
import { environmentsQuery, useEnvironmentColors } from "@/features/environments/api";
import { assignEnvironment, type Blueprint, clearEnvironment, DEFAULT_ENVIRONMENT } from "./api";

/** Most characters of an environment's name in an agent configuration. */
const MAX_ENVIRONMENT_CHARS = 50;

interface AssignMenuProps {
  projectId: string;
  blueprint: Blueprint;
  /** Names of versions by the environments that use them. */
  owners: ReadonlyMap<string, string>;
}

/** Says which environments use a version. Names beyond those of the workspace can be typed. */
export function AssignMenu({ projectId, blueprint, owners }: AssignMenuProps) {
  const client = useQueryClient();
  const environments = useQuery(environmentsQuery());
  const colorOf = useEnvironmentColors();
  const [text, setText] = useState("");
  const own = blueprint.envs ?? [];
  const names = [...new Set([DEFAULT_ENVIRONMENT, ...owners.keys(), ...(environments.data?.map(({ name }) => name) ?? [])])];
  const assign = useMutation({
    mutationFn: ({ name, isOn }: { name: string; isOn: boolean }) => (isOn ? assignEnvironment(projectId, name, blueprint.id) : clearEnvironment(projectId, name)),
    onSuccess: (_, { name, isOn }) => toast.good(isOn ? `${name} now uses ${blueprint.name}` : `${name} uses no version any more`),
    onError: (error) => toast.bad("Could not change the environment", error),
    onSettled: () => client.invalidateQueries({ queryKey: ["agent-configs", projectId] }),
  });
  return (
    <Popover
      align="end"
      label="Environments of this version"
      className="w-80 p-1.5"
      trigger={
        <Button>
          <Rocket /> Assign
        </Button>
      }
    >
      <p className="px-2 pt-1 pb-1.5 text-xs text-muted">Agents that ask for an environment get the version chosen here. Without a name the SDK asks for “{DEFAULT_ENVIRONMENT}”.</p>
      {names.map((name) => {
        const isOwn = own.includes(name);
        return (
          <label key={name} className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2 py-1 hover:bg-hover">
            <Checkbox label={name} checked={isOwn} disabled={assign.isPending} onCheckedChange={(isOn) => assign.mutate({ name, isOn })} />
            <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: colorOf(name) }} />
            <span className="min-w-0 flex-1 truncate">{name}</span>
            <span className="text-xs text-faint">{isOwn ? "this version" : owners.has(name) ? `currently ${owners.get(name) ?? ""}` : "no version"}</span>
          </label>
        );
      })}
      <form
        className="mt-1 flex gap-1.5 border-t border-line px-1 pt-2 pb-1"
        onSubmit={(event) => {
          event.preventDefault();
          const name = text.trim();
          if (!name) return;
          assign.mutate({ name, isOn: true });
          setText("");
        }}
      >
        <Input aria-label="Another environment" placeholder="Another environment" maxLength={MAX_ENVIRONMENT_CHARS} value={text} onChange={(event) => setText(event.target.value)} />
        <Button type="submit" disabled={!text.trim()}>
          <Plus /> Add
        </Button>
      </form>
    </Popover>
  );
}
