import type { ReactNode } from "react";
import {
  Tab as AriaTab,
  TabList as AriaTabList,
  TabPanel as AriaTabPanel,
  Tabs as AriaTabs,
} from "react-aria-components";
import styles from "./Tabs.module.css";

export interface TabsProps {
  label: string;
  /** The one that is open at first, where nobody else keeps which one is. */
  first?: string;
  selected?: string;
  onSelect?: (id: string) => void;
  children: ReactNode;
}

export function Tabs({ label, first, selected, onSelect, children }: TabsProps) {
  return (
    <AriaTabs
      aria-label={label}
      {...(selected === undefined ? { defaultSelectedKey: first } : { selectedKey: selected })}
      onSelectionChange={(key) => onSelect?.(String(key))}
      className={styles.tabs ?? ""}
    >
      {children}
    </AriaTabs>
  );
}

export function TabList({ children }: { children: ReactNode }) {
  return (
    <AriaTabList className={styles.list ?? ""} aria-label="Views">
      {children as never}
    </AriaTabList>
  );
}

export function Tab({ id, children }: { id: string; children: ReactNode }) {
  return (
    <AriaTab id={id} className={styles.tab ?? ""}>
      {children}
    </AriaTab>
  );
}

export function TabPanel({ id, children }: { id: string; children: ReactNode }) {
  return (
    <AriaTabPanel id={id} className={styles.panel ?? ""}>
      {children}
    </AriaTabPanel>
  );
}
