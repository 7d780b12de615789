import { isObject, type Json } from "@json/exact";
import { ResponseTree } from "@lib/ResponseTree";
import { Badge } from "@ui/Badge";
import { CodeBlock } from "@ui/CodeBlock";
import { Tab, TabList, TabPanel, Tabs } from "@ui/Tabs";
import type { ExecutionView } from "@/api/schema";
import { bytes } from "@/app/time";
import { MappingOutcomes } from "./MappingOutcomes";
import styles from "./Page.module.css";

/** What went in, what came out, and what was written. */
export function Parts({ view }: { view: ExecutionView }) {
  const mapped = view.mappings.reduce((sum, { mappings }) => sum + (mappings?.length ?? 0), 0);
  const first = view.mappings.length > 0 ? "mapping" : view.status === "success" ? "output" : "request";
  return (
    <section className={styles.panel} aria-label="What went in and came out">
      <Tabs label="Parts of the execution" first={first}>
        <TabList>
          <Tab id="mapping">Contact {mapped > 0 && <Badge>{mapped}</Badge>}</Tab>
          <Tab id="output">Output</Tab>
          <Tab id="request">Request</Tab>
        </TabList>
        <TabPanel id="mapping">
          <MappingOutcomes view={view} />
        </TabPanel>
        <TabPanel id="output">
          <Part
            label="Output"
            value={view.output_data as Json | undefined}
            isCut={view.cut.includes("data")}
            none={view.status === "success" ? "It has no output." : "A call that failed has no output."}
          />
        </TabPanel>
        <TabPanel id="request">
          <RequestLine request={view.request as Json | undefined} />
          <h3>Inputs</h3>
          <Part
            label="Inputs"
            value={view.input_data as Json | undefined}
            isCut={view.cut.includes("inputs")}
            none="No inputs are kept. A connector that does not log errors keeps none of a failure."
          />
        </TabPanel>
      </Tabs>
    </section>
  );
}

interface PartProps {
  label: string;
  value: Json | undefined;
  isCut: boolean;
  none: string;
}

/** What was too long is kept as the beginning of its text. */
function Part({ label, value, isCut, none }: PartProps) {
  if (value === undefined || value === null) return <p className={styles.quiet}>{isCut ? TOO_LONG : none}</p>;
  if (isCut && typeof value === "string") {
    return (
      <>
        <p className={styles.quiet}>It is long: this is its beginning, and all that is kept.</p>
        <CodeBlock label={label} text={value} />
      </>
    );
  }
  return <ResponseTree label={label} value={value} />;
}

const TOO_LONG = "It was too long to be kept.";

function RequestLine({ request }: { request: Json | undefined }) {
  if (request === undefined || !isObject(request)) {
    return (
      <p className={styles.quiet}>
        No request is kept: there was none, or its connector does not log errors.
      </p>
    );
  }
  const { method, origin, pathTemplate, sentBytes } = request;
  const sent = Number(sentBytes ?? 0);
  return (
    <p className={styles.requestLine}>
      <code>
        <strong>{String(method ?? "")}</strong> {String(origin ?? "")}
        {String(pathTemplate ?? "")}
      </code>
      <span className={styles.quiet}>
        {sent > 0 ? `${bytes(sent)} sent. Secrets and the query are not kept.` : "Nothing was sent."}
      </span>
    </p>
  );
}
