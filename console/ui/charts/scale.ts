const ROUND = [1, 2, 2.5, 5, 10];

/** Round steps from zero up, the last one at or above the highest value; [0, 1] of nothing. `isWhole`: of what is counted. */
export function ticks(highest: number, isWhole = false, most = 4): number[] {
  if (!(highest > 0)) return [0, 1];
  const rough = highest / most;
  const power = Math.max(10 ** Math.floor(Math.log10(rough)), isWhole ? 1 : 0);
  const steps = ROUND.map((each) => each * power).filter((each) => !isWhole || Number.isInteger(each));
  const step = steps.find((each) => each >= rough * 0.9999) ?? 10 * power;
  const count = Math.ceil(highest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_none, index) => Number((index * step).toPrecision(12)));
}

/** Which of `count` labels are shown when each takes `width` of `room`: the last one always, at even distances. */
export function shownLabels(count: number, width: number, room: number): Set<number> {
  const every = Math.max(1, Math.ceil((count * width) / Math.max(1, room)));
  const shown = new Set<number>();
  for (let index = count - 1; index >= 0; index -= every) shown.add(index);
  return shown;
}

/** A line through the points that are there: it is broken where one is missing. */
export function path(points: readonly (readonly [number, number] | null)[]): string {
  let drawn = "";
  let isOpen = false;
  for (const point of points) {
    if (point) drawn += `${isOpen ? "L" : "M"}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
    isOpen = point !== null;
  }
  return drawn;
}

const HALF_LABEL = 24;

/** Where a label of an axis stands: around its place, or ending with the picture where that is near. */
export function within(x: number, width: number): { x: number; textAnchor: "middle" | "end" } {
  return x + HALF_LABEL > width ? { x: width, textAnchor: "end" } : { x, textAnchor: "middle" };
}
