import { Segments } from "@ui/Segments";
import { EmptyState, Skeleton } from "@ui/States";
import { Workflow } from "lucide-react";
import { lazy, Suspense, useSyncExternalStore } from "react";
import styles from "../Flow.module.css";
import type { View } from "../search";
import { lastSlot, rows } from "../steps";
import { counted } from "../words";
import { useEditing } from "./context";
import { SlotButton } from "./SlotButton";
import { StepList } from "./StepList";

const Canvas = lazy(() => import("./Canvas"));
const VIEWS = [
  { id: "canvas", label: "Canvas" },
  { id: "list", label: "List" },
] as const;
const NARROW = "(max-width: 860px)";

/** `view` undefined: a canvas where there is room for one. */
export function FlowBody({ view, onView }: { view: View | undefined; onView: (view: View) => void }) {
  const { draft, mayEdit } = useEditing();
  const isNarrow = useSyncExternalStore(
    (told) => {
      const media = window.matchMedia(NARROW);
      media.addEventListener("change", told);
      return () => media.removeEventListener("change", told);
    },
    () => window.matchMedia(NARROW).matches,
  );
  const shown = view ?? (isNarrow ? "list" : "canvas");
  if (draft.steps.length === 0) {
    return (
      <div className={styles.empty}>
        <EmptyState
          icon={<Workflow size={20} />}
          title="A flow begins with an action"
          actions={<SlotButton slot={lastSlot([])} isLarge />}
        >
          {mayEdit
            ? "Call a connector, write onto the contact, wait, or take one of two ways."
            : "This one has no steps yet."}
        </EmptyState>
      </div>
    );
  }
  return (
    <section className={styles.body} aria-label="Steps of the flow">
      <div className={styles.bar}>
        <Segments label="Shown as" options={VIEWS} value={shown} onChange={onView} />
        <span className={styles.count}>{counted(rows(draft.steps).length, "step")}</span>
      </div>
      {shown === "list" ? (
        <StepList />
      ) : (
        <Suspense fallback={<Skeleton height={420} />}>
          <Canvas />
        </Suspense>
      )}
    </section>
  );
}
