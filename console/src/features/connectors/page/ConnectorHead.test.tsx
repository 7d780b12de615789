// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { ConnectorView } from "@/api/schema";
import { SESSION, served, shown } from "@/testing/shown";
import { ConnectorHead } from "./ConnectorHead";

const CONNECTOR = { id: "c1", name: "Lookup", category: "custom", enabled: true } as ConnectorView;

test.each([true, false])(
  "a connector is used in a flow where there is an engine for it: %s",
  async (has_flows) => {
    served({ "GET /api/session": () => ({ ...SESSION, has_flows }) });
    shown(<ConnectorHead connector={CONNECTOR} />);
    await screen.findByRole("link", { name: "Edit" });
    const use = screen.queryByRole("link", { name: "Use in a flow" });
    expect(use?.getAttribute("href") ?? null).toBe(has_flows ? "/tools/flows/use/c1" : null);
  },
);
