interface ProgressProps {
  label: string;
  fraction: number;
  note: string;
}

/** How far something is, and what it does right now. */
export function Progress({ label, fraction, note }: ProgressProps) {
  const percent = Math.floor(Math.min(Math.max(fraction, 0), 1) * 100);
  return (
    <div className="flex flex-col gap-1.5">
      <div
        role="progressbar"
        aria-label={label}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
        className="h-2 overflow-hidden rounded-full bg-sunken"
      >
        <div
          className="h-full rounded-full bg-accent-strong transition-[width]"
          style={{ width: `${percent}%` }}
        />
      </div>
      <p className="flex justify-between gap-3 text-xs text-muted">
        <span className="truncate">{note}</span>
        <span className="figures shrink-0">{percent}%</span>
      </p>
    </div>
  );
}
