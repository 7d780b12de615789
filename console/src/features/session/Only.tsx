import { useQuery } from "@tanstack/react-query";
import { NotAllowed } from "@ui/States";
import type { ReactNode } from "react";
import type { Scope } from "@/api/schema";
import { reasonAgainst } from "./may";
import { sessionQuery } from "./queries";

/** What only those see who have `scope`; others see why they do not. */
export function Only({ scope, children }: { scope: Scope; children: ReactNode }) {
  const { data } = useQuery(sessionQuery);
  const reason = reasonAgainst(scope, data?.scopes);
  if (reason) return <NotAllowed>{reason}</NotAllowed>;
  return data ? children : null;
}
