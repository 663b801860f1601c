import { diffArrays } from "diff";
import { messageTextOf, type TemplateMessage } from "./chat-template";

/** Messages of two versions that belong together; one side is absent when a message was added or removed. */
export interface MessagePair {
  before?: TemplateMessage;
  after?: TemplateMessage;
  isSame: boolean;
}

/** Pairs the messages of two versions: equal ones first, changed ones between them in order. */
export function pairMessages(before: readonly TemplateMessage[], after: readonly TemplateMessage[]): MessagePair[] {
  const changes = diffArrays([...before], [...after], { comparator: (a, b) => a.role === b.role && messageTextOf(a) === messageTextOf(b) });
  const pairs: MessagePair[] = [];
  let old = 0;
  let fresh = 0;
  const flush = (oldEnd: number, newEnd: number) => {
    // Of changed messages, only those with the same role are versions of each other.
    while (old < oldEnd || fresh < newEnd) {
      const left = old < oldEnd ? before[old] : undefined;
      const right = fresh < newEnd ? after[fresh] : undefined;
      if (left && left.role === right?.role) {
        pairs.push({ before: left, after: right, isSame: false });
        old += 1;
        fresh += 1;
      } else if (left) {
        pairs.push({ before: left, isSame: false });
        old += 1;
      } else if (right) {
        pairs.push({ after: right, isSame: false });
        fresh += 1;
      }
    }
  };
  let oldEnd = 0;
  let newEnd = 0;
  for (const { added, removed, count } of changes) {
    if (added) newEnd += count;
    else if (removed) oldEnd += count;
    else {
      flush(oldEnd, newEnd);
      for (let index = 0; index < count; index += 1) {
        const [left, right] = [before[old], after[fresh]];
        if (left && right) pairs.push({ before: left, after: right, isSame: true });
        old += 1;
        fresh += 1;
      }
      oldEnd = old;
      newEnd = fresh;
    }
  }
  flush(oldEnd, newEnd);
  return pairs;
}
