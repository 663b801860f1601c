import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Layers, MoreHorizontal, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, ConfirmDialog, EmptyState, ErrorState, IconButton, Menu, MenuItem, NoMatches, SearchInput, Skeleton, toast } from "@/components/ui";
import { formatDateTime, formatRelative } from "@/lib/format";
import { textCodec, useUrlState } from "@/lib/url-state";
import { colorOfEnvironment, deleteEnvironments, type Environment, environmentsQuery } from "./api";
import { EnvironmentDialog } from "./environment-dialog";
import { MAX_ENVIRONMENTS } from "./rules";

/** The deployment environments of the workspace. */
export function EnvironmentsTab() {
  const client = useQueryClient();
  const environments = useQuery({ ...environmentsQuery(), refetchInterval: 30_000 });
  const [search, setSearch] = useUrlState("search", textCodec, "");
  const [edited, setEdited] = useState<Environment | "new">();
  const [deleted, setDeleted] = useState<Environment>();
  const remove = useMutation({
    mutationFn: (environment: Environment) => deleteEnvironments([environment.id]),
    onMutate: async (environment) => {
      const { queryKey } = environmentsQuery();
      await client.cancelQueries({ queryKey });
      const before = client.getQueryData(queryKey);
      client.setQueryData(queryKey, (known) => known?.filter(({ id }) => id !== environment.id));
      setDeleted(undefined);
      return { before };
    },
    onSuccess: (_, { name }) => toast.good(`${name} deleted`),
    onError: (error, _, context) => {
      client.setQueryData(environmentsQuery().queryKey, context?.before);
      toast.bad("Could not delete the environment", error);
    },
    onSettled: () => client.invalidateQueries({ queryKey: environmentsQuery().queryKey }),
  });
  if (environments.isPending) return <Skeleton className="h-60 max-w-4xl" />;
  if (environments.isError && !environments.data) return <ErrorState title="The environments could not be loaded" error={environments.error} onRetry={() => void environments.refetch()} />;
  const all = environments.data;
  const shown = all.filter(({ name, description }) => `${name} ${description ?? ""}`.toLowerCase().includes(search.trim().toLowerCase()));
  const isFull = all.length >= MAX_ENVIRONMENTS;
  return (
    <div className="flex max-w-4xl flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <p className="min-w-60 flex-1 text-muted">Where your code runs. Traces name their environment, and prompts say which version each environment uses. An environment that a trace names for the first time is added by itself.</p>
        <SearchInput label="Search environments" value={search} onValueChange={setSearch} className="w-52" />
        <Button variant="primary" disabled={isFull} onClick={() => setEdited("new")}>
          <Plus /> New environment
        </Button>
      </div>
      {isFull && <p className="text-warn">A workspace can have {MAX_ENVIRONMENTS} environments. Delete one to add another.</p>}
      {all.length === 0 ? (
        <EmptyState icon={<Layers />} title="No environments" className="rounded-lg border border-line bg-surface">
          Add one, or send a trace that names its environment.
        </EmptyState>
      ) : shown.length === 0 ? (
        <NoMatches what="environments" onClear={() => setSearch("")} className="rounded-lg border border-line bg-surface" />
      ) : (
        <ul aria-label="Environments" className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
          {shown.map((environment) => (
            <li key={environment.id} className="flex min-h-14 items-center gap-3 px-4 py-2">
              <span aria-hidden className="size-3 shrink-0 rounded-full" style={{ background: colorOfEnvironment(environment) }} />
              <div className="min-w-0 flex-1">
                <p className="truncate font-medium">{environment.name}</p>
                {environment.description && <p className="truncate text-muted">{environment.description}</p>}
              </div>
              <span className="text-xs text-faint max-md:hidden" title={formatDateTime(environment.created_at)}>
                {environment.created_by} · {formatRelative(environment.created_at)}
              </span>
              <Menu
                trigger={
                  <IconButton label={`Actions for ${environment.name}`}>
                    <MoreHorizontal />
                  </IconButton>
                }
              >
                <MenuItem icon={<Pencil />} onSelect={() => setEdited(environment)}>
                  Edit
                </MenuItem>
                <MenuItem icon={<Trash2 />} danger onSelect={() => setDeleted(environment)}>
                  Delete
                </MenuItem>
              </Menu>
            </li>
          ))}
        </ul>
      )}
      {edited && <EnvironmentDialog environment={edited === "new" ? undefined : edited} others={all} onClose={() => setEdited(undefined)} />}
      <ConfirmDialog
        open={deleted !== undefined}
        onOpenChange={(open) => !open && setDeleted(undefined)}
        title={`Delete ${deleted?.name ?? ""}?`}
        description="Traces keep the name. Prompt versions cannot be deployed to it any more, until a trace names it again or you add it again."
        action="Delete environment"
        onConfirm={() => deleted && remove.mutate(deleted)}
      />
    </div>
  );
}
