/** By the address of its route: each page comes when somebody goes there. */
export const PAGES = {
  "/sign-in": () => import("@/features/session/SignInPage"),
  "/tools/connectors": () => import("@/features/connectors/DashboardPage"),
  "/tools/connectors/new": () => import("./routes/BuilderRoute"),
  "/tools/connectors/$id": () => import("./routes/ConnectorRoute"),
  "/tools/connectors/$id/edit": () => import("./routes/BuilderRoute"),
  "/tools/executions": () => import("@/features/executions/ExecutionsPage"),
  "/tools/executions/$id": () => import("@/features/executions/ExecutionPage"),
  "/tools/contacts": () => import("@/features/contacts/ContactsPage"),
  "/tools/contacts/new": () => import("@/features/contacts/NewContactPage"),
  "/tools/contacts/$id": () => import("@/features/contacts/ContactPage"),
  "/tools/contacts/import": () => import("@/features/contact-imports/ImportsPage"),
  "/tools/contacts/import/$id": () => import("@/features/contact-imports/ImportPage"),
  "/tools/analytics": () => import("@/features/analytics/AnalyticsPage"),
  "/tools/audit": () => import("@/features/audit/AuditPage"),
  "/tools/settings": () => import("@/features/settings/SettingsPage"),
  "/tools/flows": () => import("@/features/flows/FlowsPage"),
  "/tools/flows/new": () => import("@/features/flows/FlowPage"),
  "/tools/flows/$id": () => import("@/features/flows/FlowPage"),
  "/tools/flows/use/$connectorId": () => import("@/features/flows/UsePage"),
  "/tools/credentials": () => import("@/features/credentials/CredentialsPage"),
  "/tools/credentials/new": () => import("@/features/credentials/NewCredentialPage"),
  "/tools/credentials/$id": () => import("@/features/credentials/CredentialPage"),
} as const;

/** Where one is led from there. */
const HOME = "/tools/connectors";

/** Its route, as the router will find it: what is written out goes before what stands for anything. */
export function routeOf(pathname: string): keyof typeof PAGES | undefined {
  const path = pathname.replace(/\/+$/, "") || HOME;
  if (Object.hasOwn(PAGES, path)) return path as keyof typeof PAGES;
  const parts = path.split("/");
  return (Object.keys(PAGES) as (keyof typeof PAGES)[]).find((route) => {
    const its = route.split("/");
    return (
      its.length === parts.length &&
      its.every((part, place) => (part.startsWith("$") ? parts[place] !== "" : part === parts[place]))
    );
  });
}
