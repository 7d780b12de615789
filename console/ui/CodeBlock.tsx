import type { ReactNode } from "react";
import styles from "./CodeBlock.module.css";

/** What may be longer than its place: it scrolls, also by keyboard. */
export function ScrollArea({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1)
    <section aria-label={label} tabIndex={0} className={styles.area}>
      {children}
    </section>
  );
}

export interface CodeBlockProps {
  label: string;
  text: string;
  /** It is what was there before, shown until there is something new. */
  isStale?: boolean;
}

/** A text of a machine, to be read. */
export function CodeBlock({ label, text, isStale }: CodeBlockProps) {
  return (
    <ScrollArea label={label}>
      <pre className={styles.text} data-stale={isStale || undefined}>
        {text}
      </pre>
    </ScrollArea>
  );
}

/** A sentence in which `backticks` mark what is code. */
export function Prose({ text }: { text: string }) {
  const parts = text.split("`");
  // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence are never reordered
  return parts.map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
