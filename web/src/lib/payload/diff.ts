import { diffArrays, diffWordsWithSpace } from "diff";
import { formatJson } from "./json-tree";

export type DiffMark = "same" | "added" | "removed";

/** A run of a line. */
export interface DiffSegment {
  text: string;
  mark: DiffMark;
}

/** A line of one of the texts. */
export interface DiffLine {
  /** Counted from 1. */
  number: number;
  segments: DiffSegment[];
}

/** A row with both texts side by side. */
export interface DiffRow {
  kind: "same" | "changed" | "added" | "removed" | "gap";
  left?: DiffLine;
  right?: DiffLine;
  /** Unchanged lines that a "gap" stands for. */
  hidden?: number;
}

/** A row of both texts in one column. */
export interface UnifiedRow {
  kind: DiffMark | "gap";
  oldNumber?: number;
  newNumber?: number;
  segments: DiffSegment[];
  hidden?: number;
}

export interface TextDiff {
  rows: DiffRow[];
  added: number;
  removed: number;
  isSame: boolean;
  /** The texts were too large or too different to compare throughout: some equal parts are shown as changed. */
  isRough: boolean;
  /** Only the beginning of the texts was compared. */
  isCut: boolean;
}

export interface DiffOptions {
  /** Unchanged lines kept around changes; everything is kept without it. */
  context?: number;
}

/** UTF-16 units of each text that are compared. */
export const MAX_DIFF_CHARS = 5_000_000;
/** Lines of each text that are compared. */
export const MAX_DIFF_LINES = 50_000;
/** Milliseconds spent on finding the lines that differ. */
const LINES_TIMEOUT = 40;
/** Milliseconds spent on finding the words that differ, over all lines. */
const WORDS_TIMEOUT = 40;
/** Edits between the lines of two texts after which they count as entirely different. */
const MAX_LINE_EDITS = 4_000;
const MAX_WORD_EDITS = 1_000;
/** UTF-16 units of a line up to which its words are compared. */
const MAX_WORD_CHARS = 20_000;

/** Compares two texts by line, and the words of changed lines. */
export function diffTexts(before: string, after: string, options: DiffOptions = {}): TextDiff {
  const old = linesOf(before);
  const fresh = linesOf(after);
  const isCut = old.isCut || fresh.isCut;
  const blocks = compareLines(old.lines, fresh.lines);
  const time: TimeBudget = { left: WORDS_TIMEOUT };
  const rows: DiffRow[] = [];
  let added = 0;
  let removed = 0;
  let isRough = blocks.isRough;
  for (const block of blocks.blocks) {
    if (block.isSame) {
      for (let index = 0; index < block.old.count; index += 1) {
        const text = old.lines[block.old.start + index] ?? "";
        rows.push({ kind: "same", left: whole(block.old.start + index, text, "same"), right: whole(block.new.start + index, text, "same") });
      }
      continue;
    }
    removed += block.old.count;
    added += block.new.count;
    for (let index = 0; index < Math.max(block.old.count, block.new.count); index += 1) {
      const left = index < block.old.count ? block.old.start + index : undefined;
      const right = index < block.new.count ? block.new.start + index : undefined;
      if (left !== undefined && right !== undefined) {
        const words = wordDiff(old.lines[left] ?? "", fresh.lines[right] ?? "", time);
        isRough ||= words.isRough;
        rows.push({ kind: "changed", left: { number: left + 1, segments: words.left }, right: { number: right + 1, segments: words.right } });
      } else if (left !== undefined) {
        rows.push({ kind: "removed", left: whole(left, old.lines[left] ?? "", "removed") });
      } else if (right !== undefined) {
        rows.push({ kind: "added", right: whole(right, fresh.lines[right] ?? "", "added") });
      }
    }
  }
  const shown = options.context === undefined ? rows : withGaps(rows, Math.max(options.context, 0));
  return { rows: shown, added, removed, isSame: added === 0 && removed === 0 && (!isCut || before === after), isRough, isCut };
}

