import { Copy, Ellipsis, FolderInput, GripVertical, Pencil, Trash2 } from "lucide-react";
import { IconButton } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator, MenuSub } from "@/components/ui/menu";
import { cn } from "@/lib/cn";
import type { Widget } from "./config";
import { type Step, stepOfKey } from "./layout-keys";
import { titleOf } from "./titles";
import { WidgetBody } from "./widgets/widget-body";

/** What can be done with a widget. */
export interface WidgetActions {
  onEdit: () => void;
  onDuplicate: () => void;
  onRemove: () => void;
  onStep: (step: Step) => void;
  /** Other sections, to move it to. */
  sections: readonly { id: string; title: string }[];
  onMoveTo: (sectionId: string) => void;
}

interface WidgetFrameProps {
  widget: Widget;
  /** Absent when the dashboard cannot be changed. */
  actions?: WidgetActions | undefined;
}

/** A widget with its title and, where it may be changed, its handle and menu. */
export function WidgetFrame({ widget, actions }: WidgetFrameProps) {
  const title = titleOf(widget);
  const isCard = widget.type === "project_stats_card";
  return (
    <section aria-label={title} className="group/widget flex h-full min-w-0 flex-col rounded-lg border border-line bg-surface">
      <header className={"flex min-h-9 shrink-0 items-center gap-0.5 ps-4 pe-1.5 pt-1"}>
        <div className={"min-w-0 flex-1"}>
          <h3 className={cn("truncate text-sm", isCard ? "text-muted" : "font-semibold")} title={title}>
            {title}
          </h3>
          {widget.subtitle && <p className="truncate text-xs text-muted">{widget.subtitle}</p>}
        </div>
        {actions && (
          <button
            type="button"
            aria-label={`Move ${title}: arrow keys move it, with Shift they resize it`}
            className="widget-handle flex size-6 shrink-0 cursor-grab items-center justify-center rounded-sm text-faint opacity-0 transition-opacity group-hover/widget:opacity-100 focus-visible:opacity-100 active:cursor-grabbing max-sm:hidden"
            onKeyDown={(event) => {
              const step = stepOfKey(event.key, event.shiftKey);
              if (!step) return;
              event.preventDefault();
              event.stopPropagation();
              actions.onStep(step);
            }}
          >
            <GripVertical className="size-3.5" />
          </button>
        )}
        {actions && <WidgetMenu title={title} actions={actions} />}
      </header>
      <div className={cn("min-h-0 flex-1 px-4 pb-3", isCard ? "pt-0" : "pt-1.5")}>
        <WidgetBody widget={widget} />
      </div>
    </section>
  );
}

function WidgetMenu({ title, actions }: { title: string; actions: WidgetActions }) {
  return (
    <Menu
      trigger={
        <IconButton size="xs" label={`Actions for ${title}`} className="opacity-0 group-hover/widget:opacity-100 focus-visible:opacity-100 data-[state=open]:opacity-100 max-sm:opacity-100">
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuItem icon={<Pencil />} onSelect={actions.onEdit}>
        Edit…
      </MenuItem>
      <MenuItem icon={<Copy />} onSelect={actions.onDuplicate}>
        Duplicate
      </MenuItem>
      {actions.sections.length > 0 && (
        <MenuSub icon={<FolderInput />} label="Move to section">
          {actions.sections.map((section) => (
            <MenuItem key={section.id} onSelect={() => actions.onMoveTo(section.id)}>
              {section.title || "Untitled section"}
            </MenuItem>
          ))}
        </MenuSub>
      )}
      <MenuSeparator />
      <MenuItem icon={<Trash2 />} danger onSelect={actions.onRemove}>
        Remove
      </MenuItem>
    </Menu>
  );
}
