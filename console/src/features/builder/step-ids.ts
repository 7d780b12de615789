export const STEPS = [
  { id: "basic", title: "Basic info" },
  { id: "api", title: "API configuration" },
  { id: "auth", title: "Authentication" },
  { id: "response", title: "Response mapping" },
  { id: "advanced", title: "Advanced settings" },
] as const;
export type StepId = (typeof STEPS)[number]["id"];

export const indexOf = (step: StepId): number => STEPS.findIndex(({ id }) => id === step);
export const isStep = (text: unknown): text is StepId => STEPS.some(({ id }) => id === text);
