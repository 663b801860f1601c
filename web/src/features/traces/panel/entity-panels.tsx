/** What the panel's "previous" and "next" do: the page with the list knows. */
export interface PanelNeighbours {
  previous?: (() => void) | undefined;
  next?: (() => void) | undefined;
}

interface EntityPanelsProps {
  projectId: string;
  neighbours?: PanelNeighbours;
}

/**
 * The panels over a page, as the URL says: a trace (`trace`, with `span` for one of its spans) or a thread (`thread`).
 * Put it once on every page whose rows open traces or threads.
 */
export function EntityPanels(_: EntityPanelsProps) {
  return null;
}
