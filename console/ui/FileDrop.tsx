import { FileUp } from "lucide-react";
import { DropZone, FileTrigger, Text } from "react-aria-components";
import { Button } from "./Button";
import styles from "./FileDrop.module.css";

export interface FileDropProps {
  label: string;
  hint?: string;
  /** Endings and media types that the browser offers. */
  accept: readonly string[];
  onFile: (file: File) => void;
  isDisabled?: boolean;
}

/** A file that is dropped here, or chosen by a button. */
export function FileDrop({ label, hint, accept, onFile, isDisabled = false }: FileDropProps) {
  return (
    <DropZone
      className={styles.zone ?? ""}
      isDisabled={isDisabled}
      onDrop={async ({ items }) => {
        const dropped = items.find((item) => item.kind === "file");
        if (dropped) onFile(await dropped.getFile());
      }}
    >
      <FileUp size={20} aria-hidden="true" />
      <Text slot="label" className={styles.label ?? ""}>
        {label}
      </Text>
      <FileTrigger
        acceptedFileTypes={accept}
        onSelect={(files) => {
          const [file] = files ?? [];
          if (file) onFile(file);
        }}
      >
        <Button isDisabled={isDisabled}>Choose a file</Button>
      </FileTrigger>
      {hint && <span className={styles.hint}>{hint}</span>}
    </DropZone>
  );
}
