import { newId } from "@/lib/ids";

/** A JSON object as the server keeps it. */
export type JsonObject = Record<string, unknown>;

/** Columns of the grid, and the most rows that a widget may be high. */
export const COLUMNS = 6;
export const MAX_HEIGHT = 12;

/** The only version of the stored shape that is written. */
const VERSION = 4;

export const WIDGET_TYPES = ["project_metrics", "project_stats_card", "text_markdown", "experiments_feedback_scores", "experiment_leaderboard"] as const;
export type WidgetType = (typeof WIDGET_TYPES)[number];

interface Size {
  w: number;
  h: number;
  minW: number;
  minH: number;
}

/** Size of a new widget and the smallest that it can be read in, in columns and rows. */
export const WIDGET_SIZES: Record<WidgetType, Size> = {
  project_metrics: { w: 2, h: 4, minW: 2, minH: 4 },
  project_stats_card: { w: 1, h: 2, minW: 1, minH: 2 },
  text_markdown: { w: 2, h: 4, minW: 1, minH: 4 },
  experiments_feedback_scores: { w: 2, h: 4, minW: 2, minH: 4 },
  experiment_leaderboard: { w: 6, h: 6, minW: 4, minH: 4 },
};

const UNKNOWN_SIZE: Size = { w: 2, h: 4, minW: 1, minH: 1 };

export interface Widget {
  id: string;
  /** One of {@link WIDGET_TYPES}, or something that another client has put there. */
  type: string;
  title: string;
  subtitle: string;
  config: JsonObject;
  /** What else is stored about it; written back as it was. */
  rest: JsonObject;
}

/** Where a widget stands, in columns and rows from the top left. */
export interface Place {
  i: string;
  x: number;
  y: number;
  w: number;
  h: number;
  minW: number;
  maxW: number;
  minH: number;
  maxH: number;
}

export interface Section {
  id: string;
  title: string;
  widgets: readonly Widget[];
  layout: readonly Place[];
  rest: JsonObject;
}

/** What a dashboard shows. */
export interface DashboardConfig {
  sections: readonly Section[];
  /** The stored object; keys that are not known here are written back as they were. */
  rest: JsonObject;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function whole(value: unknown, low: number, high: number, fallback: number): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.min(high, Math.max(low, Math.round(value))) : fallback;
}

/** Whether a type is one that this program can show. */
export function isWidgetType(type: string): type is WidgetType {
  return WIDGET_TYPES.some((known) => known === type);
}

function sizeOf(type: string): Size {
  return isWidgetType(type) ? WIDGET_SIZES[type] : UNKNOWN_SIZE;
}

/** A place within the grid for a widget, whatever was stored. */
function placeOf(widget: Widget, stored: JsonObject | undefined, bottom: number): Place {
  const size = sizeOf(widget.type);
  const w = whole(stored?.w, size.minW, COLUMNS, size.w);
  return {
    i: widget.id,
    x: whole(stored?.x, 0, COLUMNS - w, 0),
    y: whole(stored?.y, 0, Number.MAX_SAFE_INTEGER, bottom),
    w,
    h: whole(stored?.h, size.minH, MAX_HEIGHT, size.h),
    minW: size.minW,
    maxW: COLUMNS,
    minH: size.minH,
    maxH: MAX_HEIGHT,
  };
}

/** First row under everything. */
export function bottomOf(layout: readonly Place[]): number {
  return layout.reduce((bottom, place) => Math.max(bottom, place.y + place.h), 0);
}

function readWidget(value: unknown): Widget | undefined {
  if (!isObject(value)) return undefined;
  const { id, type, title, subtitle, config, ...rest } = value;
  return { id: textOf(id) || newId(), type: textOf(type), title: textOf(title) || textOf(value.generatedTitle), subtitle: textOf(subtitle), config: isObject(config) ? config : {}, rest };
}

