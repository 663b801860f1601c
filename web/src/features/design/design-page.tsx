import { Download, Pencil, Plus, Trash2 } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { setTheme, THEMES, useTheme } from "@/app/theme";
import { ColumnChooser, type DataColumn, DataTable, type RowHeight, RowHeightMenu, type SortKey, useColumnLayout } from "@/components/data-table";
import {
  Badge,
  Button,
  Card,
  Checkbox,
  Combobox,
  ConfirmDialog,
  CopyButton,
  Dialog,
  EmptyState,
  ErrorState,
  Field,
  IconButton,
  Input,
  Kbd,
  Menu,
  MenuItem,
  MenuSeparator,
  NativeSelect,
  NoMatches,
  Popover,
  ScoreTag,
  SearchInput,
  Segmented,
  Skeleton,
  Switch,
  Tabs,
  TabPanel,
  Tag,
  TagEditor,
  Textarea,
  toast,
  Tooltip,
} from "@/components/ui";
import { ApiError } from "@/api/errors";
import { seriesColor } from "@/lib/colors";
import { formatCost, formatDuration } from "@/lib/format";

const SURFACES = ["ground", "surface", "sunken", "raised", "hover", "selected"] as const;
const TEXTS = ["ink", "muted", "faint", "accent", "good", "warn", "bad", "brand"] as const;
const KINDS = ["trace", "llm", "general", "tool", "guardrail"] as const;
const STATES = ["good", "warn", "bad", "accent"] as const;

