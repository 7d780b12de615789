import { Copy } from "lucide-react";
import { IconButton } from "./Button";
import { toast } from "./Toast";

export interface CopyButtonProps {
  label: string;
  text: string;
  /** Said when it is done: "The link is copied". */
  done: string;
}

export function CopyButton({ label, text, done }: CopyButtonProps) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast({ text: done });
    } catch {
      toast({ text: "The browser does not allow it: copy it by hand.", tone: "danger" });
    }
  };
  return (
    <IconButton label={label} size="small" onPress={copy}>
      <Copy size={14} />
    </IconButton>
  );
}
