import { NotAllowed, ProblemNote } from "@ui/States";
import { ApiError } from "@/api/client";

/** Why a page has nothing to show. */
export function Failed({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const { status, title, detail, traceId } =
    error instanceof ApiError ? error : new ApiError(0, "It cannot be shown", String(error));
  if (status === 403) return <NotAllowed>{detail}</NotAllowed>;
  return <ProblemNote title={title} detail={detail} traceId={traceId} onRetry={onRetry} />;
}