/** All parts of the interface in one place, for those who work on it. */
export function DesignPage() {
  const theme = useTheme();
  return (
    <div className="h-dvh overflow-y-auto">
      <header className="sticky top-0 z-30 flex items-center gap-3 border-b border-line bg-surface px-6 py-3">
        <h1 className="text-base font-semibold">Design</h1>
        <div className="ms-auto">
          <Segmented value={theme} onValueChange={setTheme} label="Theme" options={THEMES.map((value) => ({ value, label: value }))} />
        </div>
      </header>
      <main className="mx-auto flex max-w-5xl flex-col gap-8 p-6">
        <Colours />
        <Type />
        <Controls />
        <Messages />
        <Places />
        <TableSample />
      </main>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h2 className="mb-3 text-lg font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function Swatch({ name, className }: { name: string; className?: string }) {
  return (
    <div className="flex items-center gap-2">
      <div className={`size-8 shrink-0 rounded-md border border-line ${className ?? ""}`} style={{ background: `var(--${name})` }} />
      <code className="font-mono text-xs text-muted">{name}</code>
    </div>
  );
}

function Colours() {
  return (
    <Part title="Colours">
      <div className="flex flex-col gap-4">
        <div className="grid grid-cols-[repeat(auto-fill,minmax(8rem,1fr))] gap-2">
          {[...SURFACES, ...TEXTS].map((name) => (
            <Swatch key={name} name={name} />
          ))}
        </div>
        <div className="grid grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-2">
          {KINDS.map((kind) => (
            <span key={kind} className="rounded-md px-3 py-2 font-medium" style={{ background: `var(--kind-${kind}-soft)`, color: `var(--kind-${kind})` }}>
              {kind}
            </span>
          ))}
          {STATES.map((state) => (
            <span key={state} className="rounded-md px-3 py-2 font-medium" style={{ background: `var(--${state}-soft)`, color: `var(--${state})` }}>
              {state}
            </span>
          ))}
        </div>
        <div className="flex h-6 overflow-hidden rounded-md">
          {Array.from({ length: 10 }, (_, index) => (
            <div key={index} className="flex-1" style={{ background: seriesColor(index) }} />
          ))}
        </div>
      </div>
    </Part>
  );
}

function Type() {
  return (
    <Part title="Type">
      <div className="flex flex-col gap-1">
        <p className="text-xl font-semibold">26 · Titles of a start page</p>
        <p className="text-lg font-semibold">20 · Titles of parts, large numbers</p>
        <p className="text-base">15 · Text that is read: messages, conversations</p>
        <p className="text-sm">13 · Tables, forms, menus</p>
        <p className="text-xs text-muted">11 · Labels in dense places</p>
        <p className="tabular font-mono text-sm">01a1feb9-4432-71f5-bece-5166ff35360e</p>
      </div>
    </Part>
  );
}

function Controls() {
  const [text, setText] = useState("");
  const [isOn, setIsOn] = useState(true);
  const [choice, setChoice] = useState<"traces" | "spans" | "threads">("traces");
  const [tags, setTags] = useState<string[]>(["production", "beta"]);
  const [fruit, setFruit] = useState<string>();
  const [tab, setTab] = useState("one");
  return (
    <Part title="Controls">
      <div className="flex flex-col gap-4">
        <div className="flex flex-wrap items-center gap-2">
          <Button variant="primary">
            <Plus /> Primary
          </Button>
          <Button>Secondary</Button>
          <Button variant="ghost">Ghost</Button>
          <Button variant="danger">Delete 3 traces</Button>
          <Button variant="link">Link</Button>
          <Button disabled>Disabled</Button>
          <Button busy>Busy</Button>
          <Button size="xs">Extra small</Button>
          <Button size="sm">Small</Button>
          <Button size="lg">Large</Button>
          <IconButton label="Edit" shortcut="E">
            <Pencil />
          </IconButton>
          <CopyButton text="copied from the design page" />
        </div>
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label="Name" hint="Shown in lists">
            {(control) => <Input {...control} value={text} onChange={(event) => setText(event.target.value)} />}
          </Field>
          <Field label="Dataset" error="This name is taken">
            {(control) => <Input {...control} defaultValue="golden set" />}
          </Field>
          <Field label="Operator" optional>
            {(control) => (
              <NativeSelect {...control}>
                <option>contains</option>
                <option>equals</option>
              </NativeSelect>
            )}
          </Field>
          <Field label="Description" className="sm:col-span-2">
            {(control) => <Textarea {...control} placeholder="What is it for?" />}
          </Field>
          <div className="flex flex-col items-start gap-2">
            <SearchInput value={text} onValueChange={setText} label="Search traces" />
            <Combobox value={fruit} onValueChange={setFruit} label="Model" options={["gpt-5", "claude", "gemini"].map((value) => ({ value, label: value }))} allowCustom />
          </div>
        </div>
        <div className="flex flex-wrap items-center gap-4">
          <Segmented value={choice} onValueChange={setChoice} label="Kind" options={[{ value: "threads", label: "Threads" }, { value: "traces", label: "Traces" }, { value: "spans", label: "Spans" }]} />
          <label className="flex items-center gap-2">
            <Checkbox checked={isOn} onCheckedChange={setIsOn} /> Checkbox
          </label>
          <label className="flex items-center gap-2">
            <Switch checked={isOn} onCheckedChange={setIsOn} /> Switch
          </label>
          <Tooltip content="A hint">
            <span tabIndex={0}>Hover me</span>
          </Tooltip>
          <span>
            <Kbd>Ctrl</Kbd> <Kbd>K</Kbd>
          </span>
          <Menu align="start" trigger={<Button>Menu</Button>}>
            <MenuItem icon={<Download />}>Export</MenuItem>
            <MenuSeparator />
            <MenuItem icon={<Trash2 />} danger>
              Delete
            </MenuItem>
          </Menu>
          <Popover trigger={<Button>Popover</Button>}>A small form</Popover>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <Badge>neutral</Badge>
          <Badge tone="good">completed</Badge>
          <Badge tone="warn">running</Badge>
          <Badge tone="bad">error</Badge>
          <Badge tone="accent">latest</Badge>
          <Tag name="production" />
          <ScoreTag name="relevance" value={0.873} reason="It answers the question" />
          <ScoreTag name="tone" value={1} category="friendly" />
          <TagEditor tags={tags} onChange={setTags} suggestions={["canary", "eu"]} />
        </div>
        <Tabs value={tab} onValueChange={setTab} tabs={[{ value: "one", label: "Messages", count: 4 }, { value: "two", label: "Details" }]}>
          <TabPanel value="one" className="py-3">
            What was said
          </TabPanel>
          <TabPanel value="two" className="py-3">
            Everything else
          </TabPanel>
        </Tabs>
      </div>
    </Part>
  );
}

function Messages() {
  const [isOpen, setIsOpen] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  return (
    <Part title="Messages">
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => setIsOpen(true)}>Dialog</Button>
        <Button onClick={() => setIsAsking(true)}>Confirmation</Button>
        <Button onClick={() => toast.good("Saved version 4")}>Good news</Button>
        <Button onClick={() => toast.bad("The score could not be saved", new ApiError(409, "Somebody was faster", []))}>Bad news</Button>
        <Button onClick={() => toast.undoable("3 traces deleted", { undo: () => toast.info("They are back"), commit: () => undefined })}>Undo</Button>
      </div>
      <Dialog open={isOpen} onOpenChange={setIsOpen} title="New dataset" description="A list of items to evaluate with." footer={<Button variant="primary">Create</Button>}>
        <Field label="Name">{(control) => <Input {...control} />}</Field>
      </Dialog>
      <ConfirmDialog open={isAsking} onOpenChange={setIsAsking} title="Delete 3 traces?" description="Their spans, scores and attachments go too." action="Delete 3 traces" onConfirm={() => setIsAsking(false)} />
    </Part>
  );
}

