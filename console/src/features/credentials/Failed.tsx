import { NotAllowed, ProblemNote } from "@ui/States";
import { ApiError } from "@/api/client";

interface FailedProps {
  error: Error;
  isPage?: boolean;
  onRetry: () => void;
}

/** Why a page has nothing to show. */
export function Failed({ error, isPage = false, onRetry }: FailedProps) {
  const { status, title, detail, traceId } =
    error instanceof ApiError ? error : new ApiError(0, "It cannot be shown", String(error));
  if (status === 403) return <NotAllowed isPage={isPage}>{detail}</NotAllowed>;
  return <ProblemNote isPage={isPage} title={title} detail={detail} traceId={traceId} onRetry={onRetry} />;
}
