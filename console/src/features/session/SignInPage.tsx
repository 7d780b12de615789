import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ProblemNote } from "@ui/States";
import { Plug } from "lucide-react";
import { useEffect, useRef } from "react";
import type { ApiError } from "@/api/client";
import { sessionResumed } from "@/api/session-end";
import { sessionQuery, signIn } from "./queries";
import styles from "./SignInPage.module.css";
import { TokenForm } from "./TokenForm";

export default function SignInPage() {
  const { code, to } = useSearch({ from: "/sign-in" });
  const client = useQueryClient();
  const navigate = useNavigate();
  const entering = useMutation({
    mutationFn: signIn,
    onSuccess: (session) => {
      client.clear();
      client.setQueryData(sessionQuery.queryKey, session);
      sessionResumed();
      // A path of this console and no other place: whoever made the link does not choose where it leads.
      const next = to?.startsWith("/tools/") ? to : "/tools/connectors";
      return navigate({ to: next, replace: true });
    },
  });
  const used = useRef(false);
  const enter = entering.mutate;
  useEffect(() => {
    if (!code || used.current) return;
    used.current = true;
    enter({ code });
  }, [code, enter]);

  const problem = entering.error as ApiError | null;
  const byToken = entering.variables !== undefined && "token" in entering.variables;
  return (
    <main className={styles.page}>
      <div className={styles.panel}>
        <span className={styles.mark} aria-hidden="true">
          <Plug size={20} />
        </span>
        <h1>Sign in to Connectors</h1>
        {code && !problem && !byToken ? (
          <p className={styles.hint} role="status">
            Signing you in…
          </p>
        ) : (
          <>
            {problem && !byToken ? (
              <ProblemNote
                title="This link does not sign you in any more"
                detail="It works once, for a short time. Ask for a new one, or sign in with a token."
                tone="warning"
              />
            ) : (
              <p className={styles.hint}>
                With a token of your workspace. It is kept in a cookie that no page can read, until you sign
                out or close the browser.
              </p>
            )}
            <TokenForm
              onToken={(token) => enter({ token })}
              isPending={entering.isPending}
              error={problem && byToken ? problem.message : undefined}
            />
          </>
        )}
      </div>
    </main>
  );
}
