import { useNavigate } from "@tanstack/react-router";
import { DayField } from "@ui/DayField";
import { Segments } from "@ui/Segments";
import { Select } from "@ui/Select";
import { useState } from "react";
import { categoryOptions } from "@/features/connectors/model";
import styles from "./Analytics.module.css";
import {
  type AnalyticsSearch,
  type Days,
  daysOf,
  isDay,
  isMeasurable,
  MOST_DAYS,
  SPANS,
  type Span,
} from "./search";

const ANY = "any";
const OWN = "own";
const RANGES = [
  ...SPANS.map((days) => ({ id: String(days), label: `${days} days` })),
  { id: OWN, label: "Other days" },
];

export function Filters({ search }: { search: AnalyticsSearch }) {
  const navigate = useNavigate({ from: "/tools/analytics" });
  const [choosesDays, setChoosesDays] = useState(search.since !== undefined);
  const show = (changed: AnalyticsSearch) => navigate({ search: changed, replace: true });
  const { category } = search;
  const named = category ? { category } : {};
  const range = choosesDays ? OWN : String(search.days ?? 30);
  const choose = (id: string) => {
    setChoosesDays(id === OWN);
    if (id === OWN) show({ ...daysOf(search, new Date()), ...named });
    else show({ days: Number(id) as Span, ...named });
  };
  return (
    <div className={styles.filters}>
      <Segments label="Days" options={RANGES} value={range} onChange={choose} />
      <div className={styles.category}>
        <Select
          label="Category"
          labelHidden
          options={[{ id: ANY, label: "Any category" }, ...categoryOptions([category ?? ""])]}
          value={category ?? ANY}
          onChange={(id) => {
            const { category: _was, ...rest } = search;
            show(id === ANY ? rest : { ...rest, category: id });
          }}
        />
      </div>
      {choosesDays && (
        <OwnDays days={daysOf(search, new Date())} onChoose={(days) => show({ ...days, ...named })} />
      )}
    </div>
  );
}

/** What is typed is kept until it makes a range. */
function OwnDays({ days, onChoose }: { days: Days; onChoose: (days: Days) => void }) {
  const [typed, setTyped] = useState(days);
  const isWrong = isDay(typed.since) && isDay(typed.until) && !isMeasurable(typed.since, typed.until);
  const change = (changed: Partial<Days>) => {
    const next = { ...typed, ...changed };
    setTyped(next);
    if (isDay(next.since) && isDay(next.until) && isMeasurable(next.since, next.until)) onChoose(next);
  };
  const error = isWrong ? `At most ${MOST_DAYS} days, the first before the last` : undefined;
  return (
    <div className={styles.days}>
      <DayField label="From" value={typed.since} onChange={(since) => change({ since })} error={error} />
      <DayField label="To" value={typed.until} onChange={(until) => change({ until })} />
    </div>
  );
}
