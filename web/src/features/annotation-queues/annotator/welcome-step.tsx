import { ArrowRight } from "lucide-react";
import { SafeMarkdown } from "@/components/payload";
import { describeScale } from "@/components/score-input";
import { Button } from "@/components/ui/button";
import { ScoreDot } from "@/components/ui/score-dot";
import { plural } from "@/lib/format";
import type { AnnotationQueue } from "../api";
import type { ScoreField } from "../logic/score-fields";
import { ProgressBar } from "../progress-bar";
import type { Session } from "./session";

interface WelcomeStepProps {
  queue: AnnotationQueue;
  fields: readonly ScoreField[];
  session: Session;
  onStart: () => void;
}

/** What is asked of the reviewer, before the first item. */
export function WelcomeStep({ queue, fields, session, onStart }: WelcomeStepProps) {
  const noun = queue.scope === "trace" ? "trace" : "conversation";
  const { items, toReview, processed } = session;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto flex min-h-full max-w-2xl flex-col justify-center gap-8 px-6 py-12 max-lg:px-5 max-lg:py-8">
        <header>
          <p className="text-sm text-muted">{plural(items.length, noun)} to review</p>
          <h2 className="mt-1 text-xl font-semibold tracking-tight text-balance break-words">{queue.name}</h2>
          {queue.description && <p className="mt-2 text-base break-words text-muted">{queue.description}</p>}
        </header>
        {queue.instructions && (
          <section aria-labelledby="instructions">
            <h3 id="instructions" className="mb-2 text-sm font-semibold">
              Instructions
            </h3>
            <div className="rounded-lg border border-line bg-surface px-5 py-4">
              <SafeMarkdown text={queue.instructions} className="text-base" />
            </div>
          </section>
        )}
        {fields.length > 0 && (
          <section aria-labelledby="scores">
            <h3 id="scores" className="mb-2 text-sm font-semibold">
              What you will score
            </h3>
            <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
              {fields.map((field) => (
                <li key={field.name} className="flex items-baseline gap-3 px-5 py-3">
                  <ScoreDot name={field.name} className="translate-y-[-1px]" />
                  <span className="min-w-0 flex-1">
                    <span className="block text-sm font-medium break-words">{field.name}</span>
                    {field.description && <span className="mt-0.5 line-clamp-3 block text-sm break-words text-muted">{field.description}</span>}
                  </span>
                  <span className="max-w-[45%] text-end text-sm break-words text-muted">{describeScale(field.scale)}</span>
                </li>
              ))}
              {queue.comments_enabled && (
                <li className="flex items-baseline gap-3 px-5 py-3">
                  <span aria-hidden className="size-2 shrink-0 translate-y-[-1px] rounded-full border border-line-strong" />
                  <span className="flex-1 text-sm font-medium">Comment</span>
                  <span className="text-sm text-muted">Optional</span>
                </li>
              )}
            </ul>
          </section>
        )}
        <footer className="flex flex-wrap items-center gap-x-6 gap-y-3">
          {items.length === 0 ? (
            <p className="text-sm text-muted">This queue is empty. Select {noun === "trace" ? "traces" : "threads"} in the logs and add them to it.</p>
          ) : (
            <>
              <Button variant="primary" size="lg" autoFocus onClick={onStart}>
                {processed.length === 0 ? "Start" : toReview.length === 0 ? "Look through" : "Continue"} <ArrowRight />
              </Button>
              {processed.length > 0 && (
                <div className="min-w-48 flex-1">
                  <p className="tabular mb-1.5 text-xs text-muted">
                    {processed.length} of {items.length} done
                  </p>
                  <ProgressBar share={processed.length / items.length} label="Your progress" />
                </div>
              )}
            </>
          )}
        </footer>
      </div>
    </div>
  );
}
