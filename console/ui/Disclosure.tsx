import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { Disclosure as AriaDisclosure, Button, DisclosurePanel, Heading } from "react-aria-components";
import styles from "./Disclosure.module.css";

export interface DisclosureProps {
  title: ReactNode;
  /** What stands beside the title, whether it is open or not. */
  summary?: ReactNode;
  isOpenFirst?: boolean;
  isOpen?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
  children: ReactNode;
}

/** Details that are folded away. */
export function Disclosure({ title, summary, isOpenFirst, isOpen, onOpenChange, children }: DisclosureProps) {
  return (
    <AriaDisclosure
      className={styles.disclosure ?? ""}
      defaultExpanded={isOpenFirst ?? false}
      {...(isOpen === undefined ? {} : { isExpanded: isOpen })}
      {...(onOpenChange ? { onExpandedChange: onOpenChange } : {})}
    >
      <Heading className={styles.heading ?? ""} level={4}>
        <Button slot="trigger" className={styles.trigger ?? ""}>
          <ChevronRight size={14} aria-hidden="true" />
          <span>{title}</span>
        </Button>
        {summary && <span className={styles.summary}>{summary}</span>}
      </Heading>
      <DisclosurePanel className={styles.panel ?? ""}>
        <div className={styles.inside}>{children}</div>
      </DisclosurePanel>
    </AriaDisclosure>
  );
}
