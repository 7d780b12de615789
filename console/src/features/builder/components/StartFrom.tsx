import { useSearch } from "@tanstack/react-router";
import { Button } from "@ui/Button";
import { Part } from "@ui/Part";
import { toast } from "@ui/Toast";
import { SquareTerminal } from "lucide-react";
import { lazy, useState } from "react";
import { STARTERS } from "@/features/starters/starters";
import styles from "../Builder.module.css";
import { CURL, startedFrom } from "../starting";
import type { Values } from "../values";
import own from "./StartFrom.module.css";

const CurlDialog = lazy(() => import("./CurlDialog"));

/** Nobody has to begin with nothing: a command from the API's documentation, or an example, fills the steps. */
export function StartFrom({ onTake }: { onTake: (values: Partial<Values>) => void }) {
  const { start } = useSearch({ strict: false }) as { start?: string };
  const [isPasting, setPasting] = useState(start === CURL);
  const use = async (id: string) => {
    const values = await startedFrom(id).catch(() => null);
    if (values) onTake(values);
    else toast({ text: "This example cannot be loaded. Load the page again.", tone: "danger" });
  };
  return (
    <section className={own.start} aria-label="Start from">
      <p className={styles.quiet}>
        Does the API's documentation show a cURL command? Paste it, and the steps are filled in. Or begin with
        an example.
      </p>
      <span className={styles.choices}>
        <Button size="small" icon={<SquareTerminal size={14} />} onPress={() => setPasting(true)}>
          Paste a cURL command
        </Button>
        {STARTERS.map((starter) => (
          <Button key={starter.id} size="small" onPress={() => use(starter.id)}>
            <span aria-hidden="true">{starter.icon}</span> {starter.title}
          </Button>
        ))}
      </span>
      {isPasting && (
        <Part onFail={() => setPasting(false)}>
          <CurlDialog
            onClose={() => setPasting(false)}
            onTake={(values) => {
              setPasting(false);
              onTake(values);
            }}
          />
        </Part>
      )}
    </section>
  );
}
