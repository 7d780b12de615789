// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { served, shown } from "@/testing/shown";
import BuilderPage from "./BuilderPage";
import { keep } from "./keeping";
import { NEW } from "./values";
import type { WizardProps } from "./wizard";

vi.mock("@tanstack/react-router", async (original) => ({
  ...(await original<object>()),
  useParams: () => ({ id: "c1" }),
  useSearch: () => ({}),
}));
vi.mock("./Wizard", () => ({
  Wizard: ({ clean, opening }: WizardProps) => (
    <p>{`${(opening.values ?? clean).name}; ${opening.away ?? "with drafts"}`}</p>
  ),
}));

const CONNECTOR = {
  id: "c1",
  name: "Stored",
  description: null,
  icon: null,
  category: "custom",
  config: { url: "https://api.example.com", method: "GET", auth: { type: "none" } },
  input_schema: {},
  output_schema: null,
  field_mapping_templates: [],
};
const SERVER = {
  "GET /api/connectors/c1": () => CONNECTOR,
  "GET /api/connector-kinds": () => ({ auth: [], methods: [], bodies: [] }),
};
const AWAY = () => Response.json({ title: "The database does not answer" }, { status: 503 });

afterEach(() => sessionStorage.clear());

test("drafts that cannot be read stop nobody from working on a connector", async () => {
  const asked = served({ ...SERVER, "GET /api/connector-drafts": AWAY });
  shown(<BuilderPage />);
  expect(await screen.findByText("Stored; The database does not answer.")).toBeInTheDocument();
  expect(asked.filter(({ path }) => path.startsWith("/api/connector-drafts"))).toHaveLength(1);
});

test("what the tab has kept is gone on with then", async () => {
  keep(
    { id: "c1", slot: "" },
    { values: { ...NEW, name: "Of the tab" }, etag: '"1"', draft: null, earlier: null },
    new Set(),
  );
  served({ ...SERVER, "GET /api/connector-drafts": AWAY });
  shown(<BuilderPage />);
  expect(await screen.findByText("Of the tab; The database does not answer.")).toBeInTheDocument();
});
