// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { useFlowEngine } from "@/features/flow-engine/queries";
import { SESSION, served, shown } from "@/testing/shown";
import { aView } from "../builders";
import { Facts } from "./Facts";

const FLOW = "11111111-1111-4111-8111-111111111111";

const Session = () => <p>{useFlowEngine() === undefined ? "asked" : "the session is known"}</p>;

test.each([
  ["a flow of the engine that is here has its page", true, FLOW, `/tools/flows/${FLOW}`],
  ["a flow of another engine has none", true, "nightly", null],
  ["without an engine a flow has none", false, FLOW, null],
])("%s", async (_what, has_flows, flow_id, href) => {
  served({ "GET /api/session": () => ({ ...SESSION, has_flows }) });
  shown(
    <>
      <Facts view={aView({ flow_id, contact_id: "c-1" })} />
      <Session />
    </>,
  );
  await screen.findByText("the session is known");
  const contact = await screen.findByRole("link", { name: "Open the contact" });
  expect(contact).toHaveAttribute("href", "/tools/contacts/c-1");
  if (href) expect(screen.getByRole("link", { name: "Open the flow" })).toHaveAttribute("href", href);
  else expect(screen.queryByRole("link", { name: "Open the flow" })).toBeNull();
});

test("what belongs to nobody leads to nobody", async () => {
  served({ "GET /api/session": () => SESSION });
  shown(<Facts view={aView({ flow_id: null, contact_id: null })} />);
  expect(await screen.findByRole("heading", { name: "Belongs to" })).toBeInTheDocument();
  expect(screen.queryByRole("link", { name: /Open/ })).toBeNull();
});
