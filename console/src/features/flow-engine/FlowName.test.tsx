// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { SESSION, served, shown } from "@/testing/shown";
import { FlowName } from "./FlowName";

const KNOWN = "11111111-1111-4111-8111-111111111111";
const GONE = "22222222-2222-4222-8222-222222222222";

test("a flow is called by its name, one that is gone by its id, and each is asked for once", async () => {
  const seen = served({
    "GET /api/session": () => ({ ...SESSION, has_flows: true }),
    [`GET /api/flows/${KNOWN}`]: () => ({ id: KNOWN, name: "Enrich and offer" }),
  });
  const names = (count: number) =>
    Array.from({ length: count }, (_none, row) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: rows of a test
      <p key={row}>
        <FlowName id={KNOWN} /> <FlowName id={GONE} />
      </p>
    ));
  shown(<div>{names(3)}</div>);
  await waitFor(() => expect(screen.getAllByText("Enrich and offer")).toHaveLength(3));
  expect(screen.getAllByText(GONE)).toHaveLength(3);
  expect(seen.filter(({ path }) => path.startsWith("/api/flows/"))).toHaveLength(2);
});