/** Compares two JSON values as indented text. */
export function diffJson(before: unknown, after: unknown, options: DiffOptions = {}): TextDiff {
  const [old, fresh] = [formatJson(before), formatJson(after)];
  const diff = diffTexts(old.text, fresh.text, options);
  const isCut = diff.isCut || old.isCut || fresh.isCut;
  return { ...diff, isCut, isSame: diff.isSame && !isCut };
}

/** Compares two texts by word, for showing one text with its changes in place. */
export function diffWords(before: string, after: string): { segments: DiffSegment[]; isRough: boolean } {
  const { merged, isRough } = wordDiff(before, after, { left: WORDS_TIMEOUT });
  return { segments: merged, isRough };
}

/** The rows of a diff in one column: what was removed before what was added, block by block. */
export function unifiedRows(rows: readonly DiffRow[]): UnifiedRow[] {
  const unified: UnifiedRow[] = [];
  let added: UnifiedRow[] = [];
  const flush = () => {
    for (const row of added) unified.push(row);
    added = [];
  };
  for (const { kind, left, right, hidden } of rows) {
    if (kind === "gap") {
      flush();
      unified.push({ kind, segments: [], hidden });
    } else if (kind === "same") {
      flush();
      unified.push({ kind, oldNumber: left?.number, newNumber: right?.number, segments: left?.segments ?? [] });
    } else {
      if (left !== undefined) unified.push({ kind: "removed", oldNumber: left.number, segments: left.segments });
      if (right !== undefined) added.push({ kind: "added", newNumber: right.number, segments: right.segments });
    }
  }
  flush();
  return unified;
}

function linesOf(text: string): { lines: string[]; isCut: boolean } {
  if (text === "") return { lines: [], isCut: false };
  const kept = text.length > MAX_DIFF_CHARS ? text.slice(0, MAX_DIFF_CHARS) : text;
  const lines = kept.split(/\r?\n/, MAX_DIFF_LINES + 1);
  const isCut = kept.length < text.length || lines.length > MAX_DIFF_LINES;
  if (lines.length > MAX_DIFF_LINES) lines.length = MAX_DIFF_LINES;
  return { lines, isCut };
}

function whole(index: number, text: string, mark: DiffMark): DiffLine {
  return { number: index + 1, segments: text === "" ? [] : [{ text, mark }] };
}

interface Range {
  start: number;
  count: number;
}

interface Block {
  isSame: boolean;
  old: Range;
  new: Range;
}

/** Equal ends are set aside first, so large texts with a small change stay cheap even without a complete comparison. */
function compareLines(old: readonly string[], fresh: readonly string[]): { blocks: Block[]; isRough: boolean } {
  const shorter = Math.min(old.length, fresh.length);
  let head = 0;
  while (head < shorter && old[head] === fresh[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]) tail += 1;

  const blocks: Block[] = [];
  const push = (isSame: boolean, oldStart: number, oldCount: number, newStart: number, newCount: number) => {
    if (oldCount === 0 && newCount === 0) return;
    const last = blocks.at(-1);
    if (last !== undefined && !last.isSame && !isSame) {
      last.old.count += oldCount;
      last.new.count += newCount;
    } else {
      blocks.push({ isSame, old: { start: oldStart, count: oldCount }, new: { start: newStart, count: newCount } });
    }
  };

  push(true, 0, head, 0, head);
  let isRough = false;
  const oldMiddle = old.slice(head, old.length - tail);
  const newMiddle = fresh.slice(head, fresh.length - tail);
  if (oldMiddle.length === 0 || newMiddle.length === 0) {
    push(false, head, oldMiddle.length, head, newMiddle.length);
  } else {
    const changes = diffArrays(oldMiddle, newMiddle, { timeout: LINES_TIMEOUT, maxEditLength: MAX_LINE_EDITS });
    if (changes === undefined) {
      isRough = true;
      push(false, head, oldMiddle.length, head, newMiddle.length);
    } else {
      let [oldAt, newAt] = [head, head];
      for (const { added, removed, count } of changes) {
        if (added) push(false, oldAt, 0, newAt, count);
        else if (removed) push(false, oldAt, count, newAt, 0);
        else push(true, oldAt, count, newAt, count);
        if (!added) oldAt += count;
        if (!removed) newAt += count;
      }
    }
  }
  push(true, old.length - tail, tail, fresh.length - tail, tail);
  return { blocks, isRough };
}

