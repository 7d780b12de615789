import { useQuery } from "@tanstack/react-query";
import { CopyButton } from "@ui/CopyButton";
import { Status } from "@ui/States";
import type { Scope, SessionView } from "@/api/schema";
import { ALL_SCOPES, allows } from "@/features/session/may";
import { sessionQuery } from "@/features/session/queries";
import { SectionHead } from "./SectionHead";
import styles from "./Settings.module.css";

/** Who one is here, and what that lets one do. */
export default function You() {
  const { data } = useQuery(sessionQuery);
  if (!data) return null;
  return (
    <>
      <SectionHead title="You">
        Who you are here, and what you may do. Your role comes with your token: whoever hands out tokens
        changes it.
      </SectionHead>
      <dl className={styles.facts}>
        <Fact label="Signed in as" value={data.user_id} />
        <Fact label="Role" value={roleOf(data)} />
        <Fact label="Workspace" value={data.workspace_id} isCode />
        {data.api_key_id && <Fact label="API key" value={data.api_key_id} isCode />}
      </dl>
      <ul className={styles.scopes} aria-label="What you may do">
        {ALL_SCOPES.map((scope) => (
          <Allowed key={scope} scope={scope} isHeld={data.scopes.includes(scope)} />
        ))}
      </ul>
    </>
  );
}

function Allowed({ scope, isHeld }: { scope: Scope; isHeld: boolean }) {
  const text = allows(scope);
  return (
    <li className={styles.scope}>
      <span>{text.charAt(0).toUpperCase() + text.slice(1)}</span>
      <code>{scope}</code>
      <Status tone={isHeld ? "success" : "neutral"}>{isHeld ? "Yes" : "No"}</Status>
    </li>
  );
}

function Fact({ label, value, isCode }: { label: string; value: string; isCode?: boolean }) {
  return (
    <div className={styles.fact}>
      <dt>{label}</dt>
      <dd>
        {isCode ? <code>{value}</code> : value}
        {isCode && <CopyButton label={`Copy ${label}`} text={value} done={`${label} is copied`} />}
      </dd>
    </div>
  );
}

const roleOf = ({ role }: SessionView): string =>
  role ? role.charAt(0).toUpperCase() + role.slice(1) : "None: single scopes";
