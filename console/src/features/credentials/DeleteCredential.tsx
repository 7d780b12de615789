import { Button } from "@ui/Button";
import { Confirm, Dialog } from "@ui/Dialog";
import { ProblemNote } from "@ui/States";
import { toast } from "@ui/Toast";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import type { CredentialView } from "@/api/schema";
import styles from "./Credentials.module.css";
import { usedPhrase } from "./impact";
import { type Users, useRemoval } from "./queries";
import { UserList } from "./Users";

interface DeleteCredentialProps {
  credential: CredentialView;
  etag: string | null;
  users: Users | undefined;
  onDone: () => void;
}

/** What hangs on it is told before; where connectors use it, nothing can be deleted. */
export function DeleteCredential({ credential, etag, users, onDone }: DeleteCredentialProps) {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  const { mutate, error, isPending } = useRemoval(credential.id, etag, () => {
    toast({ text: `${credential.name} is deleted` });
    onDone();
  });
  const isUsed = users !== undefined && users.impact.connectors > 0;
  return (
    <>
      <div className={styles.remove}>
        <Button
          icon={<Trash2 size={15} aria-hidden="true" />}
          isPending={isPending}
          isDisabled={users === undefined}
          onPress={() => setOpen(true)}
        >
          Delete
        </Button>
        {error && <ProblemNote title={error.title} detail={error.detail} traceId={error.traceId} />}
      </div>
      {isUsed ? (
        <Dialog title="It cannot be deleted yet" isOpen={isOpen} onClose={close}>
          <p>
            {usedPhrase(users.impact)} Their calls would fail, so give these another credential first
            {users.impact.deleted > 0 && "; those that are deleted give it free eight days after that"}.
          </p>
          <UserList users={users.connectors} />
          <div className={styles.actions}>
            <span className={styles.space} />
            <Button autoFocus onPress={close}>
              Close
            </Button>
          </div>
        </Dialog>
      ) : (
        <Confirm
          title={`Delete ${credential.name}?`}
          isOpen={isOpen}
          onClose={close}
          action="Delete"
          tone="danger"
          onConfirm={() => {
            close();
            mutate();
          }}
        >
          No connector uses it. Its secret is removed for good, and cannot be restored.
        </Confirm>
      )}
    </>
  );
}
