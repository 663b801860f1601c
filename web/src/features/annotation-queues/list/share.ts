import { toast } from "@/components/ui/toast";
import { copyText } from "@/lib/clipboard";
import { annotatorLink } from "../links";

/** Copies the link that reviewers get. */
export async function copyReviewLink(workspace: string, queueId: string): Promise<void> {
  if (await copyText(annotatorLink(workspace, queueId))) toast.good("Link copied", "Give it to the people who should review.");
  else toast.bad("The browser does not let this page copy");
}
