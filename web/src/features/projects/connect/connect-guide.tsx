import { sdkUrl } from "@/api/client";
import { useWorkspace } from "@/app/workspace";
import { CopyButton } from "@/components/ui/copy-button";
import { cn } from "@/lib/cn";
import { useUrlState, wordCodec } from "@/lib/url-state";
import { CodeBlock } from "./code-block";
import { FirstTrace } from "./first-trace";
import { GUIDES } from "./snippets";

const guideCodec = wordCodec(GUIDES.map((guide) => guide.id));

interface ConnectGuideProps {
  /** Project that the traces go to; it is made by the first one. */
  projectName: string;
}

/** Shows how to send traces to this server, and when the first one has come. */
export function ConnectGuide({ projectName }: ConnectGuideProps) {
  const workspace = useWorkspace();
  const [chosen, setChosen] = useUrlState("connect", guideCodec, "python");
  const guide = GUIDES.find((candidate) => candidate.id === chosen) ?? GUIDES[0];
  if (!guide) return null;
  const url = sdkUrl();
  const code = guide.code({ url, workspace, project: projectName });
  return (
    <div className="flex flex-col gap-6">
      <div role="group" aria-label="What to connect" className="grid grid-cols-3 gap-2 max-sm:grid-cols-2">
        {GUIDES.map((candidate) => {
          const isChosen = candidate.id === guide.id;
          return (
            <button
              key={candidate.id}
              type="button"
              aria-pressed={isChosen}
              onClick={() => setChosen(candidate.id)}
              className={cn("flex flex-col rounded-lg border bg-surface px-3 py-2.5 text-start transition-colors hover:bg-hover", isChosen ? "border-accent shadow-sm" : "border-line")}
            >
              <span className="block text-sm font-medium">{candidate.label}</span>
              <span className="mt-0.5 block text-xs text-muted">{candidate.hint}</span>
            </button>
          );
        })}
      </div>
      <ol className="flex flex-col gap-5">
        <Step number={1} title="Install the packages">
          <CodeBlock code={guide.install} language="bash" copyLabel="Copy the command" />
        </Step>
        <Step number={2} title="Save this and run it" hint={guide.needs ? `It needs ${guide.needs}.` : undefined}>
          <CodeBlock code={code} language={guide.language} title={guide.file} copyLabel="Copy the code" />
          <CodeBlock code={guide.run} language="bash" copyLabel="Copy the command that runs it" />
        </Step>
      </ol>
      <div className="sticky bottom-4 z-10">
        <FirstTrace projectName={projectName} />
      </div>
      <p className="flex flex-wrap items-center gap-x-2 text-xs text-muted">
        Any SDK of Opik works with this server. Its address is
        <span className="inline-flex items-center rounded-md border border-line bg-sunken ps-2 font-mono">
          {url}
          <CopyButton text={url} label="Copy the address" size="xs" />
        </span>
      </p>
    </div>
  );
}

function Step({ number, title, hint, children }: { number: number; title: string; hint?: string | undefined; children: React.ReactNode }) {
  return (
    <li className="flex gap-3">
      <span aria-hidden className="mt-px flex size-5 shrink-0 items-center justify-center rounded-full border border-line-strong text-xs font-medium text-muted">
        {number}
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <h2 className="text-sm font-semibold">
          {title}
          {hint && <span className="ms-2 font-normal text-muted">{hint}</span>}
        </h2>
        {children}
      </div>
    </li>
  );
}
