import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { toast } from "@/components/ui/toast";
import { type AnnotationTarget, deleteScore, DEFAULT_USER, patchAnnotated, putScore, refreshAnnotated, type ScoreValue } from "./api";
import { withoutScore, withScore } from "./scores";

interface Annotations {
  /** Saves a score; the page shows it at once, and the old one again if that fails. */
  save: (name: string, given: ScoreValue) => Promise<boolean>;
  /** Takes the current user's score away. */
  clear: (name: string) => Promise<boolean>;
}

/** Ways to score an entity, with what the page shows changed at once. */
export function useAnnotations(target: AnnotationTarget): Annotations {
  const client = useQueryClient();
  return useMemo(() => {
    const run = async (what: string, undo: () => void, call: Promise<void>) => {
      try {
        await call;
        return true;
      } catch (error) {
        undo();
        toast.bad(what, error);
        return false;
      } finally {
        refreshAnnotated(client, target);
      }
    };
    return {
      save: (name, given) => {
        const undo = patchAnnotated(client, target, ({ feedback_scores: scores = [] }) => ({ feedback_scores: withScore(scores, name, given, new Date().toISOString()) }));
        return run("Could not save the score", undo, putScore(target, name, given));
      },
      clear: (name) => {
        const undo = patchAnnotated(client, target, ({ feedback_scores: scores = [] }) => ({ feedback_scores: withoutScore(scores, name, new Date().toISOString()) }));
        return run("Could not delete the score", undo, deleteScore(target, name, DEFAULT_USER));
      },
    };
  }, [client, target]);
}
