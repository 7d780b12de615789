import { useState } from "react";
import { Axes, ChartFrame, FOOT, GUTTER, labelRoom, useWidth } from "./ChartFrame";
import styles from "./Charts.module.css";
import { path, shownLabels, ticks, within } from "./scale";
import type { ChartTone } from "./tone";

export interface Series {
  name: string;
  tone: ChartTone;
  /** One for each point; null: nothing was measured there. */
  values: readonly (number | null)[];
}

export interface LinesProps {
  label: string;
  /** Read out in place of the picture. */
  summary: string;
  /** The steps along the axis. */
  points: readonly string[];
  along: string;
  series: readonly Series[];
  goal?: { value: number; label: string };
  format: (value: number) => string;
  /** The axis ends here, whatever is measured: 1 for shares. */
  highest?: number;
  height?: number;
}

export function Lines(props: LinesProps) {
  const { label, summary, points, along, series, format, height = 140 } = props;
  const [element, width] = useWidth();
  const [here, setHere] = useState<number | null>(null);
  const shown = (value: number | null | undefined) =>
    value === null || value === undefined ? "–" : format(value);
  const readout =
    here === null || points[here] === undefined
      ? null
      : `${points[here]}: ${series.map(({ name, values }) => `${name.toLowerCase()} ${shown(values[here])}`).join(", ")}`;
  return (
    <ChartFrame
      label={label}
      readout={readout}
      legend={series.length > 1 ? series : []}
      head={[along, ...series.map(({ name }) => name)]}
      rows={points.map((point, index) => [point, ...series.map(({ values }) => shown(values[index]))])}
    >
      <div ref={element}>
        <svg
          className={styles.plot}
          height={height + FOOT + 8}
          viewBox={`0 -8 ${width} ${height + FOOT + 8}`}
          role="img"
          aria-label={summary}
          onPointerLeave={() => setHere(null)}
          onPointerMove={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            const at = (event.clientX - box.left - GUTTER) / Math.max(1, box.width - GUTTER);
            const index = Math.floor(at * points.length);
            setHere(index >= 0 && index < points.length ? index : null);
          }}
        >
          <Plot {...props} width={width} height={height} here={here} />
        </svg>
      </div>
    </ChartFrame>
  );
}

function Plot(props: LinesProps & { width: number; height: number; here: number | null }) {
  const { points, series, goal, format, width, height, here } = props;
  const most = Math.max(
    0,
    goal?.value ?? 0,
    ...series.flatMap(({ values }) => values.map((value) => value ?? 0)),
  );
  const steps = ticks(props.highest ?? most);
  const highest = steps.at(-1) ?? 1;
  const room = width - GUTTER;
  const step = room / Math.max(1, points.length);
  const labels = shownLabels(points.length, labelRoom.width, room);
  const x = (index: number) => GUTTER + (index + 0.5) * step;
  const y = (value: number) => height - (value / highest) * height;
  return (
    <>
      {here !== null && (
        <rect
          x={GUTTER + here * step}
          y={0}
          width={step}
          height={height}
          className={styles.column}
          data-here
        />
      )}
      <Axes width={width} height={height} steps={steps} format={format} />
      {goal && <Goal y={y(goal.value)} width={width} label={goal.label} />}
      {series.map(({ name, tone, values }) => (
        <g key={name} data-tone={tone}>
          <path
            d={path(values.map((value, index) => (value === null ? null : [x(index), y(value)])))}
            className={styles.line}
          />
          {values.map((value, index) =>
            value === null ? null : (
              <circle
                key={points[index]}
                cx={x(index)}
                cy={y(value)}
                r={index === here ? 4 : 2.25}
                className={styles.dot}
              />
            ),
          )}
        </g>
      ))}
      {points.map(
        (point, index) =>
          labels.has(index) && (
            <text key={point} {...within(x(index), width)} y={height + 15} className={styles.tick}>
              {point}
            </text>
          ),
      )}
    </>
  );
}

function Goal({ y, width, label }: { y: number; width: number; label: string }) {
  return (
    <>
      <line x1={GUTTER} x2={width} y1={y} y2={y} className={styles.goal} />
      <text x={width - 4} y={y - 5} textAnchor="end" className={styles.goalLabel}>
        {label}
      </text>
    </>
  );
}
