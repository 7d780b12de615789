import { MenuItem, MenuSeparator, OpenMenu } from "@ui/Menu";
import { CopyPlus, Trash2 } from "lucide-react";
import type { RefObject } from "react";
import type { ConnectorLine } from "@/api/schema";

interface RowMenuProps {
  line: ConnectorLine;
  trigger: RefObject<HTMLElement | null>;
  onAction: (action: string) => void;
  onClose: () => void;
}

export default function RowMenu({ line, ...menu }: RowMenuProps) {
  return (
    <OpenMenu label={`More for ${line.name}`} {...menu}>
      <MenuItem id="duplicate" textValue="Duplicate">
        <CopyPlus size={15} aria-hidden="true" />
        Duplicate
      </MenuItem>
      <MenuSeparator />
      <MenuItem id="delete" textValue="Delete" tone="danger">
        <Trash2 size={15} aria-hidden="true" />
        Delete
      </MenuItem>
    </OpenMenu>
  );
}
