import { useQuery } from "@tanstack/react-query";
import { NotAllowed } from "@ui/States";
import type { ReactNode } from "react";
import type { Scope } from "@/api/schema";
import { reasonAgainst } from "./may";
import { sessionQuery } from "./queries";

interface OnlyProps {
  scope: Scope;
  /** It is all of the page. */
  isPage?: boolean;
  children: ReactNode;
}

/** What only those see who have `scope`; others see why they do not. */
export function Only({ scope, isPage = false, children }: OnlyProps) {
  const { data } = useQuery(sessionQuery);
  const reason = reasonAgainst(scope, data?.scopes);
  if (reason) return <NotAllowed isPage={isPage}>{reason}</NotAllowed>;
  return data ? children : null;
}
