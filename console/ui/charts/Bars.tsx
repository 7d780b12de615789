import { useState } from "react";
import { Axes, ChartFrame, FOOT, GUTTER, labelRoom, useWidth } from "./ChartFrame";
import styles from "./Charts.module.css";
import { shownLabels, ticks, within } from "./scale";
import type { ChartTone } from "./tone";

export interface Part {
  name: string;
  value: number;
  tone: ChartTone;
}

export interface Bar {
  id: string;
  label: string;
  /** From the bottom up; each bar has the same ones. */
  parts: readonly Part[];
}

export interface BarsProps {
  label: string;
  /** Read out in place of the picture. */
  summary: string;
  bars: readonly Bar[];
  /** What the labels are: the heading of the table's first column. */
  along: string;
  format?: (value: number) => string;
  height?: number;
}

const plain = new Intl.NumberFormat("en");
const LEAST = 1.5;

/** Stacked bars, one for each step along the axis. */
export function Bars(props: BarsProps) {
  const { label, summary, bars, along, format = (value) => plain.format(value), height = 140 } = props;
  const [element, width] = useWidth();
  const [here, setHere] = useState<number | null>(null);
  const names = bars[0]?.parts ?? [];
  const pointed = here === null ? undefined : bars[here];
  return (
    <ChartFrame
      label={label}
      readout={pointed ? told(pointed, format) : null}
      legend={names.length > 1 ? names : []}
      head={[along, ...names.map(({ name }) => name)]}
      rows={bars.map((bar) => [bar.label, ...bar.parts.map(({ value }) => format(value))])}
    >
      <div ref={element}>
        <svg
          className={styles.plot}
          height={height + FOOT + 8}
          viewBox={`0 -8 ${width} ${height + FOOT + 8}`}
          role="img"
          aria-label={summary}
          onPointerLeave={() => setHere(null)}
        >
          <Plot bars={bars} width={width} height={height} format={format} here={here} onPoint={setHere} />
        </svg>
      </div>
    </ChartFrame>
  );
}

interface PlotProps {
  bars: readonly Bar[];
  width: number;
  height: number;
  format: (value: number) => string;
  here: number | null;
  onPoint: (index: number) => void;
}

function Plot({ bars, width, height, format, here, onPoint }: PlotProps) {
  const steps = ticks(Math.max(0, ...bars.map(whole)), true);
  const highest = steps.at(-1) ?? 1;
  const room = width - GUTTER;
  const step = room / Math.max(1, bars.length);
  const labels = shownLabels(bars.length, labelRoom.width, room);
  const wide = Math.max(1, Math.min(32, step * 0.72));
  return (
    <>
      <Axes width={width} height={height} steps={steps} format={format} />
      {bars.map((bar, index) => {
        const left = GUTTER + index * step;
        return (
          <g key={bar.id} onPointerEnter={() => onPoint(index)}>
            <rect
              x={left}
              y={0}
              width={step}
              height={height}
              className={styles.column}
              data-here={index === here || undefined}
            />
            {stacked(bar, height / highest).map(({ part, top, tall }) => (
              <rect
                key={part.name}
                x={left + (step - wide) / 2}
                y={height - top}
                width={wide}
                height={tall}
                className={styles.part}
                data-tone={part.tone}
              />
            ))}
            {labels.has(index) && (
              <text {...within(left + step / 2, width)} y={height + 15} className={styles.tick}>
                {bar.label}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}

const whole = (bar: Bar) => bar.parts.reduce((sum, { value }) => sum + value, 0);

function stacked(bar: Bar, scale: number) {
  let top = 0;
  return bar.parts
    .filter(({ value }) => value > 0)
    .map((part) => {
      const tall = Math.max(LEAST, part.value * scale);
      top += tall;
      return { part, top, tall };
    });
}

function told(bar: Bar, format: (value: number) => string): string {
  const parts = bar.parts.filter(({ value }) => value > 0);
  const values = parts.map(({ name, value }) => `${format(value)} ${name.toLowerCase()}`).join(", ");
  return `${bar.label}: ${values || "none"}`;
}
