import { useInfiniteQuery, useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Rocket, Settings2 } from "lucide-react";
import { useMemo, useState } from "react";
import { useWorkspace } from "@/app/workspace";
import { Button, Checkbox, Popover, Skeleton, toast } from "@/components/ui";
import { colorOfEnvironment, environmentsQuery } from "@/features/environments/api";
import { changeLoadedVersions, type PromptVersion, refreshPrompts, setVersionEnvironments, versionLabel, versionOfEnvironment, versionsQuery } from "./api";

interface DeployMenuProps {
  promptId: string;
  version: PromptVersion;
}

/** Says which environments use this version of a prompt. Each environment uses one version at most. */
export function DeployMenu({ promptId, version }: DeployMenuProps) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      align="end"
      label="Environments of this version"
      className="w-80 p-1.5"
      trigger={
        <Button>
          <Rocket /> Deploy
        </Button>
      }
    >
      {open && <DeployList promptId={promptId} version={version} />}
    </Popover>
  );
}

function DeployList({ promptId, version }: DeployMenuProps) {
  const client = useQueryClient();
  const workspace = useWorkspace();
  const environments = useQuery(environmentsQuery());
  const names = useMemo(() => environments.data?.map(({ name }) => name) ?? [], [environments.data]);
  const owners = useOwners(promptId, names);
  const deploy = useMutation({
    mutationFn: ({ names }: { names: string[]; changed: string }) => setVersionEnvironments(version.id, names),
    onMutate: ({ names }) => ({
      undo: changeLoadedVersions(client, promptId, (other) =>
        other.id === version.id ? { ...other, environments: names } : { ...other, environments: other.environments.filter((name) => !names.includes(name)) },
      ),
    }),
    onSuccess: (_, { names, changed }) => toast.good(names.includes(changed) ? `${changed} now uses ${versionLabel(version)}` : `${changed} uses no version any more`),
    onError: (error, _, context) => {
      context?.undo();
      toast.bad("Could not change the environments", error);
    },
    onSettled: () => refreshPrompts(client),
  });
  if (environments.isPending) return <Skeleton className="h-24" />;
  if (environments.isError && !environments.data) return <p className="p-2 text-sm text-bad">The environments could not be loaded.</p>;
  return (
    <div>
      <p className="px-2 pt-1 pb-1.5 text-xs text-muted">Code that asks for an environment gets the version chosen here.</p>
      {environments.data.map((environment) => {
        const { name } = environment;
        const isOwn = version.environments.includes(name);
        const owner = owners.get(name);
        return (
          <label key={environment.id} className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2 py-1 hover:bg-hover">
            <Checkbox
              label={name}
              checked={isOwn}
              disabled={deploy.isPending}
              onCheckedChange={(checked) => deploy.mutate({ names: checked ? [...version.environments, name] : version.environments.filter((other) => other !== name), changed: name })}
            />
            <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: colorOfEnvironment(environment) }} />
            <span className="min-w-0 flex-1 truncate">{name}</span>
            <span className="text-xs text-faint">{isOwn ? "this version" : owner ? `currently ${versionLabel(owner)}` : "no version"}</span>
          </label>
        );
      })}
      {environments.data.length === 0 && <p className="px-2 py-3 text-sm text-muted">This workspace has no environments yet.</p>}
      <Link
        to="/$workspace/configuration"
        params={{ workspace }}
        search={{ tab: "environments" }}
        className="mt-1 flex items-center gap-2 border-t border-line px-2 pt-2 pb-1 text-xs text-muted hover:text-ink"
      >
        <Settings2 className="size-3.5" /> Manage environments
      </Link>
    </div>
  );
}

/** Versions by the environments that use them. Asks the server for those whose version is not loaded. */
function useOwners(promptId: string, names: readonly string[]): ReadonlyMap<string, PromptVersion> {
  const versions = useInfiniteQuery(versionsQuery(promptId));
  const loaded = useMemo(() => {
    const owners = new Map<string, PromptVersion>();
    for (const page of versions.data?.pages ?? []) for (const version of page.content) for (const name of version.environments) owners.set(name, version);
    return owners;
  }, [versions.data]);
  const unknown = useMemo(() => (versions.hasNextPage ? names.filter((name) => !loaded.has(name)) : []), [loaded, names, versions.hasNextPage]);
  const others = useQueries({
    queries: unknown.map((name) => ({
      queryKey: ["prompts", "environment", promptId, name],
      queryFn: () => versionOfEnvironment(promptId, name).catch(() => null),
    })),
    combine: (results) => results.map((result) => result.data),
  });
  return useMemo(() => {
    const owners = new Map(loaded);
    unknown.forEach((name, index) => {
      const version = others[index];
      if (version) owners.set(name, version);
    });
    return owners;
  }, [loaded, others, unknown]);
}
