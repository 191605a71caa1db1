export function Logo() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect width="32" height="32" rx="8" className="fill-accent-soft" />
      <path
        d="M12.5 9.8v12.4a1 1 0 0 0 1.5.86l10.3-6.2a1 1 0 0 0 0-1.72L14 8.94a1 1 0 0 0-1.5.86Z"
        className="fill-accent"
      />
      <rect x="6.5" y="9" width="2.6" height="14" rx="1.3" className="fill-accent opacity-60" />
    </svg>
  );
}