function Places() {
  return (
    <Part title="Loading, empty, failed">
      <div className="grid gap-4 sm:grid-cols-2">
        <Card title="Loading">
          <div className="flex flex-col gap-2">
            <Skeleton className="w-1/2" />
            <Skeleton />
            <Skeleton className="w-3/4" />
          </div>
        </Card>
        <Card title="Empty">
          <EmptyState title="No datasets yet" action={<Button variant="primary">New dataset</Button>}>
            A dataset holds the inputs that experiments run on.
          </EmptyState>
        </Card>
        <Card title="No matches">
          <NoMatches what="traces" onClear={() => undefined} />
        </Card>
        <Card title="Failed">
          <ErrorState title="The traces could not be loaded" error={new ApiError(0, "The server cannot be reached", [])} onRetry={() => undefined} />
        </Card>
      </div>
    </Part>
  );
}

interface Sample {
  id: string;
  name: string;
  input: string;
  duration: number;
  cost: number;
}

const COLUMNS: readonly DataColumn<Sample>[] = [
  { id: "name", label: "Name", size: 180, cell: (row) => <span className="truncate font-medium">{row.name}</span>, sortable: true, pin: "start" },
  { id: "input", label: "Input", size: 260, grow: true, cell: (row) => <span className="line-clamp-2 text-muted">{row.input}</span> },
  { id: "duration", label: "Duration", size: 110, align: "end", cell: (row) => formatDuration(row.duration), sortable: true, statistic: "p50 1.20s" },
  { id: "cost", label: "Cost", size: 100, align: "end", cell: (row) => formatCost(row.cost), sortable: true },
  { id: "id", label: "ID", size: 120, cell: (row) => row.id, isHidden: true },
];

/** Enough rows to show that their number does not matter. */
const SAMPLE_ROWS = 100_000;

function sampleAt(index: number): Sample {
  return { id: `row-${index}`, name: `answer question ${index}`, input: `How many rows are before this one? ${index}`, duration: (index * 7919) % 9000, cost: ((index * 31) % 400) / 1000 };
}

const idOf = (row: Sample) => row.id;

function TableSample() {
  const layout = useColumnLayout("design", COLUMNS);
  const [height, setHeight] = useState<RowHeight>("small");
  const [sorting, setSorting] = useState<SortKey[]>([]);
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<string>();
  const selection = useMemo(() => ({ ids, onChange: setIds }), [ids]);
  return (
    <Part title="Table">
      <div className="mb-2 flex items-center justify-end gap-2">
        <RowHeightMenu height={height} onHeightChange={setHeight} />
        <ColumnChooser columns={COLUMNS} control={layout} />
      </div>
      <div className="flex h-96 flex-col overflow-hidden rounded-lg border border-line">
        <DataTable
          label="Sample rows"
          columns={COLUMNS}
          layout={layout}
          rowCount={SAMPLE_ROWS}
          rowAt={sampleAt}
          rowId={idOf}
          selection={selection}
          sorting={sorting}
          onSortingChange={setSorting}
          height={height}
          onOpen={(row) => setOpen(row.id)}
          activeId={open}
        />
      </div>
    </Part>
  );
}
