import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { ProblemNote } from "@ui/States";
import { TextField } from "@ui/TextField";
import { toast } from "@ui/Toast";
import { Play } from "lucide-react";
import { useState } from "react";
import type { ApiError } from "@/api/client";
import { useMay } from "@/features/session/queries";
import { literalOf } from "../conditions";
import { inputNames } from "../scope";
import { counted } from "../words";
import { ContactChooser } from "./ContactChooser";
import { startRuns } from "./queries";
import type { RunPanelProps } from "./RunPanel";
import styles from "./Runs.module.css";
import { begun, runsFor } from "./starting";

/** Who it runs for, and what else a run is told. What is not saved is saved first: runs go by that. */
export function StartRuns({ id, draft, isDirty, isWrong, contactId, onSave, onShow }: RunPanelProps) {
  const client = useQueryClient();
  const may = useMay();
  const [chosen, setChosen] = useState<readonly string[]>(contactId === null ? [] : [contactId]);
  const [inputs, setInputs] = useState<Record<string, string>>({});
  const names = inputNames(draft.steps);
  const savesFirst = isDirty || id === null;
  const start = useMutation<readonly string[], ApiError>({
    mutationFn: async () => {
      const flowId = savesFirst ? await onSave() : id;
      if (flowId === null) return [];
      const input = Object.fromEntries(names.map((name) => [name, literalOf(inputs[name] ?? "")]));
      const contacts = chosen.length === 0 ? [null] : chosen;
      const runs = runsFor(
        flowId,
        contacts.map((contact_id) => ({ contact_id, input })),
      );
      const started = await startRuns(flowId, runs);
      begun(flowId);
      return started;
    },
    // A new flow has got its address meanwhile, and this part has gone with the old one.
    onError: ({ title, detail }) => id === null && toast({ text: `${title}. ${detail}`, tone: "danger" }),
    onSuccess: async ([first]) => {
      if (first === undefined) return;
      await client.invalidateQueries({ queryKey: ["runs"] });
      await client.invalidateQueries({ queryKey: ["flows"] });
      onShow(first);
    },
  });
  const whom = chosen.length === 0 ? "without a contact" : `on ${counted(chosen.length, "contact")}`;
  return (
    <section className={styles.start} aria-label="Start runs">
      <ContactChooser chosen={chosen} onChange={setChosen} />
      {names.map((name) => (
        <TextField
          key={name}
          label={`Input ${name}`}
          value={inputs[name] ?? ""}
          onChange={(text) => setInputs({ ...inputs, [name]: text })}
        />
      ))}
      {start.error && <ProblemNote {...told(start.error)} />}
      {isWrong && (
        <ProblemNote tone="warning" title="Something is wrong in a step">
          It is said at the step. Change it, then run the flow.
        </ProblemNote>
      )}
      <Button
        {...(chosen.length > 0 ? { variant: "primary" } : {})}
        icon={<Play size={14} aria-hidden="true" />}
        isPending={start.isPending}
        isDisabled={isWrong || (savesFirst && !may("connectors:edit"))}
        onPress={() => start.mutate()}
      >
        {savesFirst ? `Save and run ${whom}` : `Run ${whom}`}
      </Button>
      <p className={styles.quiet}>
        {chosen.length === 0 && "Choose above whom it runs for. "}It is a real run: connectors are called, and
        contacts are written to.
      </p>
    </section>
  );
}

const told = ({ title, detail, traceId }: ApiError) => ({ title, detail, traceId });
