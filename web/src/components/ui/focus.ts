/** Gives the focus of an opening window to the window, not to its close button, whose hint would take the first Escape. */
export function focusContent(event: Event): void {
  event.preventDefault();
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
}
