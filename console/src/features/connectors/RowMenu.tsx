import { MenuItem, MenuSeparator, OpenMenu } from "@ui/Menu";
import { CopyPlus, Trash2, Workflow } from "lucide-react";
import type { RefObject } from "react";
import type { ConnectorLine } from "@/api/schema";
import { useFlowEngine } from "@/features/flow-engine/queries";

interface RowMenuProps {
  line: ConnectorLine;
  trigger: RefObject<HTMLElement | null>;
  onAction: (action: string) => void;
  onClose: () => void;
}

export default function RowMenu({ line, ...menu }: RowMenuProps) {
  const hasFlows = useFlowEngine();
  return (
    <OpenMenu label={`More for ${line.name}`} {...menu}>
      <MenuItem id="duplicate" textValue="Duplicate">
        <CopyPlus size={15} aria-hidden="true" />
        Duplicate
      </MenuItem>
      {hasFlows && (
        <MenuItem id="use" textValue="Use in a flow">
          <Workflow size={15} aria-hidden="true" />
          Use in a flow
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem id="delete" textValue="Delete" tone="danger">
        <Trash2 size={15} aria-hidden="true" />
        Delete
      </MenuItem>
    </OpenMenu>
  );
}