function readSection(value: unknown): Section | undefined {
  if (!isObject(value)) return undefined;
  const { id, title, widgets: storedWidgets, layout: storedLayout, ...rest } = value;
  const seen = new Set<string>();
  const widgets = (Array.isArray(storedWidgets) ? storedWidgets : []).flatMap((item) => {
    const widget = readWidget(item);
    if (!widget || seen.has(widget.id)) return [];
    seen.add(widget.id);
    return [widget];
  });
  const stored = new Map((Array.isArray(storedLayout) ? storedLayout : []).filter(isObject).map((place) => [place.i, place]));
  const layout: Place[] = [];
  for (const widget of widgets) layout.push(placeOf(widget, stored.get(widget.id), bottomOf(layout)));
  return { id: textOf(id) || newId(), title: textOf(title), widgets, layout, rest };
}

/**
 * Reads a stored dashboard. `undefined`: it has a shape that this program must not overwrite. Unknown widgets and keys
 * are kept as they are.
 */
export function readConfig(value: unknown): DashboardConfig | undefined {
  if (!isObject(value) || value.version !== VERSION || !Array.isArray(value.sections)) return undefined;
  return { sections: value.sections.flatMap((section) => readSection(section) ?? []), rest: value };
}

/** A dashboard as it is stored. */
export function writeConfig(config: DashboardConfig, now: number = Date.now()): JsonObject {
  return {
    ...config.rest,
    version: VERSION,
    sections: config.sections.map((section) => ({
      ...section.rest,
      id: section.id,
      title: section.title,
      widgets: section.widgets.map(({ id, type, title, subtitle, config: settings, rest }) => ({ ...rest, id, type, title, ...(subtitle ? { subtitle } : {}), config: settings })),
      layout: section.layout,
    })),
    lastModified: now,
  };
}

/** A widget that is not on a dashboard yet. */
export function newWidget(type: WidgetType, title: string, config: JsonObject): Widget {
  return { id: newId(), type, title, subtitle: "", config, rest: {} };
}

/** A section without widgets. */
export function newSection(title: string): Section {
  return { id: newId(), title, widgets: [], layout: [], rest: {} };
}

function changeSection(config: DashboardConfig, id: string, change: (section: Section) => Section): DashboardConfig {
  return { ...config, sections: config.sections.map((section) => (section.id === id ? change(section) : section)) };
}

/** Place for a widget: the first gap that is wide enough, or under everything. */
export function freePlace(layout: readonly Place[], widget: Widget, size: { w: number; h: number } = sizeOf(widget.type)): Place {
  const bottom = bottomOf(layout);
  const isFree = (x: number, y: number) => layout.every((place) => x + size.w <= place.x || place.x + place.w <= x || y + size.h <= place.y || place.y + place.h <= y);
  for (let y = 0; y < bottom; y += 1) {
    for (let x = 0; x + size.w <= COLUMNS; x += 1) if (isFree(x, y)) return placeOf(widget, { x, y, ...size }, bottom);
  }
  return placeOf(widget, { x: 0, y: bottom, ...size }, bottom);
}

/** Adds a widget to a section. */
export function addWidget(config: DashboardConfig, sectionId: string, widget: Widget, size?: { w: number; h: number }): DashboardConfig {
  return changeSection(config, sectionId, (section) => ({ ...section, widgets: [...section.widgets, widget], layout: [...section.layout, freePlace(section.layout, widget, size)] }));
}

/** Replaces a widget by one with the same id. */
export function replaceWidget(config: DashboardConfig, widget: Widget): DashboardConfig {
  return { ...config, sections: config.sections.map((section) => ({ ...section, widgets: section.widgets.map((old) => (old.id === widget.id ? widget : old)) })) };
}

function find(config: DashboardConfig, widgetId: string) {
  for (const section of config.sections) {
    const widget = section.widgets.find((candidate) => candidate.id === widgetId);
    const place = section.layout.find((candidate) => candidate.i === widgetId);
    if (widget && place) return { section, widget, place };
  }
  return undefined;
}

