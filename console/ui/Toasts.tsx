import { X } from "lucide-react";
import {
  UNSTABLE_Toast as AriaToast,
  UNSTABLE_ToastRegion as AriaToastRegion,
  Text,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
} from "react-aria-components";
import { Button, IconButton } from "./Button";
import type { Told } from "./Toast";
import styles from "./Toast.module.css";

const queue = new ToastQueue<Told>({ maxVisibleToasts: 3 });
const SHOWN_MS = 5_000;
const SHOWN_WITH_ACTION_MS = 10_000;

export function show(told: Told): void {
  queue.add(told, { timeout: told.action ? SHOWN_WITH_ACTION_MS : SHOWN_MS });
}

/** See `toast`. */
export default function Toasts() {
  return (
    <AriaToastRegion queue={queue} className={styles.region ?? ""}>
      {({ toast: shown }) => (
        <AriaToast toast={shown} className={`${styles.toast} ${shown.content.tone ? styles.danger : ""}`}>
          <ToastContent className={styles.content ?? ""}>
            <Text slot="title">{shown.content.text}</Text>
          </ToastContent>
          {shown.content.action && (
            <Button
              size="small"
              onPress={() => {
                shown.content.action?.run();
                queue.close(shown.key);
              }}
            >
              {shown.content.action.label}
            </Button>
          )}
          <IconButton label="Close" size="small" slot="close">
            <X size={15} />
          </IconButton>
        </AriaToast>
      )}
    </AriaToastRegion>
  );
}