interface WordDiff {
  left: DiffSegment[];
  right: DiffSegment[];
  merged: DiffSegment[];
  isRough: boolean;
}

/** Milliseconds that comparing words may still take; making rows does not count. */
interface TimeBudget {
  left: number;
}

function wordDiff(before: string, after: string, time: TimeBudget): WordDiff {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before.charCodeAt(head) === after.charCodeAt(head)) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)) tail += 1;
  // Back to the edges of words, so that no word is torn.
  while (head > 0 && isWordPart(before, head - 1)) head -= 1;
  while (tail > 0 && isWordPart(before, before.length - tail)) tail -= 1;

  const oldMiddle = before.slice(head, before.length - tail);
  const newMiddle = after.slice(head, after.length - tail);
  const start = performance.now();
  const changes = wordChanges(oldMiddle, newMiddle, time.left);
  time.left -= performance.now() - start;
  const merged = new Segments();
  merged.add(before.slice(0, head), "same");
  for (const { text, mark } of changes ?? replaced(oldMiddle, newMiddle)) merged.add(text, mark);
  merged.add(before.slice(before.length - tail), "same");
  return {
    merged: merged.list,
    left: merged.without("added"),
    right: merged.without("removed"),
    isRough: changes === undefined,
  };
}

function isWordPart(text: string, index: number): boolean {
  return /[\p{L}\p{N}\p{M}_\ud800-\udfff]/u.test(text[index] ?? "") || /[\ud800-\udfff]/.test(text[index] ?? "");
}

function wordChanges(before: string, after: string, milliseconds: number): DiffSegment[] | undefined {
  if (before === "" || after === "") return replaced(before, after);
  if (before.length > MAX_WORD_CHARS || after.length > MAX_WORD_CHARS || milliseconds <= 0) return undefined;
  const changes = diffWordsWithSpace(before, after, { timeout: milliseconds, maxEditLength: MAX_WORD_EDITS });
  return changes?.map(({ value, added, removed }) => ({ text: value, mark: added ? "added" : removed ? "removed" : "same" }));
}

function replaced(before: string, after: string): DiffSegment[] {
  return [
    { text: before, mark: "removed" },
    { text: after, mark: "added" },
  ];
}

/** Segments in a row, equal marks joined. */
class Segments {
  readonly list: DiffSegment[] = [];

  add(text: string, mark: DiffMark): void {
    const last = this.list.at(-1);
    if (text === "") return;
    if (last?.mark === mark) last.text += text;
    else this.list.push({ text, mark });
  }

  without(mark: DiffMark): DiffSegment[] {
    const rest = new Segments();
    for (const segment of this.list) if (segment.mark !== mark) rest.add(segment.text, segment.mark);
    return rest.list;
  }
}

function withGaps(rows: readonly DiffRow[], context: number): DiffRow[] {
  const shown: DiffRow[] = [];
  let start = 0;
  while (start < rows.length) {
    if (rows[start]?.kind !== "same") {
      shown.push(...rows.slice(start, start + 1));
      start += 1;
      continue;
    }
    let end = start;
    while (end < rows.length && rows[end]?.kind === "same") end += 1;
    const before = start === 0 ? 0 : context;
    const after = end === rows.length ? 0 : context;
    const hidden = end - start - before - after;
    // A gap of one line would take the room of the line.
    if (hidden <= 1) {
      for (const row of rows.slice(start, end)) shown.push(row);
    } else {
      shown.push(...rows.slice(start, start + before), { kind: "gap", hidden }, ...rows.slice(end - after, end));
    }
    start = end;
  }
  return shown;
}
