/** The mark of Ferropik. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={className}>
      <rect width="32" height="32" rx="8" fill="var(--brand)" />
      <path d="M9 24V8h14M9 16h10" fill="none" stroke="var(--surface)" strokeWidth="3.2" strokeLinecap="round" strokeLinejoin="round" />
      <circle cx="23" cy="16" r="2.2" fill="var(--surface)" />
    </svg>
  );
}
