import { ChartColumn, FlaskConical, Hash, Text, Trophy } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { isWidgetType, newWidget, type Widget, WIDGET_SIZES, WIDGET_TYPES, type WidgetType } from "./config";
import { ExperimentsForm, LeaderboardForm, MarkdownForm, MetricForm, StatsForm } from "./widget-forms";
import { suggestedTitle, WIDGET_LABELS } from "./titles";
import { WidgetBody } from "./widgets/widget-body";

interface WidgetDialogProps {
  /** The widget to change; a new one is made without it. */
  widget?: Widget | undefined;
  onClose: () => void;
  onSave: (widget: Widget) => void;
}

const ICONS: Record<WidgetType, ReactNode> = {
  project_metrics: <ChartColumn />,
  project_stats_card: <Hash />,
  text_markdown: <Text />,
  experiments_feedback_scores: <FlaskConical />,
  experiment_leaderboard: <Trophy />,
};

const FORMS: Record<WidgetType, typeof MetricForm> = {
  project_metrics: MetricForm,
  project_stats_card: StatsForm,
  text_markdown: MarkdownForm,
  experiments_feedback_scores: ExperimentsForm,
  experiment_leaderboard: LeaderboardForm,
};

/** Makes or changes a widget, with a look at how it will be. */
export function WidgetDialog({ widget: old, onClose, onSave }: WidgetDialogProps) {
  const [draft, setDraft] = useState<Widget>(() => old ?? newWidget("project_metrics", "", {}));
  const form = useId();
  const type = isWidgetType(draft.type) ? draft.type : undefined;
  const Form = type && FORMS[type];
  const suggestion = suggestedTitle(draft);
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      width="xl"
      title={old ? "Edit widget" : "Add a widget"}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={form} variant="primary">
            {old ? "Apply" : "Add widget"}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="grid grid-cols-1 gap-6 pt-1 lg:grid-cols-[minmax(0,22rem)_minmax(0,1fr)]"
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation();
          onSave({ ...draft, title: draft.title.trim() || suggestion });
        }}
      >
        <div className="flex min-w-0 flex-col gap-4">
          {!old && <TypeChoice type={type} onChange={(next) => setDraft((before) => ({ ...newWidget(next, "", {}), id: before.id }))} />}
          <Field label="Title" optional>
            {(control) => <Input {...control} maxLength={120} placeholder={suggestion} value={draft.title} onChange={(event) => setDraft({ ...draft, title: event.target.value })} />}
          </Field>
          {Form ? (
            <Form key={type} config={draft.config} onChange={(config) => setDraft((before) => ({ ...before, config }))} />
          ) : (
            <p className="text-sm text-muted">This version does not know this type of widget; only its title can be changed.</p>
          )}
        </div>
        <div className="min-w-0">
          <p className="mb-1.5 text-sm font-medium">Preview</p>
          <div className="flex flex-col rounded-lg border border-line bg-surface p-4" style={{ height: type === undefined ? 180 : Math.min(WIDGET_SIZES[type].h * 91, 420) }}>
            <h3 className="mb-2 truncate text-sm font-semibold">{draft.title.trim() || suggestion}</h3>
            <div className="min-h-0 flex-1">
              <WidgetBody widget={draft} />
            </div>
          </div>
        </div>
      </form>
    </Dialog>
  );
}

function TypeChoice({ type, onChange }: { type: WidgetType | undefined; onChange: (type: WidgetType) => void }) {
  return (
    <div role="group" aria-label="Type of the widget" className="grid grid-cols-2 gap-2">
      {WIDGET_TYPES.map((option) => (
        <button
          key={option}
          type="button"
          aria-pressed={option === type}
          title={WIDGET_LABELS[option].hint}
          onClick={() => onChange(option)}
          className={cn(
            "flex items-center gap-2 rounded-lg border px-3 py-2 text-start text-sm transition-colors hover:bg-hover [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-faint",
            option === type ? "border-accent shadow-sm" : "border-line",
          )}
        >
          {ICONS[option]}
          <span className="min-w-0 truncate font-medium">{WIDGET_LABELS[option].label}</span>
        </button>
      ))}
    </div>
  );
}
