import { Link, useSearch } from "@tanstack/react-router";
import { Skeleton } from "@ui/States";
import { type ComponentType, lazy, Suspense } from "react";
import { Only } from "@/features/session/Only";
import { useMay } from "@/features/session/queries";
import styles from "./Settings.module.css";
import { SECTIONS, type SectionId } from "./search";

const SHOWN: Record<SectionId, ComponentType> = {
  you: lazy(() => import("./You")),
  keys: lazy(() => import("./keys/Keys")),
  network: lazy(() => import("./network/Network")),
  fields: lazy(() => import("./fields/Fields")),
  workspace: lazy(() => import("./workspace/Workspace")),
};

export default function SettingsPage() {
  const { section = "you" } = useSearch({ from: "/inside/tools/settings" });
  const { needs } = SECTIONS.find(({ id }) => id === section) ?? {};
  const Shown = SHOWN[section];
  const shown = (
    <Suspense fallback={<Skeleton height={120} />}>
      <Shown />
    </Suspense>
  );
  return (
    <div className={styles.page}>
      <h1>Settings</h1>
      <div className={styles.columns}>
        <Sections current={section} />
        <div className={styles.section}>{needs ? <Only scope={needs}>{shown}</Only> : shown}</div>
      </div>
    </div>
  );
}

function Sections({ current }: { current: SectionId }) {
  const may = useMay();
  return (
    <nav aria-label="Settings" className={styles.nav}>
      {SECTIONS.filter(({ needs }) => !needs || may(needs)).map(({ id, title }) => (
        <Link
          key={id}
          to="/tools/settings"
          search={id === "you" ? {} : { section: id }}
          activeOptions={{ exact: true, includeSearch: true }}
          className={styles.tab}
          data-current={id === current || undefined}
        >
          {title}
        </Link>
      ))}
    </nav>
  );
}
