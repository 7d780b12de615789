import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Dialog } from "@ui/Dialog";
import { useEffect } from "react";
import type { ApiError } from "@/api/client";
import type { SessionView } from "@/api/schema";
import { sessionResumed } from "@/api/session-end";
import { readSession, sessionQuery, signIn } from "./queries";
import styles from "./SignInPage.module.css";
import { TokenForm } from "./TokenForm";

/** Over the page as it is: what is typed there stays, and what it could not read is read when somebody is signed in. */
export default function SessionDialog() {
  const client = useQueryClient();
  const resume = (session: SessionView) => {
    const before = client.getQueryData(sessionQuery.queryKey);
    if (before && before.workspace_id !== session.workspace_id) return window.location.assign("/");
    client.setQueryData(sessionQuery.queryKey, session);
    sessionResumed();
    client.invalidateQueries();
  };
  const entering = useMutation({ mutationFn: signIn, onSuccess: resume });
  const looking = useMutation({ mutationFn: () => readSession(), onSuccess: resume });
  const look = looking.mutate;
  // Somebody may have signed in in another tab, or by a link.
  useEffect(() => {
    const looks = () => document.visibilityState === "visible" && look();
    document.addEventListener("visibilitychange", looks);
    window.addEventListener("focus", looks);
    return () => {
      document.removeEventListener("visibilitychange", looks);
      window.removeEventListener("focus", looks);
    };
  }, [look]);
  const problem = entering.error as ApiError | null;
  return (
    <Dialog title="Your session has ended" isOpen isAlert onClose={() => undefined}>
      <p className={styles.hint}>
        Sign in again to go on where you are. What you have typed is still here. Signing in in another tab
        does as well.
      </p>
      <TokenForm
        onToken={(token) => entering.mutate({ token })}
        isPending={entering.isPending}
        error={problem?.message}
      />
    </Dialog>
  );
}
