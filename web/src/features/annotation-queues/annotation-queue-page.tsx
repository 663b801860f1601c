import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Download, Ellipsis, Highlighter, Link2, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { isNotFound } from "@/api/errors";
import { Page } from "@/app/page";
import { useWorkspace } from "@/app/workspace";
import { Button, IconButton } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { ErrorState, Skeleton } from "@/components/ui/states";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { toast } from "@/components/ui/toast";
import { useProject } from "@/features/projects/project-context";
import { downloadText } from "@/lib/clipboard";
import { plural, slugOf } from "@/lib/format";
import { useRouteParam } from "@/lib/route";
import { useUrlState, wordCodec } from "@/lib/url-state";
import { type AnnotationQueue, queueQuery } from "./api";
import { ScopeBadge } from "./list/columns";
import { QueueDialog } from "./list/queue-dialog";
import { copyReviewLink } from "./list/share";
import { useDeleteQueues } from "./list/use-delete-queues";
import { queueProgress } from "./logic/progress";
import { ProgressBar } from "./progress-bar";
import { ConfigurationTab } from "./queue/configuration-tab";
import { exportItems, itemsToCsv, itemsToJson } from "./queue/export";
import { ItemsTab } from "./queue/items-tab";
import { Reviewers } from "./reviewers";

const TABS = ["items", "configuration"] as const;
const tabCodec = wordCodec(TABS);

/** One annotation queue: its items and what it asks for. */
export function AnnotationQueuePage() {
  const project = useProject();
  const workspace = useWorkspace();
  const queueId = useRouteParam("queueId") ?? "";
  const queue = useQuery(queueQuery(queueId));
  const listPath = `/${workspace}/projects/${project.id}/annotation-queues`;
  const crumbs = [{ label: "Annotation queues", to: listPath }];
  if (queue.isPending) {
    return (
      <Page title="Annotation queue" crumbs={crumbs}>
        <Skeleton className="mb-4 h-8 w-80" />
        <Skeleton className="h-64 rounded-lg" />
      </Page>
    );
  }
  if (!queue.data) {
    return (
      <Page title="Annotation queue" crumbs={crumbs}>
        <ErrorState
          title={isNotFound(queue.error) ? "This queue does not exist" : "The queue could not be loaded"}
          error={queue.error}
          onRetry={() => void queue.refetch()}
          action={
            <Button asChild>
              <Link to={listPath}>All queues</Link>
            </Button>
          }
        />
      </Page>
    );
  }
  return <QueueContent queue={queue.data} listPath={listPath} />;
}

function QueueContent({ queue, listPath }: { queue: AnnotationQueue; listPath: string }) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const remove = useDeleteQueues();
  const [tab, setTab] = useUrlState("tab", tabCodec, "items");
  const [isEditing, setIsEditing] = useState(false);
  const [isExporting, setIsExporting] = useState(false);
  const progress = queueProgress(queue);
  const save = async (format: "csv" | "json") => {
    setIsExporting(true);
    try {
      const items = await exportItems(queue, workspace, () => undefined);
      const name = `${slugOf(queue.name)}.${format}`;
      if (format === "csv") downloadText(name, itemsToCsv(items, queue.feedback_definition_names), "text/csv");
      else downloadText(name, itemsToJson(items), "application/json");
      toast.good(`Exported ${plural(items.length, "item")}`);
    } catch (error) {
      toast.bad("Could not export the queue", error);
    } finally {
      setIsExporting(false);
    }
  };
  return (
    <Page
      title={queue.name}
      crumbs={[{ label: "Annotation queues", to: listPath }]}
      isFull
      actions={
        <>
          <Button className="max-md:hidden" onClick={() => void copyReviewLink(workspace, queue.id)}>
            <Link2 /> Share
          </Button>
          <Button asChild variant="primary">
            <Link to={`/${workspace}/sme`} search={{ queueId: queue.id }}>
              <Highlighter /> Annotate
            </Link>
          </Button>
          <Menu
            trigger={
              <IconButton label="More" size="md" variant="secondary" busy={isExporting}>
                <Ellipsis />
              </IconButton>
            }
          >
            <MenuItem icon={<Link2 />} onSelect={() => void copyReviewLink(workspace, queue.id)}>
              Copy link for reviewers
            </MenuItem>
            <MenuItem icon={<Pencil />} onSelect={() => setIsEditing(true)}>
              Edit
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={<Download />} disabled={isExporting || queue.items_count === 0} onSelect={() => void save("csv")}>
              Export as CSV
            </MenuItem>
            <MenuItem icon={<Download />} disabled={isExporting || queue.items_count === 0} onSelect={() => void save("json")}>
              Export as JSON
            </MenuItem>
            <MenuSeparator />
            <MenuItem
              icon={<Trash2 />}
              danger
              onSelect={() => {
                remove([queue]);
                void navigate({ to: listPath });
              }}
            >
              Delete
            </MenuItem>
          </Menu>
        </>
      }
    >
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2 bg-surface px-4 pt-3 pb-1 text-sm">
        <ScopeBadge scope={queue.scope} />
        {queue.description && <p className="max-w-xl min-w-0 truncate text-muted">{queue.description}</p>}
        <span className="flex min-w-52 items-center gap-2.5">
          <ProgressBar share={progress.share} label="Progress of the queue" />
          <span className="tabular text-xs whitespace-nowrap text-muted">
            {progress.done} of {plural(progress.wanted, "review")}
          </span>
        </span>
        {(queue.reviewers ?? []).length > 0 && <Reviewers reviewers={queue.reviewers ?? []} />}
      </div>
      <Tabs
        value={tab}
        onValueChange={(value) => setTab(tabCodec.parse(value) ?? "items")}
        tabs={[
          { value: "items", label: "Items", count: queue.items_count },
          { value: "configuration", label: "Configuration" },
        ]}
        className="flex-1"
        listClassName="bg-surface px-4"
      >
        <TabPanel value="items" className="flex flex-col">
          <ItemsTab queue={queue} />
        </TabPanel>
        <TabPanel value="configuration" className="overflow-y-auto">
          <ConfigurationTab queue={queue} />
        </TabPanel>
      </Tabs>
      {isEditing && <QueueDialog projectId={queue.project_id} queue={queue} onClose={() => setIsEditing(false)} />}
    </Page>
  );
}
