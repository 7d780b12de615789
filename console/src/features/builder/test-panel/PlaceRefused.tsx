import { Link } from "@tanstack/react-router";
import { Button } from "@ui/Button";
import { ProblemNote } from "@ui/States";
import { useState } from "react";
import { useFormContext } from "react-hook-form";
import type { RefusedPlace, TrialError } from "@/api/schema";
import { useMay } from "@/features/session/queries";
import { NewGrant } from "@/features/settings/network/NewGrant";
import type { Values } from "../values";
import { useTrial } from "./trial";

type Refusal = TrialError & { place: RefusedPlace };

/** As it is written in a URL. */
const written = ({ host, port }: RefusedPlace) => `${bracketed(host)}:${port}`;
const bracketed = (host: string) => (host.includes(":") ? `[${host}]` : host);

/** The guard did not let the call through: who may let it, and the way there. Nothing was sent. */
export function PlaceRefused({ refusal }: { refusal: Refusal }) {
  const may = useMay()("workspace:admin");
  const { place, message } = refusal;
  switch (place.permitter) {
    case "administrator":
      return may ? <Allow refusal={refusal} /> : <Ask refusal={refusal} where="Network access" />;
    case "allowed_origins":
      return may ? (
        <ProblemNote title="Nothing was sent" detail={message}>
          <p>
            It calls only what is listed under{" "}
            <Link to="/tools/settings" search={{ section: "workspace" }}>
              Settings, Workspace
            </Link>
            .
          </p>
        </ProblemNote>
      ) : (
        <Ask refusal={refusal} where="Workspace" />
      );
    case "operator":
      return (
        <ProblemNote title="Nothing was sent" detail={message}>
          <p>
            Connectors call public addresses only here. Give the API a public address, or ask whoever operates
            this installation.
          </p>
        </ProblemNote>
      );
    case "nobody":
      return (
        <ProblemNote title="Nothing was sent" detail={message}>
          <p>Nobody can allow this address. Give the API another one.</p>
        </ProblemNote>
      );
  }
}

function Ask({ refusal: { place, message }, where }: { refusal: Refusal; where: string }) {
  return (
    <ProblemNote title="Nothing was sent" detail={message}>
      <p>
        Ask an administrator of your workspace to allow <code>{written(place)}</code> under Settings, {where}.
      </p>
    </ProblemNote>
  );
}

function Allow({ refusal: { place, message } }: { refusal: Refusal }) {
  const [isOpen, setOpen] = useState(false);
  const { getValues } = useFormContext<Values>();
  const { run, connectorId } = useTrial();
  const name = getValues("name").trim();
  return (
    <ProblemNote title={`${written(place)} is not allowed yet`} detail={message} tone="warning">
      <p>
        Nothing was sent. What lies inside a network is called only where an administrator has allowed it.
      </p>
      <Button onPress={() => setOpen(true)}>Allow {written(place)}</Button>
      {isOpen && (
        <NewGrant
          given={{
            host: bracketed(place.host),
            port: place.port,
            reason: name && `${name} calls it`,
            connector: connectorId,
          }}
          action="Allow it and test again"
          onAllowed={run}
          onClose={() => setOpen(false)}
        />
      )}
    </ProblemNote>
  );
}
