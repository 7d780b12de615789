import { ProblemNote } from "@ui/States";
import type { ApiError } from "@/api/client";

interface RefusedProps {
  /** An ApiError: what asks the server fails with no other. */
  error: Error;
  /** It is all that the page says. */
  isPage?: boolean;
  onRetry: () => void;
}

/** What the server has said in place of what was asked for. */
export function Refused({ error, isPage = false, onRetry }: RefusedProps) {
  const { title, detail, traceId } = error as ApiError;
  return <ProblemNote isPage={isPage} title={title} detail={detail} traceId={traceId} onRetry={onRetry} />;
}
