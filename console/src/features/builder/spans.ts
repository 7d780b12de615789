/** A time as people say it: "2 hours". */
export interface Span {
  amount: number | null;
  unit: Unit;
}

export type Unit = "seconds" | "minutes" | "hours" | "days";

const SECONDS: Record<Unit, number> = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 };

export const UNITS: readonly { id: Unit; label: string }[] = [
  { id: "seconds", label: "seconds" },
  { id: "minutes", label: "minutes" },
  { id: "hours", label: "hours" },
  { id: "days", label: "days" },
];

/** Of a day or more in whole days, and so on: 7,200 is two hours, 5,400 are ninety minutes. */
export function spanOf(seconds: number | null): Span {
  if (seconds === null) return { amount: null, unit: "minutes" };
  const whole = (["days", "hours", "minutes"] as const).find(
    (unit) => seconds >= SECONDS[unit] && seconds % SECONDS[unit] === 0,
  );
  const unit = whole ?? "seconds";
  return { amount: seconds / SECONDS[unit], unit };
}

const DIGITS = 12;

/** Without what a double adds: 1.1 hours are 3,960. */
export const secondsOf = ({ amount, unit }: Span): number | null =>
  amount === null ? null : Number((amount * SECONDS[unit]).toPrecision(DIGITS));

/** "2 hours", "an hour"; `unit` in the singular for one. */
export function spanPhrase({ amount, unit }: Span): string {
  const one = unit.slice(0, -1);
  if (amount === 1) return unit === "hours" ? `an ${one}` : `a ${one}`;
  return `${amount ?? "…"} ${unit}`;
}
