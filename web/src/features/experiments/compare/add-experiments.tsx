import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/choice";
import { Popover } from "@/components/ui/popover";
import { SearchInput } from "@/components/ui/search-input";
import { Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { formatRelative, formatScore } from "@/lib/format";
import { experimentsOfDatasetQuery } from "../api";
import { MAX_CONTENDERS } from "./comparison";

interface AddExperimentsProps {
  datasetId: string;
  ids: readonly string[];
  onChange: (ids: readonly string[]) => void;
}

/** Chooses what is compared, among the experiments over the same dataset. */
export function AddExperiments({ datasetId, ids, onChange }: AddExperimentsProps) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      align="end"
      label="Experiments to compare"
      className="w-96 p-0"
      trigger={
        <Button>
          <Plus /> Compare with…
        </Button>
      }
    >
      {open && <Choices datasetId={datasetId} ids={ids} onChange={onChange} />}
    </Popover>
  );
}

function Choices({ datasetId, ids, onChange }: AddExperimentsProps) {
  const [search, setSearch] = useState("");
  const { data, isPending } = useQuery(experimentsOfDatasetQuery(datasetId, search));
  const toggle = (id: string, isIn: boolean) => {
    if (isIn && ids.length >= MAX_CONTENDERS) toast.info(`Up to ${MAX_CONTENDERS} experiments can be compared`);
    else if (isIn) onChange([...ids, id]);
    else if (ids.length > 1) onChange(ids.filter((other) => other !== id));
  };
  return (
    <>
      <div className="sticky top-0 border-b border-line bg-raised p-2">
        <SearchInput label="Search experiments" className="w-full" autoFocus value={search} onValueChange={setSearch} />
      </div>
      <ul className="p-1">
        {isPending &&
          Array.from({ length: 4 }, (_, index) => (
            <li key={index} className="p-2">
              <Skeleton />
            </li>
          ))}
        {data?.content.map((experiment) => {
          const isIn = ids.includes(experiment.id);
          const scores = (experiment.feedback_scores ?? []).slice(0, 2);
          return (
            <li key={experiment.id}>
              <label className="flex cursor-pointer items-center gap-2.5 rounded-md px-2 py-1.5 hover:bg-hover">
                <Checkbox checked={isIn} disabled={isIn && ids.length === 1} label={experiment.name} onCheckedChange={(checked) => toggle(experiment.id, checked)} />
                <span className="min-w-0 flex-1">
                  <span className="block truncate text-sm">{experiment.name}</span>
                  <span className="block truncate text-xs text-faint">
                    {formatRelative(experiment.created_at)}
                    {scores.map(({ name, value }) => `, ${name} ${formatScore(value)}`)}
                  </span>
                </span>
                {ids[0] === experiment.id && ids.length > 1 && <span className="text-xs text-faint">baseline</span>}
              </label>
            </li>
          );
        })}
        {data?.content.length === 0 && <li className="px-3 py-6 text-center text-sm text-muted">No experiments found</li>}
      </ul>
    </>
  );
}
