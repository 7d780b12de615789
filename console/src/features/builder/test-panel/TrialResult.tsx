import { type Json, tryParse } from "@json/exact";
import { ResponseTree } from "@lib/ResponseTree";
import { ProblemNote, Status } from "@ui/States";
import { Tab, TabList, TabPanel, Tabs } from "@ui/Tabs";
import { useMemo } from "react";
import { useFormContext } from "react-hook-form";
import type { RawResponse, TrialAttempt, TrialError, Tried } from "@/api/schema";
import { bytes, duration } from "@/app/time";
import type { Values } from "../values";
import { remarksOf, wrongInputs } from "./inputs";
import { isKept, KeepExample } from "./KeepExample";
import { isUsable, phasesOf, statusHint } from "./model";
import { OutputSchema } from "./OutputSchema";
import styles from "./Panel.module.css";
import { PlaceRefused } from "./PlaceRefused";
import { BodyShown, RequestShown } from "./RequestShown";
import { TokenCall } from "./TokenCall";

/** A value of the answer was chosen, with the way to it. */
export type OnPick = (path: string, value: Json) => void;

export function TrialResult({ result, onPick }: { result: Tried; onPick: OnPick }) {
  const rows = useFormContext<Values>().getValues("inputs");
  const wrong = wrongInputs(result, rows);
  if (wrong.isAll) {
    return (
      <ProblemNote
        tone="warning"
        title="Nothing was sent"
        detail={
          wrong.at.size === 1
            ? "Put the input above right, then test again."
            : "Put the inputs above right, then test again."
        }
      />
    );
  }
  const status = result.response?.status;
  return (
    <div className={styles.stack}>
      <div className={styles.verdict}>
        <Status tone={result.success ? "success" : "danger"}>{result.success ? "Success" : "Failed"}</Status>
        {status && <code>{status}</code>}
        <span className={styles.quiet}>{duration(Number(result.time) / 1000)}</span>
        {result.response && <span className={styles.quiet}>{bytes(Number(result.response.wireBytes))}</span>}
      </div>
      {result.error && <Failure error={result.error} status={status} />}
      {(result.error?.place ? [] : remarksOf(result, rows)).map((told) => (
        <ProblemNote key={told} tone="warning" title={told} />
      ))}
      {result.response && isUsable(result) && <Example result={{ ...result, response: result.response }} />}
      <Tabs
        key={result.executionId}
        label="The test in detail"
        first={result.response ? "response" : "request"}
      >
        <TabList>
          <Tab id="response">Response</Tab>
          <Tab id="output">Output</Tab>
          <Tab id="request">Request</Tab>
          <Tab id="timings">Timings</Tab>
        </TabList>
        <TabPanel id="response">
          {result.response ? (
            <Response response={result.response} {...(isUsable(result) ? { onPick } : {})} />
          ) : (
            <None />
          )}
        </TabPanel>
        <TabPanel id="output">
          {result.success ? (
            <div className={styles.stack}>
              <ResponseTree label="Output" value={(result.output ?? null) as Json} />
              <OutputSchema output={(result.output ?? null) as Json} />
            </div>
          ) : (
            <p className={styles.well}>A call that failed has no output.</p>
          )}
        </TabPanel>
        <TabPanel id="request">
          {result.request ? <RequestShown request={result.request} /> : <None />}
        </TabPanel>
        <TabPanel id="timings">
          {result.token && <TokenCall token={result.token} />}
          {(result.attempts ?? []).map((attempt) => (
            <Attempt key={attempt.number} attempt={attempt} />
          ))}
        </TabPanel>
      </Tabs>
    </div>
  );
}

function Failure({ error, status }: { error: TrialError; status: number | undefined }) {
  if (error.place) return <PlaceRefused refusal={{ ...error, place: error.place }} />;
  const hint = statusHint(status);
  return <ProblemNote title={hint ?? error.message} detail={hint ? error.message : ""} />;
}

function Example({ result }: { result: Tried & { response: RawResponse } }) {
  return isKept(result.response) ? (
    <KeepExample key={result.executionId} result={result} />
  ) : (
    <p className={styles.quiet}>This answer cannot be kept as an example: it is too large, or no text.</p>
  );
}

const None = () => <p className={styles.well}>It was not sent.</p>;

/** Without `onPick` it is no answer that a transformation works with. */
export function Response({ response, onPick }: { response: RawResponse; onPick?: OnPick }) {
  const { text } = response.body;
  const headers = response.headers ?? [];
  const sample = useMemo(() => (text ? tryParse(text) : undefined), [text]);
  return (
    <div className={styles.stack}>
      {sample !== undefined && (
        <>
          {onPick && (
            <p className={styles.quiet}>
              Click a line, or press Enter on it, to use its path in the transformation.
            </p>
          )}
          <ResponseTree label="Response" value={sample} {...(onPick ? { onPick } : {})} />
        </>
      )}
      <details className={styles.details} open={sample === undefined}>
        <summary>Raw response</summary>
        <BodyShown body={response.body} />
      </details>
      {headers.length > 0 && (
        <details className={styles.details}>
          <summary>{headers.length} headers</summary>
          <Lines lines={headers.map(({ name, value }) => [name, value])} />
        </details>
      )}
    </div>
  );
}

function Attempt({ attempt }: { attempt: TrialAttempt }) {
  const phases = phasesOf(attempt.timings);
  return (
    <section className={styles.attempt} aria-label={`Attempt ${attempt.number}`}>
      <div className={styles.captionRow}>
        <h3>
          Attempt {attempt.number}
          {attempt.status ? ` · ${attempt.status}` : ""}
        </h3>
        <span className={styles.quiet}>{duration(Number(attempt.timings.total ?? 0) / 1000)}</span>
      </div>
      <div className={styles.strip} aria-hidden="true">
        {phases.map((phase) => (
          <span
            key={phase.name}
            data-phase={phase.name}
            style={{ flexGrow: phase.share }}
            title={phase.word}
          />
        ))}
      </div>
      <ul className={styles.phases}>
        {phases.map((phase) => (
          <li key={phase.name}>
            <span className={styles.swatch} data-phase={phase.name} aria-hidden="true" />
            {phase.word}
            <span className={styles.number}>{duration(phase.seconds)}</span>
          </li>
        ))}
      </ul>
      <p className={styles.quiet}>{attempt.message || attempt.why}</p>
    </section>
  );
}

function Lines({ lines }: { lines: readonly (readonly [string, string])[] }) {
  return (
    <table className={styles.parts}>
      <tbody>
        {lines.map(([name, value], index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a header may come twice, and lines are never reordered
          <tr key={index}>
            <td>
              <code>{name}</code>
            </td>
            <td>
              <code>{value}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
