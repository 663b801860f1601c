/** Longest text that is rendered as Markdown, in UTF-16 units; a longer one is shown as it is. */
export const MAX_MARKDOWN_CHARS = 200_000;
