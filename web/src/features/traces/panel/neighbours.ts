/** What the panel's "previous" and "next" do: the page with the list knows. */
export interface PanelNeighbours {
  previous?: (() => void) | undefined;
  next?: (() => void) | undefined;
}
