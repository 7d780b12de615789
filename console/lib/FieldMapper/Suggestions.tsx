import type { Json } from "@json/exact";
import { Button } from "@ui/Button";
import { Plus } from "lucide-react";
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
  if (found.length === 0) return null;
  return (
    <section className={styles.suggestions} aria-label="Suggested mappings">
      <div className={styles.suggestedHead}>
        <span>Suggested</span>
        {found.length > 1 && (
          <Button size="small" variant="quiet" onPress={() => onAdd(found)}>
            {`Add all ${found.length}`}
          </Button>
        )}
      </div>
      <ul className={styles.chips}>
        {found.slice(0, SHOWN).map((one) => {
          const value = valueAt(sample, one.sourcePath);
          return (
            <li key={one.sourcePath}>
              <Button size="small" icon={<Plus size={13} />} onPress={() => onAdd([one])}>
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
