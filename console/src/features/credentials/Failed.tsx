import { NotAllowed } from "@ui/States";
import { ApiError } from "@/api/client";
import { Refused } from "@/app/Refused";

interface FailedProps {
  error: Error;
  isPage?: boolean;
  onRetry: () => void;
}

/** Why a page has nothing to show. */
export function Failed({ error, isPage = false, onRetry }: FailedProps) {
  const known = error instanceof ApiError ? error : new ApiError(0, "It cannot be shown", String(error));
  if (known.status === 403) return <NotAllowed isPage={isPage}>{known.detail}</NotAllowed>;
  return <Refused isPage={isPage} error={known} onRetry={onRetry} />;
}
