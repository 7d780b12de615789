import { Confirm } from "@ui/Dialog";
import type { ConnectorLine } from "@/api/schema";

interface ConfirmDeletionProps {
  line: ConnectorLine;
  onClose: () => void;
  onConfirm: () => void;
}

/** Of one that flows use: what becomes of them. */
export default function ConfirmDeletion({ line, onClose, onConfirm }: ConfirmDeletionProps) {
  return (
    <Confirm
      title={`Delete ${line.name}?`}
      isOpen
      onClose={onClose}
      action="Delete"
      tone="danger"
      onConfirm={onConfirm}
    >
      {line.usage_count === 1
        ? "A flow uses it. Its step fails"
        : `${line.usage_count} flows use it. Their steps fail`}{" "}
      from now on. For eight days it can be restored as it is.
    </Confirm>
  );
}
