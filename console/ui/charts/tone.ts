import type { Tone } from "../States";

/** What a part of a chart is drawn in: a status' colour, the accent, or ink for what is only counted. */
export type ChartTone = Tone | "accent" | "ink";
