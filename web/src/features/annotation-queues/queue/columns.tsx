import { CommentsCell, DurationCell, IdCell, ScoreCell, TagsCell, TextCell, TextPreviewCell, TimeCell } from "@/components/cells";
import type { DataColumn } from "@/components/data-table";
import { Badge } from "@/components/ui/badge";
import type { AnnotationQueue, Thread, Trace } from "../api";
import { annotationsOf } from "../logic/item-state";

type Item = Trace | Thread;

/** How many people have reviewed an item in the queue. */
function reviewsColumn<Row extends Item>(queue: AnnotationQueue): DataColumn<Row> {
  return {
    id: "reviews",
    label: "Reviews",
    size: 90,
    cell: (row) => {
      const people = [...annotationsOf(row, queue).keys()];
      return (
        <span title={people.join(", ")}>
          <Badge tone={people.length >= queue.annotators_per_item ? "good" : people.length > 0 ? "accent" : "neutral"}>
            {people.length} of {queue.annotators_per_item}
          </Badge>
        </span>
      );
    },
  };
}

function scoreColumns<Row extends Item>(queue: AnnotationQueue): DataColumn<Row>[] {
  return queue.feedback_definition_names.map((name) => ({
    id: `feedback_scores.${name}`,
    label: name,
    section: "Scores",
    size: 112,
    align: "end",
    cell: (row) => {
      const score = row.feedback_scores?.find((candidate) => candidate.name === name);
      return <ScoreCell value={score?.value} category={score?.category_name} reason={score?.reason} />;
    },
  }));
}

/** Columns of the traces in a queue. */
export function traceColumns(queue: AnnotationQueue): DataColumn<Trace>[] {
  return [
    { id: "name", label: "Name", size: 150, sortable: true, cell: (trace) => <TextCell text={trace.name} /> },
    { id: "input", label: "Input", size: 230, grow: true, cell: (trace, { height }) => <TextPreviewCell value={trace.input} side="input" height={height} /> },
    { id: "output", label: "Output", size: 230, grow: true, cell: (trace, { height }) => <TextPreviewCell value={trace.output} side="output" height={height} /> },
    reviewsColumn(queue),
    ...scoreColumns<Trace>(queue),
    { id: "comments", label: "Comments", size: 160, cell: (trace, { height }) => <CommentsCell comments={trace.comments} height={height} /> },
    { id: "start_time", label: "Start", size: 160, sortable: true, isHidden: true, cell: (trace) => <TimeCell value={trace.start_time} /> },
    { id: "duration", label: "Duration", size: 100, align: "end", sortable: true, isHidden: true, cell: (trace) => <DurationCell millis={trace.duration} /> },
    { id: "tags", label: "Tags", size: 180, isHidden: true, cell: (trace, { height }) => <TagsCell tags={trace.tags} height={height} /> },
    { id: "id", label: "Id", size: 290, isHidden: true, cell: (trace) => <IdCell id={trace.id} /> },
  ];
}

/** Columns of the threads in a queue. */
export function threadColumns(queue: AnnotationQueue): DataColumn<Thread>[] {
  return [
    { id: "first_message", label: "First message", size: 250, grow: true, cell: (thread, { height }) => <TextPreviewCell value={thread.first_message} side="input" height={height} /> },
    { id: "last_message", label: "Last message", size: 250, grow: true, cell: (thread, { height }) => <TextPreviewCell value={thread.last_message} side="output" height={height} /> },
    { id: "number_of_messages", label: "Messages", size: 100, align: "end", sortable: true, cell: (thread) => thread.number_of_messages },
    reviewsColumn(queue),
    ...scoreColumns<Thread>(queue),
    { id: "comments", label: "Comments", size: 160, cell: (thread, { height }) => <CommentsCell comments={thread.comments} height={height} /> },
    { id: "start_time", label: "Start", size: 160, sortable: true, isHidden: true, cell: (thread) => <TimeCell value={thread.start_time} /> },
    { id: "duration", label: "Duration", size: 100, align: "end", sortable: true, isHidden: true, cell: (thread) => <DurationCell millis={thread.duration} /> },
    { id: "tags", label: "Tags", size: 180, isHidden: true, cell: (thread, { height }) => <TagsCell tags={thread.tags} height={height} /> },
    { id: "id", label: "Thread", size: 200, sortable: true, cell: (thread) => <IdCell id={thread.id} /> },
  ];
}
