import { useRouter } from "@tanstack/react-router";
import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/states";

/** What stands instead of a page that has failed. The menu around it goes on working. */
export function Crash({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <div className="flex h-full min-h-96 items-center justify-center">
      <ErrorState
        title="This page has failed"
        error={error}
        action={
          <>
            <Button onClick={() => void router.invalidate()}>Try again</Button>
            <Button onClick={() => window.location.reload()}>Reload</Button>
          </>
        }
      />
    </div>
  );
}
