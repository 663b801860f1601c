import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { newId } from "@/lib/ids";
import { type AnnotationQueue, type QueueItem, queueKeys } from "../api";
import type { Annotation, GivenScore } from "../logic/item-state";
import type { Autosave } from "./autosave";
import { withComment, withScore } from "./optimistic";
import { writeComment, writeScore } from "./write";

/** Milliseconds without a change after which typed text is saved. */
const TYPING_PAUSE = 1000;

/** What a reviewer enters for one item. */
export interface Draft {
  scores: ReadonlyMap<string, GivenScore>;
  comment: string;
  /** Sets a score, or takes it back. A click is saved at once, typing after a pause. */
  setScore: (name: string, score: GivenScore | undefined, isTyping?: boolean) => void;
  setComment: (text: string) => void;
}

interface DraftOptions {
  queue: AnnotationQueue;
  item: QueueItem;
  me: string;
  /** What is on the server when the item is opened. */
  own: Annotation | undefined;
  autosave: Autosave;
}

/** What is known of the reviewer's own work on an item. */
interface Work {
  /** What the server has. */
  stored: { scores: Map<string, GivenScore>; comment: { id: string | undefined; text: string } };
  /** What was entered since; a score of `undefined` was taken back. */
  wanted: { scores: Map<string, { score: GivenScore | undefined }>; comment: string };
  /** Id of the comment in the list, also before the server has given one. */
  shownId: string;
}

const works = new WeakMap<Autosave, Map<string, Work>>();

/** The work on an item: as it was left while it is not saved, else as the server has it. */
function recordOf(autosave: Autosave, item: QueueItem, own: Annotation | undefined): Work {
  const known = works.get(autosave) ?? new Map<string, Work>();
  works.set(autosave, known);
  const left = known.get(item.id);
  if (left && autosave.isUnsaved(`${item.id}:`)) return left;
  const comment = own?.comments.at(-1);
  const work: Work = {
    stored: { scores: new Map(own?.scores), comment: { id: comment?.id, text: comment?.text ?? "" } },
    wanted: { scores: new Map(), comment: comment?.text ?? "" },
    shownId: comment?.id ?? newId(),
  };
  known.set(item.id, work);
  return work;
}

function enterComment({ wanted }: Work, text: string): void {
  wanted.comment = text;
}

function storeComment(work: Work, id: string | undefined, text: string): void {
  work.stored.comment = { id, text };
  work.shownId = id ?? newId();
}

function enteredScores({ stored, wanted }: Work): ReadonlyMap<string, GivenScore> {
  const scores = new Map(stored.scores);
  for (const [name, { score }] of wanted.scores) {
    if (score) scores.set(name, score);
    else scores.delete(name);
  }
  return scores;
}

/**
 * Keeps what is entered and writes it by itself. Lists and counters change at once; when the server refuses, they go back
 * to what it has, and what was entered stays in its field to be tried again.
 */
export function useDraft({ queue, item, me, own, autosave }: DraftOptions): Draft {
  const client = useQueryClient();
  const [record] = useState(() => recordOf(autosave, item, own));
  const [scores, setScores] = useState<ReadonlyMap<string, GivenScore>>(() => enteredScores(record));
  const [comment, setCommentText] = useState(record.wanted.comment);

  const patch = useCallback(
    (change: (item: QueueItem) => QueueItem) => {
      // A list that is on its way does not know of the change yet.
      void client.cancelQueries({ queryKey: queueKeys.items(queue.id) });
      client.setQueryData<QueueItem[]>(queueKeys.items(queue.id), (items) => items?.map((other) => (other.id === item.id ? change(other) : other)));
    },
    [client, item.id, queue.id],
  );
  const afterWrite = useCallback(() => {
    for (const queryKey of [queueKeys.one(queue.id), queueKeys.lists, queueKeys.rowsOf(queue.id)]) void client.invalidateQueries({ queryKey, refetchType: "none" });
  }, [client, queue.id]);

  const setScore = useCallback<Draft["setScore"]>(
    (name, score, isTyping = false) => {
      setScores((before) => {
        const next = new Map(before);
        if (score) next.set(name, score);
        else next.delete(name);
        return next;
      });
      const entry = { score };
      record.wanted.scores.set(name, entry);
      const isNewest = () => record.wanted.scores.get(name) === entry;
      const show = (shown: GivenScore | undefined) => {
        if (isNewest()) patch((other) => withScore(other, queue.id, me, name, shown));
      };
      show(score);
      autosave.schedule(
        `${item.id}:score:${name}`,
        async () => {
          try {
            await writeScore(queue, item, me, name, score);
            if (score) record.stored.scores.set(name, score);
            else record.stored.scores.delete(name);
            // It may have gone back when an earlier try failed.
            show(score);
            afterWrite();
          } catch (error) {
            show(record.stored.scores.get(name));
            throw error;
          }
        },
        isTyping ? TYPING_PAUSE : 0,
      );
    },
    [afterWrite, autosave, item, me, patch, queue, record],
  );

  const setComment = useCallback(
    (text: string) => {
      setCommentText(text);
      const entered = text.trim();
      enterComment(record, entered);
      patch((other) => withComment(other, queue.id, me, record.shownId, entered));
      autosave.schedule(
        `${item.id}:comment`,
        async () => {
          const { shownId } = record;
          try {
            const id = await writeComment(queue, item, record.stored.comment.id, entered);
            storeComment(record, id, entered);
            patch((other) => withComment(withComment(other, queue.id, me, shownId, ""), queue.id, me, record.shownId, record.wanted.comment));
            afterWrite();
          } catch (error) {
            if (record.wanted.comment === entered) patch((other) => withComment(other, queue.id, me, shownId, record.stored.comment.text));
            throw error;
          }
        },
        TYPING_PAUSE,
      );
    },
    [afterWrite, autosave, item, me, patch, queue, record],
  );
  return { scores, comment, setScore, setComment };
}
