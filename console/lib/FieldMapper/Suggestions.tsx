import type { Json } from "@json/exact";
import { Button } from "@ui/Button";
import { Plus } from "lucide-react";
import { useEffect, useRef } from "react";
import { shownValue, targetLabel } from "../fields";
import { valueAt } from "./paths";
import styles from "./Suggestions.module.css";
import type { Suggestion } from "./suggest";

interface SuggestionsProps {
  found: readonly Suggestion[];
  sample: Json | undefined;
  onAdd: (more: readonly Suggestion[]) => void;
}

const SHOWN = 8;

/** Values whose names say where they go. */
export function Suggestions({ found, sample, onAdd }: SuggestionsProps) {
  const { place, taken } = useNextChip();
  const take = (more: readonly Suggestion[], at: number) => {
    taken(at);
    onAdd(more);
  };
  if (found.length === 0) return null;
  return (
    <section className={styles.suggestions} aria-label="Suggested mappings">
      <div className={styles.suggestedHead}>
        <span>Suggested</span>
        {found.length > 1 && (
          <Button size="small" variant="quiet" onPress={() => take(found, 0)}>
            {`Add all ${found.length}`}
          </Button>
        )}
      </div>
      <ul ref={place} className={styles.chips}>
        {found.slice(0, SHOWN).map((one, at) => {
          const value = valueAt(sample, one.sourcePath);
          return (
            <li key={one.sourcePath}>
              <Button size="small" icon={<Plus size={13} />} onPress={() => take([one], at)}>
                <code>{one.sourcePath}</code> → {targetLabel(one.targetField, one.targetType)}
                {value !== undefined && (
                  <span className={styles.quiet}> {shownValue(value).slice(0, 24)}</span>
                )}
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** A chip that is taken goes, with the focus: that goes on to the one that stands there now. */
function useNextChip() {
  const place = useRef<HTMLUListElement>(null);
  const left = useRef<{ pressed: Element | null; at: number } | null>(null);
  useEffect(() => {
    if (!left.current || left.current.pressed?.isConnected) return;
    const { at } = left.current;
    left.current = null;
    if (document.activeElement !== document.body) return;
    const chips = place.current?.querySelectorAll("button") ?? [];
    chips[Math.min(at, chips.length - 1)]?.focus();
  });
  const taken = (at: number) => {
    left.current = { pressed: document.activeElement, at };
  };
  return { place, taken };
}
