import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeftRight, Database, FileText, FlaskConical, ListTree } from "lucide-react";
import { useCallback, useMemo } from "react";
import { Page } from "@/app/page";
import { useWorkspace } from "@/app/workspace";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { EmptyState, ErrorState } from "@/components/ui/states";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { Tooltip } from "@/components/ui/tooltip";
import { useProject } from "@/features/projects/project-context";
import { EntityPanels } from "@/features/traces/panel/entity-panels";
import { useRouteParam } from "@/lib/route";
import { type Codec, textCodec, useSetUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { scoreNamesQuery } from "./api";
import { AddExperiments } from "./compare/add-experiments";
import { useContenders, useDirections, useExperimentIds } from "./compare/comparison";
import { ConfigTab } from "./compare/config-tab";
import { InsightsTab } from "./compare/insights-tab";
import { ItemsTab } from "./compare/items-tab";
import { ExperimentTags, Scoreboard } from "./compare/scoreboard";
import { ScoresTab } from "./compare/scores-tab";
import { useItemIndex, useVerdicts } from "./compare/use-verdicts";
import { datasetLink, logsLink, promptLink } from "./links";

const tabCodec = wordCodec(["items", "insights", "config", "scores"] as const);

/** A share from 0 to 1. */
const shareCodec: Codec<number> = {
  parse: (text) => (/^(0|1|0?\.\d{1,4})$/.test(text) ? Number(text) : undefined),
  format: String,
};

/** Changes of scores up to this part of a score's range count as none until somebody says otherwise. */
const DEFAULT_TOLERANCE = 0.01;

/** One experiment in detail, or several against the first of them. */
export function ComparePage() {
  const workspace = useWorkspace();
  const project = useProject();
  const datasetId = useRouteParam("datasetId") ?? "";
  const [ids, setIds] = useExperimentIds();
  const [tab, setTab] = useUrlState("tab", tabCodec, "items");
  const [measure, setMeasure] = useUrlState("score", textCodec, "");
  const [tolerance, setTolerance] = useUrlState("tolerance", shareCodec, DEFAULT_TOLERANCE);
  const setQuery = useSetUrlQuery();
  const { contenders, isLoading, refetch } = useContenders(ids);
  const { directionOf, setDirection } = useDirections();
  const isComparison = ids.length > 1;
  const items = useItemIndex(datasetId, ids, ids.length > 0 && (isComparison || tab === "insights"));
  const verdicts = useVerdicts(items.index?.items, ids, { measure: measure || undefined, tolerance, directionOf });
  const { data: names } = useQuery({ ...scoreNamesQuery({ experimentIds: ids }), enabled: ids.length > 0 });
  const scores = useMemo(() => (names?.scores ?? []).filter(({ type }) => type === "feedback_scores").map(({ name }) => name), [names]);
  const isSuite = contenders.some(({ experiment }) => experiment?.evaluation_method === "evaluation_suite");

  const first = contenders[0];
  const title = isComparison ? `Compare ${ids.length} experiments` : (first?.experiment?.name ?? "Experiment");
  const open = useCallback((id: string) => setQuery({ row: id, tab: undefined }), [setQuery]);
  const base = `/${workspace}/projects/${project.id}`;
  const crumbs = [{ label: "Experiments", to: `${base}/experiments` }];

  if (ids.length === 0) {
    return (
      <Page title="Compare" crumbs={crumbs}>
        <EmptyState
          icon={<FlaskConical />}
          title="No experiment chosen"
          action={
            <Button asChild>
              <Link to={`${base}/experiments`}>All experiments</Link>
            </Button>
          }
        >
          Select experiments in the list to compare them.
        </EmptyState>
      </Page>
    );
  }
  if (!isLoading && contenders.every(({ experiment }) => !experiment)) {
    return (
      <Page title="Compare" crumbs={crumbs}>
        <ErrorState
          title={isComparison ? "The experiments could not be loaded" : "The experiment could not be loaded"}
          error={first?.error}
          onRetry={refetch}
          action={
            <Button asChild>
              <Link to={`${base}/experiments`}>All experiments</Link>
            </Button>
          }
        />
      </Page>
    );
  }
  return (
    <Page
      title={title}
      crumbs={crumbs}
      isFull
      actions={
        <>
          {isComparison && (
            <Tooltip content="Makes the second experiment the baseline">
              <Button aria-label="Swap the baseline" onClick={() => setIds([ids[1] ?? "", ids[0] ?? "", ...ids.slice(2)])}>
                <ArrowLeftRight /> <span className="max-md:hidden">Swap baseline</span>
              </Button>
            </Tooltip>
          )}
          <AddExperiments datasetId={datasetId} ids={ids} onChange={setIds} />
        </>
      }
    >
      <Facts workspace={workspace} projectId={project.id} datasetId={datasetId} isSuite={isSuite} contenders={contenders} />
      <Scoreboard projectId={project.id} workspace={workspace} contenders={contenders} directionOf={directionOf} verdicts={verdicts} isCounting={items.isLoading} onChangeIds={setIds} />
      <Tabs
        value={tab}
        onValueChange={(value) => setTab(tabCodec.parse(value) ?? "items")}
        className="flex-1"
        listClassName="bg-surface px-4"
        tabs={[
          { value: "items", label: "Items", count: items.index?.total },
          { value: "insights", label: "Insights" },
          { value: "config", label: "Configuration" },
          { value: "scores", label: isSuite ? "Assertions" : "Scores" },
        ]}
      >
        <TabPanel value="items" className="flex flex-col">
          <ItemsTab
            projectId={project.id}
            datasetId={datasetId}
            contenders={contenders}
            experimentIds={ids}
            scores={scores}
            isSuite={isSuite}
            directionOf={directionOf}
            items={items}
            verdicts={verdicts}
            measure={measure || undefined}
            setMeasure={(name) => setMeasure(name ?? "")}
            tolerance={tolerance}
            setTolerance={setTolerance}
          />
        </TabPanel>
        <TabPanel value="insights" className="overflow-y-auto">
          <InsightsTab contenders={contenders} items={items} scores={scores} measure={measure || undefined} setMeasure={(name) => setMeasure(name ?? "")} tolerance={tolerance} directionOf={directionOf} onOpen={open} />
        </TabPanel>
        <TabPanel value="config" className="overflow-y-auto">
          <ConfigTab workspace={workspace} projectId={project.id} contenders={contenders} isLoading={isLoading} />
        </TabPanel>
        <TabPanel value="scores" className="overflow-y-auto">
          <ScoresTab contenders={contenders} isLoading={isLoading} items={items} verdicts={verdicts} tolerance={tolerance} directionOf={directionOf} setDirection={setDirection} />
        </TabPanel>
      </Tabs>
      <EntityPanels projectId={first?.experiment?.project_id ?? project.id} />
    </Page>
  );
}

interface FactsProps {
  workspace: string;
  projectId: string;
  datasetId: string;
  isSuite: boolean;
  contenders: ReturnType<typeof useContenders>["contenders"];
}

/** What the experiments are about: the dataset, and of a single experiment its prompt, traces and tags. */
function Facts({ workspace, projectId, datasetId, isSuite, contenders }: FactsProps) {
  const single = contenders.length === 1 ? contenders[0]?.experiment : undefined;
  const about = contenders.find(({ experiment }) => experiment)?.experiment;
  const versions = [...new Set(contenders.flatMap(({ experiment }) => experiment?.dataset_version_summary?.version_name ?? []))];
  const prompt = single?.prompt_versions?.[0];
  const link = "inline-flex min-w-0 items-center gap-1.5 text-muted hover:text-ink [&_svg]:size-3.5 [&_svg]:shrink-0 [&_svg]:text-faint";
  return (
    <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line bg-surface px-4 py-1.5 text-sm">
      {about?.dataset_name ? (
        <Link {...datasetLink(workspace, projectId, datasetId, isSuite)} className={link}>
          <Database /> <span className="max-w-72 truncate">{about.dataset_name}</span>
        </Link>
      ) : (
        <span className={link}>
          <Database /> {about ? "Deleted dataset" : "…"}
        </span>
      )}
      {versions.map((version) => (
        <Badge key={version}>{version}</Badge>
      ))}
      {versions.length > 1 && <span className="text-xs text-warn">The experiments ran on different versions of the dataset</span>}
      {single && (
        <>
          {prompt && (
            <Link {...promptLink(workspace, projectId, prompt.prompt_id, prompt.id)} className={link}>
              <FileText /> <span className="max-w-56 truncate">{prompt.prompt_name}</span> {prompt.version_number ?? prompt.commit}
            </Link>
          )}
          <Link {...logsLink(workspace, single.project_id ?? projectId, single.id)} className={link}>
            <ListTree /> Traces
          </Link>
          <ExperimentTags experiment={single} />
        </>
      )}
    </div>
  );
}
