// @vitest-environment jsdom
import { useQuery } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { kindsQuery } from "@/features/auth/queries";
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

function Kinds() {
  const { isRefetchError, refetch } = useQuery(kindsQuery);
  return (
    <button type="button" onClick={() => refetch()}>
      {isRefetchError ? "Read again in vain" : "Read again"}
    </button>
  );
}

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

test("what fails when it is read again takes no form away", async () => {
  served({ ...SERVER, "GET /api/connector-drafts": () => ({ drafts: [] }) });
  shown(
    <>
      <Kinds />
      <BuilderPage />
    </>,
  );
  expect(await screen.findByText("Stored; with drafts")).toBeInTheDocument();
  served({ "GET /api/connector-kinds": () => Response.json({ title: "Sign in" }, { status: 401 }) });
  await userEvent.click(screen.getByRole("button", { name: "Read again" }));
  expect(await screen.findByText("Read again in vain")).toBeInTheDocument();
  expect(screen.getByText("Stored; with drafts")).toBeInTheDocument();
});
