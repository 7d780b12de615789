import { jsonText } from "@json/exact";
import { useLoaded } from "@lib/loading";
import { ProblemNote, Skeleton, Status } from "@ui/States";
import { useFormContext, useWatch } from "react-hook-form";
import { ApiError } from "@/api/client";
import type { RequestReport } from "@/api/schema";
import styles from "../Builder.module.css";
import { showRequest } from "../queries";
import { inputsFrom, labelIn } from "../test-panel/inputs";
import { RequestShown } from "../test-panel/RequestShown";
import { useTrial } from "../test-panel/trial";
import type { InputRow, Values } from "../values";
import { Refusals } from "./Refusals";
import { Section } from "./Section";

const STOPPED_TYPING_MS = 400;

/** The request as it would be sent now, while it is being described: nothing is called for it. */
export function RequestPreview() {
  const { control } = useFormContext<Values>();
  // Watched to look again whenever something changes.
  const { inputs: rows } = useWatch({ control }) as Values;
  const { connectorId, draft, inputs } = useTrial();
  const connector = draft();
  const sent = inputsFrom(rows, inputs);
  const { data, previous, error, isLoading, retry } = useLoaded(
    jsonText([connector, sent]),
    (signal) =>
      showRequest(
        connectorId ? { connector, inputs: sent, connectorId } : { connector, inputs: sent },
        signal,
      ),
    STOPPED_TYPING_MS,
  );
  const report = data ?? previous;
  const refusal = error instanceof ApiError && error.status === 422 ? error : null;
  return (
    <Section
      title="Request preview"
      hint="What would be sent now, and where each part comes from. Nothing is called."
    >
      {refusal ? (
        <NotYet refusal={refusal} />
      ) : error ? (
        <ProblemNote tone="warning" title="There is no preview now" detail={error.message} onRetry={retry} />
      ) : null}
      {report ? (
        <div className={styles.stack} aria-busy={isLoading} data-stale={refusal ? true : undefined}>
          {refusal && report.request && <Status tone="warning">As it was before</Status>}
          <Report report={report} rows={rows} />
        </div>
      ) : (
        !error && <Skeleton height={120} />
      )}
    </Section>
  );
}

function NotYet({ refusal }: { refusal: ApiError }) {
  return (
    <div className={styles.stack}>
      <p className={styles.quiet}>It is shown as soon as this is right:</p>
      <Refusals errors={refusal.errors} />
    </div>
  );
}

function Report({ report, rows }: { report: RequestReport; rows: readonly InputRow[] }) {
  const { request, error, missing = [] } = report;
  return (
    <>
      {missing.length > 0 && (
        <p className={styles.quiet}>
          {request
            ? "Not given yet, and shown in braces: "
            : "It is shown once these are given in the test: "}
          {missing.map((way) => shortWay(way, rows)).join(", ")}.
        </p>
      )}
      {request ? (
        <RequestShown request={request} />
      ) : (
        error && missing.length === 0 && <ProblemNote tone="warning" title={error.message} />
      )}
    </>
  );
}

/** `input.phone` is that input, by its label. */
const shortWay = (way: string, rows: readonly InputRow[]) =>
  way.startsWith("input.") ? labelIn(rows, way.slice("input.".length)) : way;
