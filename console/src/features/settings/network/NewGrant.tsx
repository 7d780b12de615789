import { useQuery } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { Dialog } from "@ui/Dialog";
import { NumberField } from "@ui/NumberField";
import { Select } from "@ui/Select";
import { ProblemNote } from "@ui/States";
import { TextField } from "@ui/TextField";
import { toast } from "@ui/Toast";
import { type FormEvent, useState } from "react";
import type { GrantView } from "@/api/schema";
import forms from "../Form.module.css";
import { toldOf } from "../problems";
import { connectorNamesQuery, grantsQuery, useChange } from "../queries";

const ALL = "all";
const ACCEPTED = 202;
const FIELDS = ["host", "port", "reason", "connector_id"];

interface NewGrantProps {
  /** What it begins with. `connector`: the only one that it is for. */
  given?: { host: string; port: number; reason: string; connector: string | null };
  action?: string;
  onAllowed?: () => void;
  onClose: () => void;
}

export function NewGrant({ given, action = "Allow it", onAllowed, onClose }: NewGrantProps) {
  const [host, setHost] = useState(given?.host ?? "");
  const [port, setPort] = useState<number | null>(given?.port ?? 443);
  const [reason, setReason] = useState(given?.reason ?? "");
  const [connector, setConnector] = useState(given?.connector ?? ALL);
  const { data: connectors = [] } = useQuery(connectorNamesQuery);
  const making = useChange<GrantView>(grantsQuery.queryKey, ({ status }) => {
    toast({ text: status === ACCEPTED ? `${host} is allowed in a moment` : `${host} is allowed` });
    onClose();
    onAllowed?.();
  });
  const { fields, whole } = toldOf(making.error, FIELDS);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = { host, port, reason, connector_id: connector === ALL ? null : connector };
    making.mutate({ path: "/api/network-grants", method: "POST", body });
  };
  return (
    <Dialog title="Allow a host" isOpen onClose={onClose}>
      <form className={forms.form} onSubmit={submit}>
        {whole && <ProblemNote {...whole} />}
        <div className={forms.hostAndPort}>
          <TextField
            label="Host"
            hint="A name, or an address"
            mono
            autoFocus={!given}
            maxLength={260}
            value={host}
            onChange={setHost}
            error={fields.host}
          />
          <NumberField
            label="Port"
            isPlain
            minValue={1}
            maxValue={65535}
            value={port}
            onChange={setPort}
            error={fields.port}
          />
        </div>
        <Select
          label="For"
          options={[
            { id: ALL, label: "All connectors" },
            ...connectors.map(({ id, name }) => ({ id, label: name })),
          ]}
          value={connector}
          onChange={setConnector}
          error={fields.connector_id}
        />
        <TextField
          label="Reason"
          hint="Whoever looks at it later has to know why"
          rows={2}
          maxLength={500}
          autoFocus={Boolean(given)}
          value={reason}
          onChange={setReason}
          error={fields.reason}
        />
        <div className={forms.buttons}>
          <Button onPress={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" isPending={making.isPending}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
