import { DayField } from "@ui/DayField";
import { Select } from "@ui/Select";
import styles from "./Audit.module.css";
import { type Filters, SPANS } from "./search";

const ANY = "any";
const BETWEEN = "between";
const OPTIONS = [
  { id: ANY, label: "Any time" },
  ...SPANS.map((days) => ({ id: String(days), label: days === 1 ? "Last 24 hours" : `Last ${days} days` })),
  { id: BETWEEN, label: "Between days…" },
];

interface WhenProps {
  filters: Filters;
  onShow: (changed: Filters) => void;
}

export const isBetween = ({ since, until }: Filters): boolean => Boolean(since || until);

const today = () => new Date().toLocaleDateString("sv");

/** A span back from now, or the way to two days. */
export function When({ filters, onShow }: WhenProps) {
  const value = isBetween(filters) ? BETWEEN : String(filters.days ?? ANY);
  const choose = (id: string) => {
    if (id === BETWEEN) onShow({ days: 0, since: today(), until: today() });
    else onShow({ days: id === ANY ? 0 : Number(id), since: "", until: "" });
  };
  return <Select label="When" labelHidden options={OPTIONS} value={value} onChange={choose} />;
}

export function Between({ filters, onShow }: WhenProps) {
  return (
    <div className={styles.days}>
      <DayField label="From" value={filters.since ?? ""} onChange={(since) => onShow({ since })} />
      <DayField label="To" value={filters.until ?? ""} onChange={(until) => onShow({ until })} />
    </div>
  );
}
