import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Code, Copy, Download, FileDown, FlaskConical, History, MoreHorizontal, Pencil, Trash2, Upload } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { isNotFound } from "@/api/errors";
import { Page } from "@/app/page";
import { Badge, Button, ErrorState, IconButton, Menu, MenuItem, MenuSeparator, Skeleton, TabPanel, Tabs, Tag, toast } from "@/components/ui";
import { useProject } from "@/features/projects/project-context";
import { SettingsPill } from "@/features/test-suites/settings-pill";
import { copyText } from "@/lib/clipboard";
import { formatCount, plural } from "@/lib/format";
import { useRouteParam } from "@/lib/route";
import { textCodec, useSetUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { datasetQuery, streamItems, versionQuery } from "../api";
import { editSettings, NO_DRAFT } from "../drafts/draft";
import { DraftBar } from "../drafts/draft-bar";
import { useDatasetDraft } from "../drafts/use-dataset-draft";
import { ItemsView } from "../items/items-view";
import { DeleteDatasetsDialog } from "../list/delete-datasets-dialog";
import { EditDatasetDialog } from "../list/edit-dataset-dialog";
import { type Dataset, type DatasetKind, DEFAULT_POLICY, type SuiteSettings } from "../model";
import { exportItems, type FileFormat } from "../transfers/file-export";
import { startExport } from "../transfers/export-jobs";
import { ExportJobsMenu } from "../transfers/export-jobs-menu";
import { UploadBanner } from "../transfers/upload-banner";
import { UploadDialog } from "../transfers/upload-dialog";
import { useKindPaths } from "../use-kind-path";
import { RestoreDialog } from "../versions/restore-dialog";
import { VersionMenu } from "../versions/version-menu";
import { VersionsView } from "../versions/versions-view";
import { UseCodeDialog } from "./use-code-dialog";
import { useTextGuard } from "./use-text-guard";

/** One dataset or test suite: its items and its history. */
export function DatasetDetailPage({ kind }: { kind: DatasetKind }) {
  const id = useRouteParam("datasetId") ?? "";
  const paths = useKindPaths(kind);
  const dataset = useQuery(datasetQuery(id));
  if (dataset.data) return <DatasetDetail key={id} kind={kind} dataset={dataset.data} />;
  return (
    <Page title={kind.title} crumbs={[{ label: kind.title, to: paths.list }]} heading={dataset.isPending ? <Skeleton className="w-40" /> : "Not found"}>
      {dataset.isError && (
        <ErrorState
          title={isNotFound(dataset.error) ? `This ${kind.one} does not exist` : `The ${kind.one} could not be loaded`}
          error={dataset.error}
          onRetry={() => void dataset.refetch()}
          action={
            <Button asChild>
              <Link to={paths.list}>All {kind.many}</Link>
            </Button>
          }
        />
      )}
    </Page>
  );
}

const tabCodec = wordCodec(["items", "versions"]);

type Opened = "edit" | "delete" | "upload" | "code" | "restore";

function DatasetDetail({ kind, dataset }: { kind: DatasetKind; dataset: Dataset }) {
  const project = useProject();
  const navigate = useNavigate();
  const setQuery = useSetUrlQuery();
  const paths = useKindPaths(kind);
  const [tab, setTab] = useUrlState("tab", tabCodec, "items");
  const [versionInUrl] = useUrlState("version", textCodec, "");
  const [opened, setOpened] = useState<Opened>();
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const control = useDatasetDraft(dataset);
  const latest = dataset.latest_version ?? undefined;
  const isOld = versionInUrl !== "" && versionInUrl !== latest?.version_hash;
  const isReadOnly = isOld || dataset.status === "processing";
  // A version of the past is shown as it was, without what is being changed now.
  const shownControl = useMemo(() => (isOld ? { ...control, draft: NO_DRAFT } : control), [control, isOld]);
  // While there is a draft the table shows the version that it is based on, whatever is saved by others.
  const shownHash = isOld ? versionInUrl : (control.draft.base?.hash ?? latest?.version_hash);
  const shown = useQuery({ ...versionQuery(dataset.id, shownHash ?? ""), enabled: shownHash !== undefined && (isOld || kind.type === "evaluation_suite") });
  const savedSettings = useMemo<SuiteSettings>(() => {
    const policy = shown.data?.execution_policy;
    return {
      evaluators: (shown.data?.evaluators ?? []) as SuiteSettings["evaluators"],
      execution_policy: { runs_per_item: policy?.runs_per_item ?? DEFAULT_POLICY.runs_per_item, pass_threshold: policy?.pass_threshold ?? DEFAULT_POLICY.pass_threshold },
    };
  }, [shown.data]);
  const settings = isOld ? savedSettings : (control.draft.settings ?? savedSettings);

  const onError = useCallback(
    (field: string, error: string | undefined) =>
      setErrors((before) => {
        if (before[field] === error) return before;
        const rest = Object.entries(before).filter(([name]) => name !== field);
        return Object.fromEntries(error === undefined ? rest : [...rest, [field, error]]);
      }),
    [],
  );
  const problems = Object.entries(errors);
  const { guard, dialog: guardDialog } = useTextGuard(problems.length > 0, control.isVolatile && !control.isEmpty);
  const setVersion = (hash: string | undefined) => guard(() => setQuery({ version: hash, tab: undefined, row: undefined, from: undefined, to: undefined }, { push: true }));
  const download = (format: FileFormat) => {
    exportItems(dataset.name, format, streamItems({ datasetName: dataset.name, projectName: project.name, version: shownHash })).catch((error: unknown) => toast.bad("The items could not be exported", error));
  };
  const upload = (
    <Button onClick={() => setOpened("upload")}>
      <Upload /> Upload a file
    </Button>
  );
  const experiments = `${paths.project}/experiments?${new URLSearchParams({ filters: JSON.stringify([{ field: "dataset_id", type: "string", operator: "=", value: dataset.id }]) }).toString()}`;
  const close = () => setOpened(undefined);
  return (
    <Page
      title={dataset.name}
      crumbs={[{ label: kind.title, to: paths.list }]}
      isFull
      actions={
        <>
          <ExportJobsMenu />
          <Menu
            trigger={
              <Button data-testid="dataset-header-run-in-trigger">
                <Code /> Use
              </Button>
            }
          >
            <MenuItem icon={<Code />} onSelect={() => setOpened("code")}>
              {kind.type === "dataset" ? "Read or evaluate in code" : "Run in code"}
            </MenuItem>
            <MenuItem icon={<FlaskConical />} onSelect={() => void navigate({ href: experiments })}>
              {kind.type === "dataset" ? "Experiments" : "Results"} ({formatCount(dataset.experiment_count)})
            </MenuItem>
          </Menu>
          <Menu
            trigger={
              <IconButton label={`Actions of the ${kind.one}`} size="md" data-testid="dataset-header-settings-button">
                <MoreHorizontal />
              </IconButton>
            }
          >
            <MenuItem icon={<Pencil />} onSelect={() => setOpened("edit")}>
              Edit name and description
            </MenuItem>
            <MenuItem icon={<Upload />} disabled={isReadOnly || !control.isEmpty} onSelect={() => setOpened("upload")}>
              Upload a file
            </MenuItem>
            <MenuItem icon={<Copy />} onSelect={() => void copyText(dataset.id).then((done) => done && toast.good("Copied the id"))}>
              Copy the id
            </MenuItem>
            <MenuSeparator />
            <MenuItem
              icon={<Download />}
              disabled={isOld || latest === undefined}
              onSelect={() => void startExport(dataset.id, dataset.name).catch((error: unknown) => toast.bad("The export could not be started", error))}
            >
              Export as CSV
            </MenuItem>
            <MenuItem icon={<FileDown />} disabled={shownHash === undefined} onSelect={() => download("json")}>
              Export as JSON
            </MenuItem>
            <MenuItem icon={<FileDown />} disabled={shownHash === undefined} onSelect={() => download("jsonl")}>
              Export as JSON Lines
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={<Trash2 />} danger onSelect={() => setOpened("delete")}>
              Delete
            </MenuItem>
          </Menu>
        </>
      }
    >
      <Tabs
        value={tab}
        onValueChange={(next) => guard(() => setTab(next === "versions" ? "versions" : "items", { push: true }))}
        tabs={[
          { value: "items", label: "Items" },
          { value: "versions", label: "Versions" },
        ]}
        className="flex-1"
        listClassName="bg-surface px-4"
        tools={
          <div className="flex min-w-0 items-center gap-2">
            <span className="max-w-96 min-w-0 truncate text-muted max-lg:hidden" title={dataset.description ?? undefined}>
              {dataset.description}
            </span>
            {dataset.tags?.map((tag) => (
              <span key={tag} className="max-lg:hidden">
                <Tag name={tag} />
              </span>
            ))}
            {kind.type === "evaluation_suite" && (shown.data !== undefined || shownHash === undefined) && (
              <SettingsPill
                settings={settings}
                readOnly={isReadOnly}
                isChanged={!isOld && control.draft.settings !== undefined}
                onChange={(next) => control.change((draft) => editSettings(draft, savedSettings, next))}
              />
            )}
            <VersionMenu dataset={dataset} version={isOld ? versionInUrl : undefined} onVersionChange={setVersion} />
          </div>
        }
      >
        <UploadBanner dataset={dataset} />
        {isOld && (
          <div role="status" className="flex min-h-10 shrink-0 flex-wrap items-center gap-2 border-b border-line bg-accent-soft px-4 py-1.5">
            <History className="size-4 text-accent" />
            <span className="flex-1">
              You are looking at <Badge tone="accent">{shown.data?.version_name ?? versionInUrl}</Badge> as it was{shown.data && <span className="text-muted">, with {plural(shown.data.items_total, "item")}</span>}.
              {!control.isEmpty && " Your draft is kept."}
            </span>
            <Button size="sm" onClick={() => setOpened("restore")} disabled={!shown.data}>
              Restore
            </Button>
            <Button size="sm" onClick={() => setVersion(undefined)}>
              Back to the latest
            </Button>
          </div>
        )}
        <TabPanel value="items" className="flex flex-col">
          {isOld && isNotFound(shown.error) ? (
            <ErrorState title="This version does not exist" error={shown.error} action={<Button onClick={() => setVersion(undefined)}>Back to the latest</Button>} />
          ) : (
            <ItemsView
              kind={kind}
              dataset={dataset}
              projectName={project.name}
              version={shownHash}
              isReadOnly={isReadOnly}
              control={shownControl}
              settings={settings}
              errors={errors}
              onError={onError}
              guard={guard}
              emptyActions={
                <>
                  {upload}
                  <Button onClick={() => setOpened("code")}>
                    <Code /> Insert with the SDK
                  </Button>
                </>
              }
            />
          )}
        </TabPanel>
        <TabPanel value="versions" className="overflow-y-auto">
          <VersionsView dataset={dataset} projectName={project.name} onOpenVersion={setVersion} hasDraft={!control.isEmpty} />
        </TabPanel>
      </Tabs>
      {!isOld && <DraftBar dataset={dataset} control={control} blocked={problems.length > 0 ? `${problems[0]?.[0] ?? ""}: ${problems[0]?.[1] ?? ""}` : undefined} />}
      {opened === "edit" && <EditDatasetDialog kind={kind} dataset={dataset} onClose={close} />}
      {opened === "delete" && <DeleteDatasetsDialog kind={kind} datasets={[dataset]} onClose={close} onDeleted={() => void navigate({ to: paths.list })} />}
      <UploadDialog datasetId={dataset.id} open={opened === "upload"} onOpenChange={close} />
      <UseCodeDialog kind={kind} name={dataset.name} projectName={project.name} version={isOld ? shown.data?.version_name : undefined} open={opened === "code"} onOpenChange={close} />
      {opened === "restore" && shown.data && <RestoreDialog datasetId={dataset.id} version={shown.data} hasDraft={!control.isEmpty} onClose={close} onRestored={() => setVersion(undefined)} />}
      {guardDialog}
    </Page>
  );
}
