import { Link } from "@tanstack/react-router";
import { MoreHorizontal, Pencil, Trash2 } from "lucide-react";
import type { DataColumn } from "@/components/data-table";
import { Badge, CopyButton, IconButton, Menu, MenuItem, MenuSeparator, Tag, Tooltip } from "@/components/ui";
import { formatCount, formatExactTime, formatRelative, NONE } from "@/lib/format";
import type { Dataset, DatasetKind } from "../model";

interface DatasetActions {
  itemsPath: (id: string) => string;
  /** Whether there is a draft of it in this browser. */
  hasDraft: (id: string) => boolean;
  onEdit: (dataset: Dataset) => void;
  onDelete: (dataset: Dataset) => void;
}

/** A time in a cell, with the exact one on hover. */
export function When({ value }: { value: string | null | undefined }) {
  if (!value) return <span className="text-faint">{NONE}</span>;
  return (
    <Tooltip content={formatExactTime(value)}>
      <time dateTime={value} className="truncate text-muted">
        {formatRelative(value)}
      </time>
    </Tooltip>
  );
}

/** Columns of the list of datasets. */
export function datasetColumns(kind: DatasetKind, { itemsPath, hasDraft, onEdit, onDelete }: DatasetActions): DataColumn<Dataset>[] {
  return [
    {
      id: "name",
      label: "Name",
      size: 220,
      grow: true,
      sortable: true,
      cell: (dataset) => (
        <span className="flex min-w-0 items-center gap-2">
          <Link to={itemsPath(dataset.id)} className="truncate font-medium hover:underline" title={dataset.name}>
            {dataset.name}
          </Link>
          {dataset.status === "processing" && <Badge tone="accent">Reading file</Badge>}
          {dataset.status === "failed" && <Badge tone="bad">File failed</Badge>}
          {hasDraft(dataset.id) && <Badge tone="warn">Draft</Badge>}
        </span>
      ),
    },
    {
      id: "description",
      label: "Description",
      size: 220,
      grow: true,
      sortable: true,
      cell: (dataset, { height }) => <span className={height === "small" ? "truncate text-muted" : "line-clamp-6 text-muted"}>{dataset.description ?? ""}</span>,
    },
    { id: "dataset_items_count", label: "Items", size: 90, align: "end", cell: (dataset) => formatCount(dataset.dataset_items_count) },
    { id: "latest_version", label: "Version", size: 90, cell: (dataset) => (dataset.latest_version ? <Badge>{dataset.latest_version.version_name}</Badge> : <span className="text-faint">{NONE}</span>) },
    { id: "experiment_count", label: kind.type === "dataset" ? "Experiments" : "Runs", size: 104, align: "end", cell: (dataset) => formatCount(dataset.experiment_count) },
    { id: "most_recent_experiment_at", label: kind.type === "dataset" ? "Last experiment" : "Last run", size: 140, cell: (dataset) => <When value={dataset.most_recent_experiment_at} /> },
    { id: "tags", label: "Tags", size: 150, sortable: true, cell: (dataset) => <span className="flex gap-1 overflow-hidden">{dataset.tags?.map((tag) => <Tag key={tag} name={tag} />)}</span> },
    { id: "last_updated_at", label: "Updated", size: 140, sortable: true, cell: (dataset) => <When value={dataset.last_updated_at} /> },
    { id: "created_at", label: "Created", size: 160, sortable: true, isHidden: true, cell: (dataset) => <When value={dataset.created_at} /> },
    { id: "created_by", label: "Created by", size: 130, sortable: true, isHidden: true, cell: (dataset) => dataset.created_by },
    { id: "most_recent_optimization_at", label: "Last optimization", size: 160, isHidden: true, cell: (dataset) => <When value={dataset.most_recent_optimization_at} /> },
    {
      id: "id",
      label: "Id",
      size: 300,
      sortable: true,
      isHidden: true,
      cell: (dataset) => (
        <span className="flex min-w-0 items-center gap-1 font-mono text-xs text-muted">
          <span className="truncate">{dataset.id}</span>
          <CopyButton text={dataset.id} label="Copy the id" size="xs" />
        </span>
      ),
    },
    {
      id: "actions",
      label: "Actions",
      header: <span className="sr-only">Actions</span>,
      size: 56,
      pin: "end",
      cell: (dataset) => (
        <Menu
          trigger={
            <IconButton label={`Actions of ${dataset.name}`} size="sm">
              <MoreHorizontal />
            </IconButton>
          }
        >
          <MenuItem icon={<Pencil />} onSelect={() => onEdit(dataset)}>
            Edit
          </MenuItem>
          <MenuSeparator />
          <MenuItem icon={<Trash2 />} danger onSelect={() => onDelete(dataset)}>
            Delete
          </MenuItem>
        </Menu>
      ),
    },
  ];
}
