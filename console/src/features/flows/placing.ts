import { useQuery } from "@tanstack/react-query";
import { toast } from "@ui/Toast";
import { useEffect } from "react";
import { actionOf } from "./actions";
import type { Steps } from "./editing";
import { connectorQuery } from "./queries";
import { type Draft, lastSlot } from "./steps";

/** A connector that the address brings along is added: at once where there is one place, else where somebody says. */
export function usePlacing(
  connectorId: string | undefined,
  draft: Draft,
  steps: Steps,
  done: () => void,
): void {
  const found = useQuery({
    ...connectorQuery(connectorId ?? ""),
    enabled: connectorId !== undefined,
    retry: false,
  });
  const view = connectorId === undefined ? undefined : found.data?.body;
  const isMissing = connectorId !== undefined && found.isError;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each connector that is brought along
  useEffect(() => {
    if (isMissing) {
      toast({ text: "The connector is not there any more.", tone: "danger" });
      done();
    }
    if (!view) return;
    const action = actionOf(view);
    if (draft.steps.length === 0) steps.add(action, lastSlot(draft.steps));
    else steps.begin({ kind: "placing", action });
    done();
  }, [view?.id, isMissing]);
}
