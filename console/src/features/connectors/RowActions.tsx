import { useNavigate } from "@tanstack/react-router";
import { IconButton } from "@ui/Button";
import { Part } from "@ui/Part";
import { Status } from "@ui/States";
import { Switch } from "@ui/Switch";
import { MoreHorizontal, Pencil, Play } from "lucide-react";
import { lazy, useRef, useState } from "react";
import type { ConnectorLine } from "@/api/schema";
import { useMay } from "@/features/session/queries";
import { useConnectorActions } from "./queries";
import styles from "./Row.module.css";
import type { Change } from "./taking-away";

// Loaded when somebody asks for them: the first visit does without.
const RowMenu = lazy(() => import("./RowMenu"));
const TakeAway = lazy(() => import("./TakeAway"));

export function RowActions({ line }: { line: ConnectorLine }) {
  const may = useMay();
  const navigate = useNavigate();
  const { remove, toggle } = useConnectorActions();
  const [taking, setTaking] = useState<Change | null>(null);
  const [isOpen, setOpen] = useState(false);
  const more = useRef<HTMLButtonElement>(null);
  const enabled = toggle.isPending || taking === "disable" ? !line.enabled : line.enabled;
  const word = <Status tone={enabled ? "success" : "neutral"}>{enabled ? "Active" : "Inactive"}</Status>;
  if (!may("connectors:edit")) return <div className={styles.actions}>{word}</div>;
  const edit = (search: { step?: "response" }) =>
    navigate({ to: "/tools/connectors/$id/edit", params: { id: line.id }, search });
  const act = (action: string) => {
    if (action === "duplicate") navigate({ to: "/tools/connectors/new", search: { from: line.id } });
    else if (action === "use")
      navigate({ to: "/tools/flows/use/$connectorId", params: { connectorId: line.id } });
    else setTaking("delete");
  };
  const taken = () => {
    setTaking(null);
    (taking === "delete" ? remove : toggle).mutate(line);
  };
  return (
    <div className={styles.actions}>
      <span className={styles.state}>
        <Switch
          label={`${line.name} is active`}
          value={enabled}
          onChange={(on) => (on ? toggle.mutate(line) : setTaking("disable"))}
        >
          {word}
        </Switch>
      </span>
      <IconButton label={`Test ${line.name}`} size="small" onPress={() => edit({ step: "response" })}>
        <Play size={15} />
      </IconButton>
      <IconButton label={`Edit ${line.name}`} size="small" onPress={() => edit({})}>
        <Pencil size={15} />
      </IconButton>
      <IconButton
        ref={more}
        label={`More for ${line.name}`}
        size="small"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onPress={() => setOpen(true)}
      >
        <MoreHorizontal size={16} />
      </IconButton>
      {isOpen && (
        <Part onFail={() => setOpen(false)}>
          <RowMenu line={line} trigger={more} onAction={act} onClose={() => setOpen(false)} />
        </Part>
      )}
      {taking && (
        <Part onFail={() => setTaking(null)}>
          <TakeAway line={line} change={taking} onClose={() => setTaking(null)} onConfirm={taken} />
        </Part>
      )}
    </div>
  );
}
