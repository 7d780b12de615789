import { Skeleton } from "@ui/States";
import { lazy, Suspense } from "react";
import type { StepId } from "../step-ids";
import AdvancedStep from "../steps/AdvancedStep";
import ApiConfigStep from "../steps/ApiConfigStep";
import AuthenticationStep from "../steps/AuthenticationStep";
import BasicInfoStep from "../steps/BasicInfoStep";

const ResponseStep = lazy(() => import("../steps/ResponseStep"));

export function StepContent({ step }: { step: StepId }) {
  if (step === "basic") return <BasicInfoStep />;
  if (step === "api") return <ApiConfigStep />;
  if (step === "auth") return <AuthenticationStep />;
  if (step === "advanced") return <AdvancedStep />;
  return (
    <Suspense fallback={<Skeleton height={320} />}>
      <ResponseStep />
    </Suspense>
  );
}
