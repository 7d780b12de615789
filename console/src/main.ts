import { askEarly } from "./api/early";
import { PAGES, routeOf } from "./app/pages";

// Small, so that it runs at once: the page, who is signed in, and all that every page needs come beside each other.
const route = routeOf(location.pathname);
if (route && route !== "/sign-in") askEarly("/api/session");
// Who goes there is told by the router where it fails.
if (route) PAGES[route]().catch(() => undefined);
import("./console");
