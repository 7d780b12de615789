import type { QueryClient } from "@tanstack/react-query";
import { createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { analyticsSearch } from "@/features/analytics/search";
import { auditSearch } from "@/features/audit/search";
import { isStep, type StepId } from "@/features/builder/step-ids";
import { dashboardSearch } from "@/features/connectors/search";
import { flowSearch, flowsSearch } from "@/features/flows/search";
import { settingsSearch } from "@/features/settings/search";
import { NotFound } from "./Fallbacks";
import { PAGES } from "./pages";
import { inside, root, signIn } from "./roots";

const home = createRoute({
  getParentRoute: () => inside,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/tools/connectors", replace: true });
  },
});

const dashboard = createRoute({
  getParentRoute: () => inside,
  path: "/tools/connectors",
  validateSearch: dashboardSearch,
  component: lazyRouteComponent(PAGES["/tools/connectors"]),
});

/** Each page reads its own part of the address. */
const anySearch = (given: Record<string, unknown>): Record<string, unknown> => given;

const connector = createRoute({
  getParentRoute: () => inside,
  path: "/tools/connectors/$id",
  validateSearch: anySearch,
  component: lazyRouteComponent(PAGES["/tools/connectors/$id"]),
});

const executions = createRoute({
  getParentRoute: () => inside,
  path: "/tools/executions",
  validateSearch: anySearch,
  component: lazyRouteComponent(PAGES["/tools/executions"]),
});

const execution = createRoute({
  getParentRoute: () => inside,
  path: "/tools/executions/$id",
  component: lazyRouteComponent(PAGES["/tools/executions/$id"]),
});

const contacts = createRoute({
  getParentRoute: () => inside,
  path: "/tools/contacts",
  validateSearch: anySearch,
  component: lazyRouteComponent(PAGES["/tools/contacts"]),
});

const newContact = createRoute({
  getParentRoute: () => inside,
  path: "/tools/contacts/new",
  component: lazyRouteComponent(PAGES["/tools/contacts/new"]),
  staticData: { title: "New contact" },
});

const contact = createRoute({
  getParentRoute: () => inside,
  path: "/tools/contacts/$id",
  validateSearch: anySearch,
  component: lazyRouteComponent(PAGES["/tools/contacts/$id"]),
});

const contactImports = createRoute({
  getParentRoute: () => inside,
  path: "/tools/contacts/import",
  component: lazyRouteComponent(PAGES["/tools/contacts/import"]),
  staticData: { title: "Import contacts" },
});

const contactImport = createRoute({
  getParentRoute: () => inside,
  path: "/tools/contacts/import/$id",
  component: lazyRouteComponent(PAGES["/tools/contacts/import/$id"]),
  staticData: { title: "Import contacts" },
});

const stepSearch = (given: Record<string, unknown>): { step?: StepId } =>
  isStep(given.step) ? { step: given.step } : {};

/** `from`: as a copy of another one; `start`: from an example, or `curl`, with the field to paste one. */
interface CreateSearch {
  step?: StepId;
  from?: string;
  draft?: string;
  start?: string;
}

const create = createRoute({
  getParentRoute: () => inside,
  path: "/tools/connectors/new",
  validateSearch: (given: Record<string, unknown>): CreateSearch => ({
    ...stepSearch(given),
    ...(typeof given.draft === "string" ? { draft: given.draft } : {}),
    ...(typeof given.from === "string" ? { from: given.from } : {}),
    ...(typeof given.start === "string" ? { start: given.start } : {}),
  }),
  component: lazyRouteComponent(PAGES["/tools/connectors/new"]),
  staticData: { title: "Create connector" },
});

const edit = createRoute({
  getParentRoute: () => inside,
  path: "/tools/connectors/$id/edit",
  validateSearch: (given: Record<string, unknown>): { step?: StepId; execution?: string } => ({
    ...stepSearch(given),
    ...(typeof given.execution === "string" ? { execution: given.execution } : {}),
  }),
  component: lazyRouteComponent(PAGES["/tools/connectors/$id/edit"]),
  staticData: { title: "Edit connector" },
});

const analytics = createRoute({
  getParentRoute: () => inside,
  path: "/tools/analytics",
  validateSearch: analyticsSearch,
  component: lazyRouteComponent(PAGES["/tools/analytics"]),
});

const audit = createRoute({
  getParentRoute: () => inside,
  path: "/tools/audit",
  validateSearch: auditSearch,
  component: lazyRouteComponent(PAGES["/tools/audit"]),
});

const settings = createRoute({
  getParentRoute: () => inside,
  path: "/tools/settings",
  validateSearch: settingsSearch,
  component: lazyRouteComponent(PAGES["/tools/settings"]),
});

const flows = createRoute({
  getParentRoute: () => inside,
  path: "/tools/flows",
  validateSearch: flowsSearch,
  component: lazyRouteComponent(PAGES["/tools/flows"]),
});

const newFlow = createRoute({
  getParentRoute: () => inside,
  path: "/tools/flows/new",
  validateSearch: flowSearch,
  component: lazyRouteComponent(PAGES["/tools/flows/new"]),
  staticData: { title: "New flow" },
});

const flow = createRoute({
  getParentRoute: () => inside,
  path: "/tools/flows/$id",
  validateSearch: flowSearch,
  component: lazyRouteComponent(PAGES["/tools/flows/$id"]),
});

const intoFlow = createRoute({
  getParentRoute: () => inside,
  path: "/tools/flows/use/$connectorId",
  component: lazyRouteComponent(PAGES["/tools/flows/use/$connectorId"]),
  staticData: { title: "Use in a flow" },
});

const credentials = createRoute({
  getParentRoute: () => inside,
  path: "/tools/credentials",
  validateSearch: ({ q, state }: Record<string, unknown>): { q?: string; state?: string } => ({
    ...(typeof q === "string" && q ? { q } : {}),
    ...(typeof state === "string" ? { state } : {}),
  }),
  component: lazyRouteComponent(PAGES["/tools/credentials"]),
});

const newCredential = createRoute({
  getParentRoute: () => inside,
  path: "/tools/credentials/new",
  component: lazyRouteComponent(PAGES["/tools/credentials/new"]),
  staticData: { title: "New credential" },
});

const credential = createRoute({
  getParentRoute: () => inside,
  path: "/tools/credentials/$id",
  component: lazyRouteComponent(PAGES["/tools/credentials/$id"]),
});

/** In the shell too: whoever is lost sees where to go. */
const nothing = createRoute({
  getParentRoute: () => inside,
  path: "$",
  component: NotFound,
  staticData: { title: "No such page" },
});

const tree = root.addChildren([
  signIn,
  inside.addChildren([
    contacts,
    newContact,
    contact,
    contactImports,
    contactImport,
    home,
    dashboard,
    create,
    edit,
    connector,
    executions,
    execution,
    analytics,
    audit,
    settings,
    flows,
    newFlow,
    flow,
    intoFlow,
    credentials,
    newCredential,
    credential,
    nothing,
  ]),
]);

export function newRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { client },
    defaultPreload: "intent",
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}
