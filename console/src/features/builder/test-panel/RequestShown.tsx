import { Button } from "@ui/Button";
import { CodeBlock } from "@ui/CodeBlock";
import { CopyButton } from "@ui/CopyButton";
import { toast } from "@ui/Toast";
import { Copy } from "lucide-react";
import type { SentRequest, ShownBody } from "@/api/schema";
import { bytes } from "@/app/time";
import { MOST_SHOWN, sourcePhrase } from "./model";
import styles from "./Panel.module.css";

/** A request with where each part of it comes from. */
export function RequestShown({ request }: { request: SentRequest }) {
  const copy = async () => {
    await navigator.clipboard.writeText(request.curl);
    toast({ text: "The cURL command is copied" });
  };
  return (
    <div className={styles.stack}>
      <p className={styles.requestLine}>
        <code>
          <strong>{request.method}</strong> {request.url}
        </code>
      </p>
      <table className={styles.parts}>
        <thead>
          <tr>
            <th>Part</th>
            <th>Value</th>
            <th>Comes from</th>
          </tr>
        </thead>
        <tbody>
          {(request.parts ?? []).map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity, and are never reordered
            <tr key={index}>
              <td>
                <span className={styles.quiet}>{part.place}</span> <code>{part.name}</code>
              </td>
              <td>
                <code>{part.value}</code>
              </td>
              <td>{sourcePhrase(part.sources, part.inputs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {request.body.kind !== "empty" && <BodyShown body={request.body} />}
      <div>
        <Button size="small" icon={<Copy size={14} />} onPress={copy}>
          Copy as cURL
        </Button>
      </div>
      {(request.curlVariables ?? []).length > 0 && (
        <p className={styles.quiet}>
          Before it runs, set{" "}
          {(request.curlVariables ?? []).map(({ name, holds }) => `${name} to ${holds}`).join(", ")}.
        </p>
      )}
    </div>
  );
}

/** The beginning of a body, of which all can be copied. */
export function BodyShown({ body }: { body: ShownBody }) {
  if (body.kind === "empty") return <p className={styles.well}>It has no body.</p>;
  if (body.kind === "binary") {
    return (
      <p className={styles.well}>
        {body.contentType || "Binary"}, {bytes(Number(body.size))}, SHA-256 {body.sha256}
      </p>
    );
  }
  const text = body.text ?? "";
  const isCut = body.truncated || text.length > MOST_SHOWN;
  return (
    <>
      <CodeBlock label="Body" text={text.slice(0, MOST_SHOWN)} />
      {isCut && (
        <p className={styles.captionRow}>
          <span className={styles.quiet}>Its beginning: it is {bytes(Number(body.size))} in all.</span>
          {!body.truncated && <CopyButton label="Copy all of it" text={text} done="The body is copied" />}
        </p>
      )}
    </>
  );
}
