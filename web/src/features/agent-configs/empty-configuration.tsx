import { SlidersHorizontal } from "lucide-react";
import { Button, CopyButton, EmptyState } from "@/components/ui";

/** Code that gives a project its first configuration. Run from an agent, its values become version 1. */
function snippet(projectName: string): string {
  return [
    "import opik",
    "",
    "class AgentConfig(opik.Config):",
    `    model: str = "gpt-4o-mini"`,
    "    temperature: float = 0.2",
    "",
    `@opik.track(project_name=${JSON.stringify(projectName)})`,
    "def agent(question: str) -> str:",
    "    config = opik.Opik().get_or_create_config(fallback=AgentConfig())",
    "    return answer(question, config.model, config.temperature)",
  ].join("\n");
}

/** What stands on the page while a project has no agent configuration. */
export function EmptyConfiguration({ projectName, onCreate }: { projectName: string; onCreate: () => void }) {
  const code = snippet(projectName);
  return (
    <div className="mx-auto max-w-2xl px-4 pb-10">
      <EmptyState
        icon={<SlidersHorizontal />}
        title="No agent configuration yet"
        className="pb-6"
        action={
          <Button variant="primary" onClick={onCreate}>
            Create configuration
          </Button>
        }
      >
        Keep models, temperatures, limits and prompts of your agent here, change them without a release, and say which version each environment uses.
      </EmptyState>
      <p className="mb-2 text-sm font-medium">Or let the agent create it with its own values</p>
      <div className="relative">
        <pre tabIndex={0} aria-label="Code" className="overflow-x-auto rounded-lg border border-line bg-sunken p-4 font-mono text-xs leading-5">
          {code}
        </pre>
        <CopyButton className="absolute top-2 right-2" label="Copy code" text={code} variant="secondary" />
      </div>
    </div>
  );
}
