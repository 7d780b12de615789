import { useQueryClient } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { TextField } from "@ui/TextField";
import { BookmarkPlus } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { ApiError } from "@/api/client";
import type { RawResponse, Tried } from "@/api/schema";
import { sentence } from "@/api/sentence";
import { examplesQuery, keepExample } from "../examples";
import own from "./Examples.module.css";
import styles from "./Panel.module.css";
import { useTrial } from "./trial";

type Answered = Tried & { response: RawResponse };
/** Of an answer, in bytes: the server keeps no more of an example. */
const MOST_BYTES = 256 * 1024;

export const isKept = ({ body }: RawResponse) =>
  !body.truncated && body.kind !== "binary" && Number(body.size) <= MOST_BYTES;

type Step = "offered" | "named" | "kept";

/** A test that is kept with the connector, by a name: its inputs and its answer, without what is secret. */
export function KeepExample({ result }: { result: Answered }) {
  const { connectorId } = useTrial();
  const [step, setStep] = useState<Step>("offered");
  const [name, setName] = useState("");
  const saving = useKeeping(result, () => setStep("kept"));
  if (step === "kept") {
    return (
      <p className={styles.quiet} role="status">
        {connectorId
          ? `Kept as the example ${name}.`
          : `${name} is kept as an example when the connector is saved.`}
      </p>
    );
  }
  if (step === "offered") {
    return (
      <div>
        <Button size="small" icon={<BookmarkPlus size={14} />} onPress={() => setStep("named")}>
          Keep as an example
        </Button>
      </div>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.keep(name);
  };
  return (
    <form className={own.naming} onSubmit={submit}>
      <TextField
        label="Name of the example"
        value={name}
        onChange={setName}
        maxLength={100}
        autoFocus
        isRequired
        placeholder="A phone number that is known"
        hint="Inputs, answer and output are stored with the connector; what is secret is masked."
        error={saving.error}
      />
      <Button type="submit" variant="primary" size="small" isPending={saving.isBusy}>
        Keep
      </Button>
      <Button size="small" onPress={() => setStep("offered")}>
        Cancel
      </Button>
    </form>
  );
}

function useKeeping(result: Answered, onKept: () => void) {
  const client = useQueryClient();
  const { connectorId, sent, keepLater } = useTrial();
  const key = useRef(crypto.randomUUID());
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const keep = async (name: string) => {
    const draft = { name, inputs: sent, response: result.response, output: result.output ?? null };
    if (name.trim() === "") return setError("An example needs a name.");
    if (!connectorId) {
      keepLater(draft);
      return onKept();
    }
    setBusy(true);
    try {
      await keepExample(connectorId, draft, key.current);
      await client.invalidateQueries({ queryKey: examplesQuery(connectorId).queryKey });
      onKept();
    } catch (refused) {
      key.current = crypto.randomUUID();
      setError(wordsOf(refused));
    } finally {
      setBusy(false);
    }
  };
  return { keep, error, isBusy };
}

function wordsOf(refused: unknown): string {
  if (!(refused instanceof ApiError)) return String(refused);
  const [first] = refused.errors;
  return first ? sentence(first.detail) : `${refused.title}. ${refused.detail}`;
}
