import { Link } from "@tanstack/react-router";
import { Check } from "lucide-react";
import { Button } from "@/components/ui/button";
import { plural } from "@/lib/format";
import type { Session, SessionItem } from "./session";

interface DoneStepProps {
  session: Session;
  /** Path of the queue's own page. */
  queuePath: string;
  onOpen: (item: SessionItem) => void;
}

/** Nothing is left to review. */
export function DoneStep({ session, queuePath, onOpen }: DoneStepProps) {
  const { items, toReview, unfinished } = session;
  const own = items.filter((item) => item.own).length;
  const held = toReview.length;
  const [firstUnfinished] = unfinished;
  const firstOwn = items.find((item) => item.own);
  return (
    <div className="flex min-h-0 flex-1 items-center justify-center overflow-y-auto px-6 py-12">
      <div className="flex max-w-md flex-col items-center text-center">
        <span className="mb-5 flex size-14 items-center justify-center rounded-full bg-good-soft text-good">
          <Check className="size-7" strokeWidth={2.5} />
        </span>
        <h2 className="text-xl font-semibold tracking-tight">{held > 0 ? "Nothing left for you now" : "All done, thank you"}</h2>
        <p className="mt-2 text-base text-balance text-muted">
          You have reviewed {plural(own, "item")} of {items.length}.{held > 0 && ` ${plural(held, "item is", "items are")} with other reviewers.`}
          {unfinished.length > 0 && ` ${plural(unfinished.length, "item lacks", "items lack")} a score.`}
        </p>
        <div className="mt-7 flex flex-wrap justify-center gap-2">
          {firstUnfinished && (
            <Button variant="primary" size="lg" autoFocus onClick={() => onOpen(firstUnfinished)}>
              Complete {unfinished.length === 1 ? "it" : "them"}
            </Button>
          )}
          {firstOwn && (
            <Button size="lg" onClick={() => onOpen(firstOwn)}>
              Look through your reviews
            </Button>
          )}
          <Button asChild size="lg" variant={firstUnfinished ? "secondary" : "primary"}>
            <Link to={queuePath}>Back to the queue</Link>
          </Button>
        </div>
      </div>
    </div>
  );
}
