import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { ALL_SECTIONS } from "./navigation";
import { modifierKey } from "./shortcuts";

const GROUPS: readonly { title: string; keys: readonly (readonly [keys: string, what: string])[] }[] = [
  {
    title: "Everywhere",
    keys: [
      [`${modifierKey}K`, "Search or jump to anything"],
      ["/", "Search on this page"],
      ["[", "Make the menu narrow or wide"],
      ["?", "Show this help"],
      ["Esc", "Close what is open"],
    ],
  },
  {
    title: "Tables",
    keys: [
      ["↑ ↓", "Move between rows"],
      ["Enter", "Open the row"],
      ["Space", "Select the row"],
      ["Shift Space", "Select up to the row"],
    ],
  },
  {
    title: "Traces and threads",
    keys: [
      ["J  K", "Next and previous"],
      ["↑ ↓", "Move in the tree"],
      ["← →", "Fold and unfold"],
      ["A", "Annotate"],
      ["F", "Full page"],
    ],
  },
  {
    title: "Go to",
    keys: [...ALL_SECTIONS.map((section) => [`G ${section.key.toUpperCase()}`, section.label] as const), ["G W", "All projects"], ["G C", "Configuration"]],
  },
];

/** All keys that do something. */
export function ShortcutHelp({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard shortcuts" width="lg">
      <div className="grid gap-x-10 gap-y-5 sm:grid-cols-2">
        {GROUPS.map((group) => (
          <section key={group.title}>
            <h3 className="mb-1.5 text-xs font-medium text-faint">{group.title}</h3>
            <dl className="flex flex-col gap-1.5">
              {group.keys.map(([keys, what]) => (
                <div key={keys + what} className="flex items-center justify-between gap-4">
                  <dt>{what}</dt>
                  <dd className="flex gap-1">
                    {keys.split(" ").filter(Boolean).map((key, index) => (
                      <Kbd key={index}>{key}</Kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
