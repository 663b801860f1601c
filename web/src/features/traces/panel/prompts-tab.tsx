import { Link } from "@tanstack/react-router";
import { ArrowUpRight, TextQuote } from "lucide-react";
import { useWorkspace } from "@/app/workspace";
import { PayloadView } from "@/components/payload";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { isEmpty } from "@/lib/payload";
import type { UsedPrompt } from "./prompts";

/** The prompts of the library that were used, with the text they had then. */
export function PromptsTab({ prompts, projectId }: { prompts: readonly UsedPrompt[]; projectId: string }) {
  const workspace = useWorkspace();
  return (
    <div className="flex flex-col gap-4">
      {prompts.map((prompt, index) => (
        <section key={index} aria-label={prompt.name} className="flex flex-col gap-2">
          <header className="flex items-center gap-2">
            <TextQuote aria-hidden className="size-4 text-faint" />
            <h3 className="min-w-0 truncate text-sm font-semibold">{prompt.name}</h3>
            {prompt.commit && <Badge className="font-mono">{prompt.commit}</Badge>}
            <span className="flex-1" />
            {prompt.id && (
              <Button asChild size="sm">
                <Link to={`/${workspace}/projects/${projectId}/prompts/${prompt.id}`} search={prompt.versionId ? { activeVersionId: prompt.versionId } : {}}>
                  <ArrowUpRight /> Open in the library
                </Link>
              </Button>
            )}
          </header>
          <PayloadView title="Template" storageKey="prompt" side="input" value={prompt.template} />
          {!isEmpty(prompt.metadata) && <PayloadView title="Metadata" storageKey="metadata" value={prompt.metadata} isFolded />}
        </section>
      ))}
    </div>
  );
}
