import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
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

/**
 * Keeps what is entered and writes it by itself. Lists and counters change at once; when the server refuses, they go back
 * to what it has, and what was entered stays in its field to be tried again.
 */
export function useDraft({ queue, item, me, own, autosave }: DraftOptions): Draft {
  const client = useQueryClient();
  const [scores, setScores] = useState<ReadonlyMap<string, GivenScore>>(() => own?.scores ?? new Map<string, GivenScore>());
  const [comment, setCommentText] = useState(() => own?.comments.at(-1)?.text ?? "");
  /** What the server has. */
  const stored = useRef<{ scores: Map<string, GivenScore>; comment: { id: string | undefined; text: string }; /** Of the comment in the list, also before the server has given one. */ shownId: string }>({
    scores: new Map(own?.scores),
    comment: { id: own?.comments.at(-1)?.id, text: comment },
    shownId: own?.comments.at(-1)?.id ?? newId(),
  });
  /** What was entered last. */
  const wanted = useRef<{ scores: Map<string, { score: GivenScore | undefined }>; comment: string }>({ scores: new Map(), comment });

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
      wanted.current.scores.set(name, entry);
      const isNewest = () => wanted.current.scores.get(name) === entry;
      const show = (shown: GivenScore | undefined) => {
        if (isNewest()) patch((other) => withScore(other, queue.id, me, name, shown));
      };
      show(score);
      autosave.schedule(
        `${item.id}:score:${name}`,
        async () => {
          try {
            await writeScore(queue, item, me, name, score);
            if (score) stored.current.scores.set(name, score);
            else stored.current.scores.delete(name);
            // It may have gone back when an earlier try failed.
            show(score);
            afterWrite();
          } catch (error) {
            show(stored.current.scores.get(name));
            throw error;
          }
        },
        isTyping ? TYPING_PAUSE : 0,
      );
    },
    [afterWrite, autosave, item, me, patch, queue],
  );

  const setComment = useCallback(
    (text: string) => {
      setCommentText(text);
      const entered = text.trim();
      wanted.current.comment = entered;
      patch((other) => withComment(other, queue.id, me, stored.current.shownId, entered));
      autosave.schedule(
        `${item.id}:comment`,
        async () => {
          const { shownId } = stored.current;
          try {
            const id = await writeComment(queue, item, stored.current.comment.id, entered);
            stored.current = { ...stored.current, comment: { id, text: entered }, shownId: id ?? newId() };
            patch((other) => withComment(withComment(other, queue.id, me, shownId, ""), queue.id, me, stored.current.shownId, wanted.current.comment));
            afterWrite();
          } catch (error) {
            if (wanted.current.comment === entered) patch((other) => withComment(other, queue.id, me, shownId, stored.current.comment.text));
            throw error;
          }
        },
        TYPING_PAUSE,
      );
    },
    [afterWrite, autosave, item, me, patch, queue],
  );
  return { scores, comment, setScore, setComment };
}