/** Takes a widget away. */
export function removeWidget(config: DashboardConfig, widgetId: string): DashboardConfig {
  return {
    ...config,
    sections: config.sections.map((section) =>
      section.widgets.some((widget) => widget.id === widgetId)
        ? { ...section, widgets: section.widgets.filter((widget) => widget.id !== widgetId), layout: section.layout.filter((place) => place.i !== widgetId) }
        : section,
    ),
  };
}

/** Puts a removed widget back to where it was. */
export function restoreWidget(config: DashboardConfig, sectionId: string, widget: Widget, place: Place): DashboardConfig {
  return changeSection(config, sectionId, (section) => ({ ...section, widgets: [...section.widgets, widget], layout: [...section.layout, place] }));
}

/** Puts a copy of a widget into the same section. */
export function duplicateWidget(config: DashboardConfig, widgetId: string): DashboardConfig {
  const found = find(config, widgetId);
  if (!found) return config;
  const copy: Widget = { ...found.widget, id: newId(), title: found.widget.title ? `${found.widget.title} (copy)` : "" };
  return addWidget(config, found.section.id, copy, found.place);
}

/** Moves a widget to another section. */
export function moveToSection(config: DashboardConfig, widgetId: string, sectionId: string): DashboardConfig {
  const found = find(config, widgetId);
  if (!found || found.section.id === sectionId) return config;
  return addWidget(removeWidget(config, widgetId), sectionId, found.widget, found.place);
}

/** Takes over where the grid has put the widgets of a section. The same object when nothing has moved. */
export function setLayout(config: DashboardConfig, sectionId: string, places: readonly { i: string; x: number; y: number; w: number; h: number }[]): DashboardConfig {
  const section = config.sections.find((candidate) => candidate.id === sectionId);
  if (!section) return config;
  const byId = new Map(places.map((place) => [place.i, place]));
  const layout = section.layout.map((old) => {
    const next = byId.get(old.i);
    if (!next || (old.x === next.x && old.y === next.y && old.w === next.w && old.h === next.h)) return old;
    return { ...old, x: next.x, y: next.y, w: next.w, h: next.h };
  });
  return layout.some((place, index) => place !== section.layout[index]) ? changeSection(config, sectionId, (before) => ({ ...before, layout })) : config;
}

/** Adds a section at the end, or at a place. */
export function addSection(config: DashboardConfig, section: Section, index: number = config.sections.length): DashboardConfig {
  return { ...config, sections: [...config.sections.slice(0, index), section, ...config.sections.slice(index)] };
}

export function renameSection(config: DashboardConfig, id: string, title: string): DashboardConfig {
  return changeSection(config, id, (section) => ({ ...section, title }));
}

export function removeSection(config: DashboardConfig, id: string): DashboardConfig {
  return { ...config, sections: config.sections.filter((section) => section.id !== id) };
}

/** Moves a section up (-1) or down (1). */
export function moveSection(config: DashboardConfig, id: string, step: -1 | 1): DashboardConfig {
  const from = config.sections.findIndex((section) => section.id === id);
  const to = from + step;
  const section = config.sections[from];
  if (!section || to < 0 || to >= config.sections.length) return config;
  const sections = config.sections.filter((_, index) => index !== from);
  sections.splice(to, 0, section);
  return { ...config, sections };
}

/** A copy whose sections and widgets have ids of their own. */
export function copyConfig(config: DashboardConfig): DashboardConfig {
  return {
    ...config,
    sections: config.sections.map((section) => {
      const ids = new Map(section.widgets.map((widget) => [widget.id, newId()]));
      const fresh = (id: string) => ids.get(id) ?? id;
      return {
        ...section,
        id: newId(),
        widgets: section.widgets.map((widget) => ({ ...widget, id: fresh(widget.id) })),
        layout: section.layout.map((place) => ({ ...place, i: fresh(place.i) })),
      };
    }),
  };
}
