// @vitest-environment jsdom
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Bars } from "./Bars";
import { Lines } from "./Lines";
import { PhaseStrip } from "./PhaseStrip";
import { Sparkline } from "./Sparkline";

const BARS = [
  { id: "1", label: "Mar 1", parts: parts(10, 0) },
  { id: "2", label: "Mar 2", parts: parts(8, 2) },
];

function parts(good: number, bad: number) {
  return [
    { name: "Succeeded", value: good, tone: "success" as const },
    { name: "Failed", value: bad, tone: "danger" as const },
  ];
}

test("a chart is a picture with a text, and a table for those who want the numbers", async () => {
  render(<Bars label="Volume" summary="20 executions in 2 days" along="Day" bars={BARS} />);
  expect(screen.getByRole("img", { name: "20 executions in 2 days" })).toBeInTheDocument();
  await userEvent.setup().click(screen.getByText("As a table"));
  const rows = within(screen.getByRole("table")).getAllByRole("row");
  expect(rows.map((row) => row.textContent)).toEqual(["DaySucceededFailed", "Mar 1100", "Mar 282"]);
});

test("what is pointed at is told in words", async () => {
  const { container } = render(<Bars label="Volume" summary="…" along="Day" bars={BARS} />);
  await userEvent.setup().hover(container.querySelectorAll("svg g rect[data-tone='danger']")[0] as Element);
  expect(screen.getByText("Mar 2: 8 succeeded, 2 failed")).toBeInTheDocument();
});

test("a line is broken where nothing was measured, and has its goal", async () => {
  const { container } = render(
    <Lines
      label="Time"
      summary="120 ms on average"
      along="Day"
      points={["a", "b", "c"]}
      series={[{ name: "Average", tone: "ink", values: [1, null, 3] }]}
      goal={{ value: 3, label: "Goal 3 s" }}
      format={(value) => `${value} s`}
    />,
  );
  expect(container.querySelector("path")?.getAttribute("d")?.match(/M/g)).toHaveLength(2);
  expect(screen.getByText("Goal 3 s")).toBeInTheDocument();
  await userEvent.setup().click(screen.getByText("As a table"));
  expect(screen.getByRole("table")).toHaveTextContent("a1 sb–c3 s");
});

test("a strip says where the time went", () => {
  const phases = [
    { name: "queue", word: "In line", seconds: 90, tone: "waiting" as const, isFolded: true },
    { name: "call", word: "Call", seconds: 0.4, tone: "ink" as const },
    { name: "none", word: "Nothing", seconds: 0, tone: "ink" as const },
  ];
  render(<PhaseStrip phases={phases} format={(seconds) => `${seconds} s`} />);
  expect(screen.getByRole("img", { name: "In line 90 s, Call 0.4 s" })).toBeInTheDocument();
});

test("a sparkline of nothing is one too", () => {
  render(<Sparkline label="No executions in 24 hours" values={[]} />);
  expect(screen.getByRole("img", { name: "No executions in 24 hours" })).toBeInTheDocument();
});
