interface SelectBoxProps {
  label: string;
  isOn: boolean;
  /** Some of what it stands for is chosen. */
  isPartly?: boolean;
  onToggle: () => void;
  isTabStop?: boolean;
}

/** A box with room around it for a thumb. In a row, whose own keys choose it, it is no tab stop. */
export function SelectBox({ label, isOn, isPartly, onToggle, isTabStop }: SelectBoxProps) {
  return (
    <label className="relative z-1 flex h-10 w-11 cursor-pointer items-center justify-center">
      <input
        ref={(box) => {
          if (box) {
            box.indeterminate = isPartly ?? false;
          }
        }}
        type="checkbox"
        aria-label={label}
        checked={isOn}
        onChange={onToggle}
        tabIndex={isTabStop ? 0 : -1}
        className="size-4 accent-accent-strong pointer-coarse:size-5"
      />
    </label>
  );
}
