import "./tones.css";
import styles from "./Charts.module.css";

export interface SparklineProps {
  /** Read out in place of the picture, and shown on hover: "42 executions in 24 hours, 3 failed". */
  label: string;
  values: readonly number[];
  /** How much of each value failed: drawn in the colour of failures, from the bottom. */
  failed?: readonly number[];
  width?: number;
  height?: number;
}

const LEAST = 1.5;

/** Small bars without axes, one for each value; what is zero leaves a trace of the line. */
export function Sparkline({ label, values, failed = [], width = 96, height = 24 }: SparklineProps) {
  const highest = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  const tall = (value: number) => (value > 0 ? Math.max(LEAST, (value / highest) * height) : 0);
  return (
    <svg className={styles.spark} width={width} height={height} role="img" aria-label={label}>
      <title>{label}</title>
      {values.map((value, index) => {
        const whole = tall(value);
        const wrong = Math.min(whole, tall(failed[index] ?? 0));
        const place = { x: index * step, width: Math.max(1, step - 1) };
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: values are told apart by their place
          <g key={index}>
            <rect {...place} y={height - 1} height={1} data-tone="neutral" className={styles.part} />
            <rect
              {...place}
              y={height - whole}
              height={whole - wrong}
              data-tone="ink"
              className={styles.part}
              opacity={0.72}
            />
            <rect {...place} y={height - wrong} height={wrong} data-tone="danger" className={styles.part} />
          </g>
        );
      })}
    </svg>
  );
}
