export { CircleAlert, Equal } from "lucide-react";

/** Better. Filled, so that it is told from its opposite at a glance. */
export function TriangleUpIcon() {
  return (
    <svg aria-hidden viewBox="0 0 10 10" className="size-2 fill-current">
      <path d="M5 1 9.5 9h-9z" />
    </svg>
  );
}

/** Worse. */
export function TriangleDownIcon() {
  return (
    <svg aria-hidden viewBox="0 0 10 10" className="size-2 fill-current">
      <path d="M5 9 .5 1h9z" />
    </svg>
  );
}
