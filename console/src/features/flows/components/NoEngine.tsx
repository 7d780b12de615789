import { CodeBlock } from "@ui/CodeBlock";
import { EmptyState } from "@ui/States";
import { Unplug } from "lucide-react";
import styles from "../Flows.module.css";

const SETTING = "CONNECTORS_FLOWS_URL=https://flows.example.com";

/** What whoever runs the registry has to do. */
export function NoEngine() {
  return (
    <div className={styles.list}>
      <EmptyState icon={<Unplug size={20} />} title="No flow engine is connected">
        Flows run in an engine of yours. Start the registry with the address of one, and its flows have pages
        here; your connectors can be called from elsewhere all the same.
      </EmptyState>
      <div className={styles.setting}>
        <CodeBlock label="The setting" text={SETTING} />
      </div>
    </div>
  );
}
