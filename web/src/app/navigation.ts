import { Database, FlaskConical, Gauge, Home, LayoutDashboard, ListChecks, type LucideIcon, MessageSquareText, ScrollText, SlidersHorizontal, TestTubeDiagonal } from "lucide-react";

export interface Section {
  /** Segment of the path behind `/projects/{id}/`. */
  path: string;
  label: string;
  icon: LucideIcon;
  /** Keys pressed after `g` that lead here. */
  key: string;
  /** Query keys that stay when another project is chosen. */
  portable: readonly string[];
}

const LIST = ["size", "sorting", "columns", "height"] as const;

/** What a project has, in the groups of the sidebar. */
export const PROJECT_SECTIONS: readonly { label?: string; sections: readonly Section[] }[] = [
  { sections: [{ path: "home", label: "Home", icon: Home, key: "h", portable: [] }] },
  {
    label: "Observe",
    sections: [
      { path: "logs", label: "Logs", icon: ScrollText, key: "l", portable: [...LIST, "logsType", "traceTab", "time_range"] },
      { path: "metrics", label: "Metrics", icon: Gauge, key: "m", portable: ["time_range"] },
      { path: "dashboards", label: "Dashboards", icon: LayoutDashboard, key: "b", portable: [] },
    ],
  },
  {
    label: "Evaluate",
    sections: [
      { path: "datasets", label: "Datasets", icon: Database, key: "d", portable: LIST },
      { path: "test-suites", label: "Test suites", icon: TestTubeDiagonal, key: "s", portable: LIST },
      { path: "experiments", label: "Experiments", icon: FlaskConical, key: "e", portable: LIST },
      { path: "annotation-queues", label: "Annotation queues", icon: ListChecks, key: "q", portable: LIST },
    ],
  },
  {
    label: "Develop",
    sections: [
      { path: "prompts", label: "Prompts", icon: MessageSquareText, key: "p", portable: LIST },
      { path: "agent-configs", label: "Agent configurations", icon: SlidersHorizontal, key: "a", portable: LIST },
    ],
  },
];

/** All sections of a project. */
export const ALL_SECTIONS: readonly Section[] = PROJECT_SECTIONS.flatMap((group) => group.sections);
