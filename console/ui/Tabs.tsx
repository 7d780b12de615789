import type { ReactNode } from "react";
import {
  Tab as AriaTab,
  TabList as AriaTabList,
  TabPanel as AriaTabPanel,
  Tabs as AriaTabs,
} from "react-aria-components";
import styles from "./Tabs.module.css";

export function Tabs({ label, first, children }: { label: string; first: string; children: ReactNode }) {
  return (
    <AriaTabs aria-label={label} defaultSelectedKey={first} className={styles.tabs ?? ""}>
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
