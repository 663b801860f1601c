import { ListChecks, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton, Sheet } from "@/components/ui";
import type { SuiteSettings } from "@/features/datasets/model";
import { plural } from "@/lib/format";
import { assertionsOf, policyText } from "./assertions";
import { SettingsFields } from "./settings-fields";

interface SettingsPillProps {
  settings: SuiteSettings;
  onChange: (settings: SuiteSettings) => void;
  readOnly: boolean;
  /** Whether the draft changes the settings. */
  isChanged: boolean;
}

/** Says what a suite asks of every item, and opens the editor of it. */
export function SettingsPill({ settings, onChange, readOnly, isChanged }: SettingsPillProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button size="sm" data-testid="dataset-detail-global-assertions-pill" className={isChanged ? "border-warn" : ""} onClick={() => setIsOpen(true)}>
        <ListChecks /> {plural(assertionsOf(settings.evaluators).length, "assertion")}
        <span className="font-normal text-muted max-md:hidden">{policyText(settings.execution_policy)}</span>
      </Button>
      <Sheet open={isOpen} onOpenChange={setIsOpen} label="What the suite asks of every item" className="max-w-lg">
        <header className="flex h-12 shrink-0 items-center justify-between border-b border-line ps-5 pe-3">
          <h2 className="text-base font-semibold">What the suite asks of every item</h2>
          <IconButton label="Close" onClick={() => setIsOpen(false)}>
            <X />
          </IconButton>
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto p-5">
          <SettingsFields settings={settings} onChange={onChange} readOnly={readOnly} />
          {!readOnly && <p className="mt-5 text-xs text-muted">Changes go into the draft. They count from the version on that you save.</p>}
        </div>
        <footer className="flex shrink-0 justify-end border-t border-line px-5 py-3">
          <Button variant="primary" onClick={() => setIsOpen(false)}>
            Done
          </Button>
        </footer>
      </Sheet>
    </>
  );
}
