import { Button } from "@ui/Button";
import { CopyButton } from "@ui/CopyButton";
import { Dialog } from "@ui/Dialog";
import type { NewApiKeyView } from "@/api/schema";
import forms from "../Form.module.css";
import styles from "../Settings.module.css";

/** The key's text: in this dialog and nowhere else, so that neither Escape nor a click beside it loses it. */
export function KeyOnce({ made, onClose }: { made: NewApiKeyView; onClose: () => void }) {
  return (
    <Dialog title={`${made.name} is made`} isOpen isAlert onClose={() => undefined} width="wide">
      <p className={styles.intro}>
        Copy it now: it is shown this once, and nobody can look it up later. It is sent as{" "}
        <code>Authorization: Bearer …</code>
      </p>
      <div className={forms.key}>
        <code>{made.key}</code>
        <CopyButton label="Copy the key" text={made.key} done="The key is copied" />
      </div>
      <div className={forms.buttons}>
        <Button variant="primary" autoFocus onPress={onClose}>
          I have it
        </Button>
      </div>
    </Dialog>
  );
}
