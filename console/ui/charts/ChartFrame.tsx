import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { ScrollArea } from "../CodeBlock";
import "./tones.css";
import styles from "./Charts.module.css";
import type { ChartTone } from "./tone";

/** Beside the plot, for the numbers of its steps; below it for the labels. */
export const GUTTER = 44;
export const FOOT = 20;
const LABEL_WIDTH = 56;
export const labelRoom = { width: LABEL_WIDTH };

export interface ChartFrameProps {
  label: string;
  /** What is under the pointer, in words. */
  readout: string | null;
  legend: readonly { name: string; tone: ChartTone }[];
  head: readonly string[];
  rows: readonly (readonly string[])[];
  children: ReactNode;
}

/** What every chart has: its name, what is pointed at, what the colours mean, and its numbers as a table. */
export function ChartFrame({ label, readout, legend, head, rows, children }: ChartFrameProps) {
  return (
    <figure className={styles.chart}>
      <figcaption className={styles.head}>
        <span className={styles.title}>{label}</span>
        <span className={styles.readout}>{readout}</span>
      </figcaption>
      {children}
      <div className={styles.foot}>
        <ul className={styles.legend}>
          {legend.map(({ name, tone }) => (
            <li key={name}>
              <span className={styles.swatch} data-tone={tone} />
              {name}
            </li>
          ))}
        </ul>
        <details className={styles.numbers}>
          <summary>As a table</summary>
          <ScrollArea label={`${label}, as a table`}>
            <table>
              <thead>
                <tr>
                  {head.map((each) => (
                    <th key={each} scope="col">
                      {each}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row[0]}>
                    {row.map((cell, index) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: cells are told apart by their column
                      <td key={index}>{cell}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollArea>
        </details>
      </div>
    </figure>
  );
}

const USUAL_WIDTH = 640;

/** How wide the element is, also while it changes. */
export function useWidth(): [RefObject<HTMLDivElement | null>, number] {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(USUAL_WIDTH);
  useEffect(() => {
    const measured = element.current;
    if (!measured) return;
    const observer = new ResizeObserver(() => setWidth(Math.max(160, measured.clientWidth)));
    observer.observe(measured);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}

export interface AxesProps {
  width: number;
  height: number;
  steps: readonly number[];
  format: (value: number) => string;
}

/** Steps and their lines; zero is the base. */
export function Axes({ width, height, steps, format }: AxesProps) {
  const highest = steps.at(-1) ?? 1;
  return steps.map((step) => {
    const y = height - (step / highest) * height;
    return (
      <g key={step}>
        <line x1={GUTTER} x2={width} y1={y} y2={y} className={step === 0 ? styles.base : styles.grid} />
        <text x={GUTTER - 8} y={y + 4} textAnchor="end" className={styles.tick}>
          {format(step)}
        </text>
      </g>
    );
  });
}
