import { Select } from "@ui/Select";
import { ArrowRight } from "lucide-react";
import type { FieldShape, ImportColumn } from "@/api/mapper";
import styles from "../Imports.module.css";
import { type Choices, LEFT_OUT, targetOptions } from "../model";

export interface ColumnsProps {
  columns: readonly ImportColumn[];
  fields: readonly FieldShape[];
  choices: Choices;
  problems: ReadonlyMap<number | null, string>;
  onChange: (targets: Choices["targets"]) => void;
}

/** Each column with its first cells, and where it goes. */
export function Columns({ columns, fields, choices, problems, onChange }: ColumnsProps) {
  return (
    <ul className={styles.columns}>
      {columns.map(({ column, name, samples }) => {
        const target = choices.targets[column] ?? LEFT_OUT;
        return (
          <li key={column} className={styles.column} data-left-out={target === LEFT_OUT || undefined}>
            <div className={styles.source}>
              <span className={styles.columnName}>{name || `Column ${column + 1}`}</span>
              <code className={styles.samples}>
                {samples.filter(Boolean).join(" · ") || "empty in the first rows"}
              </code>
            </div>
            <ArrowRight size={14} aria-hidden="true" className={styles.arrow} />
            <Select
              label={`Where ${name || `column ${column + 1}`} goes`}
              labelHidden
              options={targetOptions(fields, name)}
              value={target}
              onChange={(id) => onChange({ ...choices.targets, [column]: id })}
              error={problems.get(column)}
            />
          </li>
        );
      })}
    </ul>
  );
}
