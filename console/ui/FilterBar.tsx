import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Button, IconButton } from "./Button";
import styles from "./FilterBar.module.css";
import { useKeptFocus } from "./kept-focus";
import { SearchField } from "./SearchField";

export interface Chip {
  id: string;
  label: string;
  value: string;
  onRemove: () => void;
}

export interface FilterBarProps {
  label: string;
  /** Fields, in one row where there is room. */
  children: ReactNode;
  /** What is filtered by, and has no field here. */
  chips?: readonly Chip[];
  /** null: nothing is filtered. */
  onClear: (() => void) | null;
  /** Right of the fields: what belongs to the list as a whole. */
  extra?: ReactNode;
}

export function FilterBar({ label, children, chips = [], onClear, extra }: FilterBarProps) {
  const { place, leaving } = useKeptFocus<HTMLElement>();
  return (
    <section ref={place} className={styles.bar} aria-label={label}>
      <div className={styles.fields}>
        {children}
        {extra && <div className={styles.extra}>{extra}</div>}
      </div>
      {(chips.length > 0 || onClear) && (
        <div className={styles.second}>
          {chips.map((chip, at) => (
            <span key={chip.id} className={styles.chip}>
              <span className={styles.name}>{chip.label}</span>
              <code title={chip.value}>{chip.value}</code>
              <IconButton
                label={`Any ${chip.label.toLowerCase()}`}
                size="small"
                data-removes
                onPress={() => {
                  leaving(at);
                  chip.onRemove();
                }}
              >
                <X size={13} />
              </IconButton>
            </span>
          ))}
          {onClear && (
            <Button
              size="small"
              variant="quiet"
              onPress={() => {
                leaving();
                onClear();
              }}
            >
              Clear filters
            </Button>
          )}
        </div>
      )}
    </section>
  );
}

const TYPING_MS = 300;

export interface SearchFilterProps {
  label: string;
  placeholder?: string;
  value: string;
  /** Called when the typing pauses. */
  onChange: (text: string) => void;
}

/** A text to filter by. The address follows the typing, and the typing an address that somebody else has changed. */
export function SearchFilter({ value, onChange, ...rest }: SearchFilterProps) {
  const [text, setText] = useState(value);
  // What comes back of one's own typing is older than what has been typed since.
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => {
    if (text === sent.current) return;
    const typing = setTimeout(() => {
      sent.current = text;
      onChange(text);
    }, TYPING_MS);
    return () => clearTimeout(typing);
  }, [text, onChange]);
  return <SearchField {...rest} value={text} onChange={setText} />;
}
