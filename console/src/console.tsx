import "@fontsource-variable/geist/wght.css";
import "@fontsource-variable/geist-mono/wght.css";
import "@ui/tokens.css";
import "@ui/base.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { ToastRegion } from "@ui/Toast";
import { StrictMode } from "react";
import { I18nProvider } from "react-aria-components";
import { createRoot } from "react-dom/client";
import { newQueryClient } from "./app/query-client";
import { newRouter } from "./app/router";
import { applyTheme, readTheme } from "./app/theme";
import { followTitles } from "./app/title";

applyTheme(readTheme());
const client = newQueryClient();
const router = newRouter(client);
followTitles(router);
const place = document.getElementById("console");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <I18nProvider locale="en-US">
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
          <ToastRegion />
        </QueryClientProvider>
      </I18nProvider>
    </StrictMode>,
  );
}
