import { Link, useNavigate } from "@tanstack/react-router";
import { IconButton } from "@ui/Button";
import { Confirm } from "@ui/Dialog";
import { MenuItem, MenuSeparator, MoreMenu } from "@ui/Menu";
import { Skeleton, Status } from "@ui/States";
import { Switch } from "@ui/Switch";
import { CopyPlus, MoreHorizontal, Pencil, Play, Trash2 } from "lucide-react";
import { useState } from "react";
import type { ConnectorLine } from "@/api/schema";
import { exactTime } from "@/app/time";
import { useMay } from "@/features/session/queries";
import { ConnectorIcon } from "./ConnectorIcon";
import styles from "./Dashboard.module.css";
import { categoryLabel, usage } from "./model";
import { useConnectorActions } from "./queries";

export function ConnectorRow({ line }: { line: ConnectorLine }) {
  const used = line.last_used_at ? exactTime(new Date(line.last_used_at)) : undefined;
  return (
    <li className={styles.row} data-off={!line.enabled || undefined}>
      <ConnectorIcon icon={line.icon} name={line.name} />
      <div className={styles.main}>
        <div className={styles.name}>
          <Link to="/tools/connectors/$id" params={{ id: line.id }} className={styles.link}>
            {line.name}
          </Link>
          <span className={styles.category}>{categoryLabel(line.category)}</span>
        </div>
        {line.description && <p className={styles.description}>{line.description}</p>}
        <p className={styles.usage} title={used}>
          {usage(line, new Date())}
        </p>
      </div>
      <RowActions line={line} />
    </li>
  );
}

function RowActions({ line }: { line: ConnectorLine }) {
  const may = useMay();
  const navigate = useNavigate();
  const { remove, toggle } = useConnectorActions();
  const [asks, setAsks] = useState(false);
  const enabled = toggle.isPending ? !line.enabled : line.enabled;
  const word = <Status tone={enabled ? "success" : "neutral"}>{enabled ? "Active" : "Inactive"}</Status>;
  if (!may("connectors:edit")) return <div className={styles.actions}>{word}</div>;
  const edit = (search: { step?: "response" }) =>
    navigate({ to: "/tools/connectors/$id/edit", params: { id: line.id }, search });
  const act = (action: string) => {
    if (action === "duplicate") navigate({ to: "/tools/connectors/new", search: { from: line.id } });
    else if (line.usage_count > 0) setAsks(true);
    else remove.mutate(line);
  };
  return (
    <div className={styles.actions}>
      <span className={styles.state}>
        <Switch label={`${line.name} is active`} value={enabled} onChange={() => toggle.mutate(line)}>
          {word}
        </Switch>
      </span>
      <IconButton label={`Test ${line.name}`} size="small" onPress={() => edit({ step: "response" })}>
        <Play size={15} />
      </IconButton>
      <IconButton label={`Edit ${line.name}`} size="small" onPress={() => edit({})}>
        <Pencil size={15} />
      </IconButton>
      <MoreMenu label={`More for ${line.name}`} icon={<MoreHorizontal size={16} />} onAction={act}>
        <MenuItem id="duplicate" textValue="Duplicate">
          <CopyPlus size={15} aria-hidden="true" />
          Duplicate
        </MenuItem>
        <MenuSeparator />
        <MenuItem id="delete" textValue="Delete" tone="danger">
          <Trash2 size={15} aria-hidden="true" />
          Delete
        </MenuItem>
      </MoreMenu>
      <Confirm
        title={`Delete ${line.name}?`}
        isOpen={asks}
        onClose={() => setAsks(false)}
        action="Delete"
        tone="danger"
        onConfirm={() => {
          setAsks(false);
          remove.mutate(line);
        }}
      >
        {line.usage_count === 1
          ? "A flow uses it. Its step fails"
          : `${line.usage_count} flows use it. Their steps fail`}{" "}
        from now on. For eight days it can be restored as it is.
      </Confirm>
    </div>
  );
}

export function RowSkeleton() {
  return (
    <li className={styles.row}>
      <Skeleton width={36} height={36} />
      <div className={styles.main}>
        <Skeleton width={220} height={20} />
        <Skeleton width={320} height={16} />
        <Skeleton width={180} height={14} />
      </div>
    </li>
  );
}
