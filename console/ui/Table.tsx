import { type FocusEvent, type ReactNode, useEffect, useRef } from "react";
import styles from "./Table.module.css";

export interface Column<Row> {
  id: string;
  title: string;
  /** The heading is read out, and not shown. */
  titleHidden?: boolean;
  cell: (row: Row) => ReactNode;
  /** Of CSS; without it the column takes what its texts need. */
  width?: string;
  align?: "end";
  /** Left out where there is little room: what it says is also somewhere else. */
  hideNarrow?: boolean;
}

export interface TableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** A row that has come just now: it fades in once. */
  isNew?: (row: Row) => boolean;
  isBusy?: boolean;
}

/**
 * Rows of one kind. A link of the class `rowLink` in a cell is that of the whole row; what else can be pressed in a row
 * lies above it.
 */
export function Table<Row>({ label, columns, rows, rowKey, isNew, isBusy }: TableProps<Row>) {
  const kept = useFocusInRows();
  return (
    <table {...kept} className={styles.table} aria-label={label} aria-busy={isBusy || undefined}>
      <thead>
        <tr>
          {columns.map(({ id, title, titleHidden, width, align, hideNarrow }) => (
            <th
              key={id}
              scope="col"
              style={width ? { width } : {}}
              data-align={align}
              data-hide-narrow={hideNarrow || undefined}
            >
              {titleHidden ? <span className="visually-hidden">{title}</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} data-phase-row data-new={isNew?.(row) || undefined}>
            {columns.map(({ id, cell, align, hideNarrow }) => (
              <td key={id} data-align={align} data-hide-narrow={hideNarrow || undefined}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const PRESSED = "a[href], button:enabled, input:enabled";

/** Who has the focus in a row that goes, or on what goes from it, goes on in the row that stands there now. */
function useFocusInRows() {
  const table = useRef<HTMLTableElement>(null);
  const had = useRef<{ on: Element; at: number } | null>(null);
  useEffect(() => {
    const focused = document.activeElement;
    if (!had.current || had.current.on.isConnected || (focused && focused !== document.body)) return;
    const rows = [...(table.current?.tBodies[0]?.rows ?? [])];
    const row = rows[Math.min(had.current.at, rows.length - 1)];
    had.current = null;
    row?.querySelector<HTMLElement>(PRESSED)?.focus();
  });
  const onFocus = ({ target }: FocusEvent<HTMLTableElement>) => {
    const at = [...(table.current?.tBodies[0]?.rows ?? [])].findIndex((row) => row.contains(target));
    had.current = at < 0 ? null : { on: target, at };
  };
  return { ref: table, onFocus };
}

/** Of a link that stands for its row. */
export const rowLink = styles.rowLink ?? "";
/** Of what can be pressed beside it. */
export const aboveRow = styles.above ?? "";
