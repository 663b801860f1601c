import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { modifierKey } from "@/app/shortcuts";
import { SafeMarkdown } from "@/components/payload";
import { Button, IconButton } from "@/components/ui/button";
import { Textarea } from "@/components/ui/field";
import { ConfirmDialog } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { formatExactTime, formatRelative } from "@/lib/format";
import { addComment, type AnnotationTarget, type Comment, DEFAULT_USER, deleteComment, editComment, MAX_COMMENT_CHARS, patchAnnotated, refreshAnnotated } from "./api";

interface CommentsProps {
  target: AnnotationTarget;
  comments: readonly Comment[];
}

/** The comments of an entity; the current user's can be changed and deleted. */
export function Comments({ target, comments }: CommentsProps) {
  const client = useQueryClient();
  const [editing, setEditing] = useState<string | undefined>();
  const [deleting, setDeleting] = useState<string | undefined>();
  const run = async (what: string, change: (list: Comment[]) => Comment[], call: Promise<void>): Promise<boolean> => {
    const undo = patchAnnotated(client, target, ({ comments: list = [] }) => ({ comments: change(list) }));
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
  return (
    <div className="flex flex-col gap-3">
      {comments.length > 0 && (
        <ul className="flex flex-col gap-3">
          {comments.map((comment) => (
            <li key={comment.id} className="group/comment flex flex-col gap-0.5">
              <div className="flex h-6 items-center gap-2 text-xs">
                <span className="font-medium">{comment.created_by}</span>
                <span className="text-faint" title={formatExactTime(comment.created_at)}>
                  {formatRelative(comment.created_at)}
                  {comment.last_updated_at !== comment.created_at && ", edited"}
                </span>
                <span className="flex-1" />
                {comment.created_by === DEFAULT_USER && (
                  <span className="flex opacity-0 group-focus-within/comment:opacity-100 group-hover/comment:opacity-100">
                    <IconButton label="Edit comment" size="xs" onClick={() => setEditing(comment.id)}>
                      <Pencil />
                    </IconButton>
                    <IconButton label="Delete comment" size="xs" onClick={() => setDeleting(comment.id)}>
                      <Trash2 />
                    </IconButton>
                  </span>
                )}
              </div>
              {editing === comment.id ? (
                <CommentEditor
                  text={comment.text}
                  action="Save"
                  onCancel={() => setEditing(undefined)}
                  onSubmit={async (text) => {
                    const saved = await run("Could not save the comment", (list) => list.map((other) => (other.id === comment.id ? { ...other, text } : other)), editComment(target, comment.id, text));
                    if (saved) setEditing(undefined);
                    return saved;
                  }}
                />
              ) : (
                <SafeMarkdown text={comment.text} className="text-sm" />
              )}
            </li>
          ))}
        </ul>
      )}
      <CommentEditor
        text=""
        action="Comment"
        onSubmit={(text) => {
          const now = new Date().toISOString();
          const draft: Comment = { id: crypto.randomUUID(), text, created_at: now, last_updated_at: now, created_by: DEFAULT_USER, last_updated_by: DEFAULT_USER };
          return run("Could not add the comment", (list) => [...list, draft], addComment(target, text));
        }}
      />
      <ConfirmDialog
        open={deleting !== undefined}
        onOpenChange={() => setDeleting(undefined)}
        title="Delete this comment?"
        description="It cannot be brought back."
        action="Delete comment"
        onConfirm={() => {
          const id = deleting;
          setDeleting(undefined);
          if (id) void run("Could not delete the comment", (list) => list.filter((other) => other.id !== id), deleteComment(target, id));
        }}
      />
    </div>
  );
}

interface CommentEditorProps {
  text: string;
  action: string;
  onSubmit: (text: string) => Promise<boolean>;
  onCancel?: () => void;
}

function CommentEditor({ text, action, onSubmit, onCancel }: CommentEditorProps) {
  const [draft, setDraft] = useState(text);
  const [isBusy, setIsBusy] = useState(false);
  const isTooLong = draft.length > MAX_COMMENT_CHARS;
  const canSubmit = draft.trim() !== "" && !isTooLong && !isBusy;
  const submit = () => {
    if (!canSubmit) return;
    setIsBusy(true);
    void onSubmit(draft.trim()).then((saved) => {
      setIsBusy(false);
      if (saved) setDraft(onCancel ? draft : "");
    });
  };
  return (
    <form
      className="flex flex-col gap-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Textarea
        aria-label={onCancel ? "Comment" : "New comment"}
        placeholder="Comment, with Markdown"
        autoFocus={onCancel !== undefined}
        className="min-h-16"
        value={draft}
        {...(isTooLong ? { "aria-invalid": true } : {})}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) submit();
          if (event.key === "Escape") {
            event.stopPropagation();
            event.nativeEvent.stopImmediatePropagation();
            if (onCancel) onCancel();
            else event.currentTarget.blur();
          }
        }}
      />
      <div className="flex items-center justify-end gap-2">
        <span className="flex-1 text-xs text-faint">{isTooLong ? `${draft.length - MAX_COMMENT_CHARS} characters too many` : draft && `${modifierKey}Enter`}</span>
        {onCancel && (
          <Button size="sm" variant="ghost" onClick={onCancel}>
            Cancel
          </Button>
        )}
        <Button size="sm" type="submit" busy={isBusy} disabled={!canSubmit}>
          {action}
        </Button>
      </div>
    </form>
  );
}
