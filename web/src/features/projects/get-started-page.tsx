import { Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useEffect } from "react";
import { Logo } from "@/app/logo";
import { useWorkspace } from "@/app/workspace";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { textCodec, useUrlState } from "@/lib/url-state";
import { DEFAULT_PROJECT } from "./api";
import { ConnectGuide } from "./connect/connect-guide";

/** The way to the first trace, for those who have just installed the server and for every new application. */
export function GetStartedPage() {
  const workspace = useWorkspace();
  const [project, setProject] = useUrlState("project", textCodec, "My first project");
  useEffect(() => {
    document.title = "Get started · Ferropik";
  }, []);
  return (
    <main className="mx-auto flex max-w-2xl flex-col gap-6 px-5 py-10 max-sm:py-6">
      <header className="flex items-center justify-between">
        <span className="flex items-center gap-2 text-base font-semibold">
          <Logo className="size-6" /> Ferropik
        </span>
        <Button asChild variant="ghost">
          <Link to="/$workspace/projects" params={{ workspace }}>
            <ArrowLeft /> All projects
          </Link>
        </Button>
      </header>
      <div>
        <h1 className="text-xl font-semibold">See your first trace</h1>
        <p className="mt-1 text-base text-muted">Connect an application and watch what it does: every call, its input and output, what it costs and where it fails.</p>
      </div>
      <Field label="Project" hint="Made by the first trace if it does not exist yet" className="max-w-xs">
        {(control) => <Input {...control} maxLength={150} placeholder={DEFAULT_PROJECT} value={project} onChange={(event) => setProject(event.target.value)} />}
      </Field>
      <ConnectGuide projectName={project.trim() || DEFAULT_PROJECT} />
    </main>
  );
}
