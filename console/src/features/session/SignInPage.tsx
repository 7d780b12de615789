import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Button } from "@ui/Button";
import { ProblemNote } from "@ui/States";
import { TextField } from "@ui/TextField";
import { Plug } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { ApiError } from "@/api/client";
import { sessionQuery, signIn } from "./queries";
import styles from "./SignInPage.module.css";

export default function SignInPage() {
  const { code, to } = useSearch({ from: "/sign-in" });
  const [token, setToken] = useState("");
  const client = useQueryClient();
  const navigate = useNavigate();
  const entering = useMutation({
    mutationFn: signIn,
    onSuccess: (session) => {
      client.clear();
      client.setQueryData(sessionQuery.queryKey, session);
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

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim()) enter({ token: token.trim() });
  };
  const problem = entering.error as ApiError | null;
  return (
    <main className={styles.page}>
      <form className={styles.panel} onSubmit={submit}>
        <span className={styles.mark} aria-hidden="true">
          <Plug size={20} />
        </span>
        <h1>Sign in to Connectors</h1>
        {code && !problem ? (
          <p className={styles.hint} role="status">
            Signing you in…
          </p>
        ) : (
          <>
            {problem && code && !token ? (
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
            <TextField
              label="Token"
              type="password"
              mono
              autoFocus
              autoComplete="current-password"
              value={token}
              onChange={setToken}
              error={problem && token ? problem.message : undefined}
            />
            <Button variant="primary" type="submit" isPending={entering.isPending} isDisabled={!token.trim()}>
              Sign in
            </Button>
          </>
        )}
      </form>
    </main>
  );
}
