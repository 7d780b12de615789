import { Button } from "@ui/Button";
import { ProblemNote, Status } from "@ui/States";
import styles from "./Auth.module.css";
import { useConnecting } from "./connecting";
import type { CredentialLine } from "./queries";
import { isByPeople, stateOf } from "./state";

interface StandingProps {
  credential: CredentialLine;
  mayConnect: boolean;
}

/** How it is with a credential, and the button that gets a person's permission for it. */
export function Standing({ credential, mayConnect }: StandingProps) {
  const { phase, connect } = useConnecting({ known: credential });
  const state = stateOf(credential, new Date());
  const isWaiting = phase.name === "waiting";
  return (
    <>
      <div className={styles.standing}>
        <Status tone={state.tone}>{state.word}</Status>
        <span className={styles.detail}>
          {isWaiting
            ? "Waiting for you to sign in at the provider, in the window that has opened."
            : state.detail}
        </span>
        {mayConnect && isByPeople(credential) && (
          <Button
            size="small"
            variant={state.act === "connect" ? "primary" : "secondary"}
            onPress={() => connect()}
          >
            {isWaiting ? "Open it again" : state.word === "Not connected" ? "Connect" : "Reconnect"}
          </Button>
        )}
      </div>
      {phase.name === "failed" && <ProblemNote title="It is not connected" detail={phase.message} />}
    </>
  );
}
