import { useQueryClient } from "@tanstack/react-query";
import { Copy, Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { IconButton } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { createDashboard, type Dashboard, deleteDashboards, type Scope, updateDashboard } from "./api";
import { copyConfig, readConfig } from "./config";
import { DashboardDialog } from "./dashboard-dialog";

interface DashboardMenuProps {
  scope: Scope;
  dashboard: Dashboard;
  onDuplicated: (copy: Dashboard) => void;
  onDeleted: () => void;
  /** Called when the name or the description has changed; `updated` is the new version. */
  onRenamed?: (updated: Dashboard) => void;
}

/** What can be done with a stored dashboard as a whole. */
export function DashboardMenu({ scope, dashboard, onDuplicated, onDeleted, onRenamed }: DashboardMenuProps) {
  const client = useQueryClient();
  const [open, setOpen] = useState<"rename" | "delete">();
  const [isDeleting, setIsDeleting] = useState(false);
  const refresh = () => client.invalidateQueries({ queryKey: ["dashboards"], predicate: (query) => query.queryKey[2] !== "one" });
  const config = readConfig(dashboard.config);
  const duplicate = async () => {
    if (!config) return;
    try {
      const copy = await createDashboard(scope, {
        name: `${dashboard.name} (copy)`.slice(0, 120),
        description: dashboard.description ?? "",
        type: dashboard.type,
        projectId: dashboard.project_id ?? undefined,
        config: copyConfig(config),
      });
      await refresh();
      onDuplicated(copy);
    } catch (error) {
      toast.bad("Could not duplicate the dashboard", error);
    }
  };
  const remove = async () => {
    setIsDeleting(true);
    try {
      await deleteDashboards(scope, [dashboard.id]);
      setOpen(undefined);
      toast.info(`“${dashboard.name}” deleted`);
      onDeleted();
      await refresh();
    } catch (error) {
      toast.bad("Could not delete the dashboard", error);
    } finally {
      setIsDeleting(false);
    }
  };
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`Actions for ${dashboard.name}`} onClick={(event) => event.stopPropagation()}>
            <Ellipsis />
          </IconButton>
        }
      >
        <MenuItem icon={<Pencil />} onSelect={() => setOpen("rename")}>
          Rename…
        </MenuItem>
        <MenuItem icon={<Copy />} disabled={!config} onSelect={() => void duplicate()}>
          Duplicate
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={<Trash2 />} danger onSelect={() => setOpen("delete")}>
          Delete…
        </MenuItem>
      </Menu>
      {/* Dialogs in rows: what happens in them is no click on the row. */}
      <span className="contents" onClick={(event) => event.stopPropagation()} onKeyDown={(event) => event.stopPropagation()}>
        {open === "rename" && (
          <DashboardDialog
            title="Rename dashboard"
            action="Save"
            initial={{ name: dashboard.name, description: dashboard.description ?? "" }}
            onClose={() => setOpen(undefined)}
            onSave={async ({ name, description }) => {
              const updated = await updateDashboard(scope, dashboard.id, { name, description });
              onRenamed?.(updated);
              await refresh();
            }}
          />
        )}
        <ConfirmDialog
          open={open === "delete"}
          onOpenChange={(isOpen) => setOpen(isOpen ? "delete" : undefined)}
          title={`Delete “${dashboard.name}”?`}
          description="Its sections and widgets are lost. The data that they show stays."
          action="Delete dashboard"
          busy={isDeleting}
          onConfirm={() => void remove()}
        />
      </span>
    </>
  );
}
