import { Fragment } from "react";

interface HighlightedProps {
  text: string;
  query: string;
}

/** A short text with the places of a query marked, in any case of letters. */
export function Highlighted({ text, query }: HighlightedProps) {
  if (query === "") return text;
  const lower = text.toLowerCase();
  const wanted = query.toLowerCase();
  // Lower-casing may change the length of a few letters: then the places would be off.
  if (lower.length !== text.length) return text;
  const pieces: [plain: string, marked: string][] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    pieces.push([text.slice(from, at), text.slice(at, at + wanted.length)]);
    from = at + wanted.length;
  }
  return (
    <>
      {pieces.map(([plain, marked], index) => (
        <Fragment key={index}>
          {plain}
          <mark>{marked}</mark>
        </Fragment>
      ))}
      {text.slice(from)}
    </>
  );
}
