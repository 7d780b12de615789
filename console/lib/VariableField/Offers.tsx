import { useEffect, useRef } from "react";
import type { Variable } from "../data-source";
import { shownValue } from "../fields";
import styles from "./VariableField.module.css";

interface OffersProps {
  id: string;
  options: readonly Variable[];
  at: number;
  onTake: (variable: Variable) => void;
  onPoint: (at: number) => void;
}

/** Variables to choose from, while the focus stays in the text. */
export function Offers({ id, options, at, onTake, onPoint }: OffersProps) {
  const chosen = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another one is chosen
  useEffect(() => {
    // What it gives back in some browsers is no way to undo it.
    chosen.current?.scrollIntoView?.({ block: "nearest" });
  }, [at]);
  return (
    <div id={`${id}-offers`} role="listbox" aria-label="Variables" className={styles.offers}>
      {options.map((option, place) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text (ARIA: active descendant)
        // biome-ignore lint/a11y/useKeyWithClickEvents: the text's arrows and Enter do the same
        <div
          key={option.path}
          id={`${id}-${place}`}
          ref={place === at ? chosen : undefined}
          role="option"
          aria-selected={place === at}
          className={styles.offer}
          onPointerDown={(event) => event.preventDefault()}
          onPointerMove={() => place !== at && onPoint(place)}
          onClick={() => onTake(option)}
        >
          <span className={styles.path}>{option.path}</span>
          <span className={styles.value}>
            {option.value === undefined ? (option.type ?? "") : shownValue(option.value)}
          </span>
        </div>
      ))}
    </div>
  );
}
