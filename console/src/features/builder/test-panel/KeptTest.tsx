import type { Json } from "@json/exact";
import { ResponseTree } from "@lib/ResponseTree";
import { Status } from "@ui/States";
import { Tab, TabList, TabPanel, Tabs } from "@ui/Tabs";
import type { LastTest } from "@/api/schema";
import { Time } from "@/app/Time";
import { bytes } from "@/app/time";
import styles from "./Panel.module.css";
import { type OnPick, Response } from "./TrialResult";

/** What a draft has kept of its last test: of an earlier visit, or of another machine. */
export function KeptTest({ test, onPick }: { test: LastTest; onPick: OnPick }) {
  const { status, body } = test.response;
  const isCut = Boolean(body.truncated);
  return (
    <div className={styles.stack}>
      <div className={styles.verdict}>
        <Status tone="neutral">
          <span>
            Tested <Time at={test.testedAt} />
          </span>
        </Status>
        <code>{status}</code>
        <span className={styles.quiet}>{bytes(Number(body.size))}</span>
      </div>
      <p className={styles.quiet}>
        {isCut
          ? "The answer was too large to be kept with the draft. Test the request to see it again."
          : "Kept with the draft, without what is secret. Test the request to see what was sent, and how long it took."}
      </p>
      {!isCut && (
        <Tabs label="The last test" first="response">
          <TabList>
            <Tab id="response">Response</Tab>
            <Tab id="output">Output</Tab>
          </TabList>
          <TabPanel id="response">
            <Response response={test.response} onPick={onPick} />
          </TabPanel>
          <TabPanel id="output">
            {test.output === undefined || test.output === null ? (
              <p className={styles.well}>The transformation made nothing of this answer.</p>
            ) : (
              <ResponseTree label="Output" value={test.output as Json} />
            )}
          </TabPanel>
        </Tabs>
      )}
    </div>
  );
}
