import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/states";
import { Page } from "./page";
import { useWorkspace } from "./workspace";

/** What an unknown path shows. */
export function NotFound() {
  const workspace = useWorkspace();
  return (
    <Page title="Not found">
      <EmptyState
        icon={<Compass />}
        title="Nothing lives at this address"
        action={
          <Button asChild variant="primary">
            <Link to="/$workspace/projects" params={{ workspace }}>
              All projects
            </Link>
          </Button>
        }
      >
        The link may be old or mistyped.
      </EmptyState>
    </Page>
  );
}
