import "react-grid-layout/css/styles.css";
import "./grid.css";
import { ArrowDown, ArrowUp, ChevronDown, ChevronRight, Ellipsis, Pencil, Plus, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { GridLayout, useContainerWidth, verticalCompactor } from "react-grid-layout";
import { Button, IconButton } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { PHONE, useMediaQuery } from "@/lib/media-query";
import { useStoredState } from "@/lib/stored-state";
import {
  addSection,
  COLUMNS,
  type DashboardConfig,
  duplicateWidget,
  moveSection,
  moveToSection,
  removeSection,
  removeWidget,
  renameSection,
  restoreWidget,
  type Section,
  setLayout,
  type Widget,
} from "./config";
import { type Step, stepLayout } from "./layout-keys";
import { titleOf } from "./titles";
import { WidgetFrame } from "./widget-frame";

/** Pixels of a row of the grid, and between widgets. */
const ROW = 75;
const MARGIN = 16;

const GRID = { cols: COLUMNS, rowHeight: ROW, margin: [MARGIN, MARGIN], containerPadding: [0, 0], maxRows: Infinity } as const;
const RESIZE_HANDLES = ["se"] as const;

interface SectionViewProps {
  section: Section;
  index: number;
  /** All sections, for moving widgets between them. */
  sections: readonly Section[];
  /** Absent when the dashboard cannot be changed. */
  change?: ((edit: (config: DashboardConfig) => DashboardConfig) => void) | undefined;
  onAddWidget: () => void;
  onEditWidget: (widget: Widget) => void;
}

/** A part of a dashboard with its widgets on a grid. */
export function SectionView({ section, index, sections, change, onAddWidget, onEditWidget }: SectionViewProps) {
  const [isClosed, setIsClosed] = useStoredState(`dashboard-section:${section.id}`, false);
  const isPhone = useMediaQuery(PHONE);
  const { width, containerRef, mounted } = useContainerWidth({ initialWidth: 1200 });
  const others = sections.filter((other) => other.id !== section.id);
  const ordered = useMemo(() => {
    const places = new Map(section.layout.map((place) => [place.i, place]));
    return [...section.widgets].sort((a, b) => {
      const left = places.get(a.id);
      const right = places.get(b.id);
      return (left?.y ?? 0) - (right?.y ?? 0) || (left?.x ?? 0) - (right?.x ?? 0);
    });
  }, [section.layout, section.widgets]);

  const remove = (widget: Widget) => {
    if (!change) return;
    const place = section.layout.find((candidate) => candidate.i === widget.id);
    change((config) => removeWidget(config, widget.id));
    toast.undoable(`“${titleOf(widget)}” removed`, {
      undo: () => change((config) => (place ? restoreWidget(config, section.id, widget, place) : config)),
      commit: () => undefined,
    });
  };
  const frame = (widget: Widget) => (
    <WidgetFrame
      widget={widget}
      actions={
        change && {
          onEdit: () => onEditWidget(widget),
          onDuplicate: () => change((config) => duplicateWidget(config, widget.id)),
          onRemove: () => remove(widget),
          onStep: (step: Step) => change((config) => setLayout(config, section.id, stepLayout(config.sections.find((candidate) => candidate.id === section.id)?.layout ?? [], widget.id, step))),
          sections: others,
          onMoveTo: (sectionId) => change((config) => moveToSection(config, widget.id, sectionId)),
        }
      }
    />
  );

  return (
    <section aria-label={section.title || "Untitled section"} className="flex flex-col gap-3">
      <SectionHeader section={section} index={index} count={sections.length} isClosed={isClosed} onToggle={() => setIsClosed(!isClosed)} change={change} onAddWidget={onAddWidget} />
      {!isClosed && (
        <div ref={containerRef} className="dashboard-grid min-w-0">
          {section.widgets.length === 0 ? (
            <div className="flex flex-col items-center gap-3 rounded-lg border border-dashed border-line-strong px-4 py-10 text-sm text-muted">
              <p>Nothing here yet</p>
              {change && (
                <Button size="sm" onClick={onAddWidget}>
                  <Plus /> Add a widget
                </Button>
              )}
            </div>
          ) : isPhone ? (
            <div className="flex flex-col gap-3">
              {ordered.map((widget) => (
                <div key={widget.id} style={{ height: heightOf(section, widget.id) }}>
                  {frame(widget)}
                </div>
              ))}
            </div>
          ) : mounted ? (
            <GridLayout
              width={width}
              layout={section.layout}
              gridConfig={GRID}
              compactor={verticalCompactor}
              dragConfig={{ enabled: change !== undefined, handle: ".widget-handle" }}
              resizeConfig={{ enabled: change !== undefined, handles: RESIZE_HANDLES }}
              onDragStop={(layout) => change?.((config) => setLayout(config, section.id, layout))}
              onResizeStop={(layout) => change?.((config) => setLayout(config, section.id, layout))}
            >
              {ordered.map((widget) => (
                <div key={widget.id} data-widget-id={widget.id}>
                  {frame(widget)}
                </div>
              ))}
            </GridLayout>
          ) : null}
        </div>
      )}
    </section>
  );
}

function heightOf(section: Section, widgetId: string): number {
  const h = section.layout.find((place) => place.i === widgetId)?.h ?? 4;
  return h * ROW + (h - 1) * MARGIN - (h <= 2 ? ROW / 2 : 0);
}

interface SectionHeaderProps {
  section: Section;
  index: number;
  count: number;
  isClosed: boolean;
  onToggle: () => void;
  change: SectionViewProps["change"];
  onAddWidget: () => void;
}

function SectionHeader({ section, index, count, isClosed, onToggle, change, onAddWidget }: SectionHeaderProps) {
  const [draft, setDraft] = useState<string>();
  const title = section.title || "Untitled section";
  const rename = () => {
    if (draft !== undefined && draft.trim() !== section.title) change?.((config) => renameSection(config, section.id, draft.trim()));
    setDraft(undefined);
  };
  const remove = () => {
    if (!change) return;
    change((config) => removeSection(config, section.id));
    toast.undoable(`Section “${title}” removed`, { undo: () => change((config) => addSection(config, section, index)), commit: () => undefined });
  };
  return (
    <header className="group/section flex min-h-8 items-center gap-1">
      {draft === undefined ? (
        <button type="button" aria-expanded={!isClosed} onClick={onToggle} className="flex min-w-0 items-center gap-1.5 rounded-sm py-1 pe-2 text-sm font-semibold">
          {isClosed ? <ChevronRight className="size-4 text-faint" /> : <ChevronDown className="size-4 text-faint" />}
          <h2 className="truncate">{title}</h2>
          {isClosed && <span className="font-normal text-muted">{section.widgets.length}</span>}
        </button>
      ) : (
        <Input
          aria-label="Name of the section"
          autoFocus
          className="w-72"
          value={draft}
          maxLength={120}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={rename}
          onKeyDown={(event) => {
            if (event.key === "Enter") rename();
            if (event.key === "Escape") setDraft(undefined);
          }}
        />
      )}
      {change && (
        <>
          <IconButton label={`Add a widget to ${title}`} onClick={onAddWidget}>
            <Plus />
          </IconButton>
          <Menu
            align="start"
            trigger={
              <IconButton label={`Actions for the section ${title}`}>
                <Ellipsis />
              </IconButton>
            }
          >
            <MenuItem icon={<Pencil />} onSelect={() => setTimeout(() => setDraft(section.title))}>
              Rename
            </MenuItem>
            <MenuItem icon={<ArrowUp />} disabled={index === 0} onSelect={() => change((config) => moveSection(config, section.id, -1))}>
              Move up
            </MenuItem>
            <MenuItem icon={<ArrowDown />} disabled={index === count - 1} onSelect={() => change((config) => moveSection(config, section.id, 1))}>
              Move down
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={<Trash2 />} danger onSelect={remove}>
              Remove
            </MenuItem>
          </Menu>
        </>
      )}
    </header>
  );
}
