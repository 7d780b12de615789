import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { UNSAFE_PortalProvider } from "react-aria/PortalProvider";
import type { DataSource } from "./data-source";

export type Theme = "light" | "dark" | "system";

export interface ConnectorsProviderProps {
  source: DataSource;
  /** Of the parts and of what opens over the page. Left out: they stand in a page that has the look already. */
  theme?: Theme;
  children: ReactNode;
}

const Source = createContext<DataSource | null>(null);

/** What all parts stand in: it tells them where they get things from, and gives them their look. */
export function ConnectorsProvider({ source, theme, children }: ConnectorsProviderProps) {
  return (
    <Source.Provider value={source}>
      {theme ? <Rooted theme={theme}>{children}</Rooted> : children}
    </Source.Provider>
  );
}

/** What opens over the page is put at the end of the body, where nothing of the host cuts it off. */
function Rooted({ theme, children }: { theme: Theme; children: ReactNode }) {
  const [overlays] = useState(() => document.createElement("div"));
  useEffect(() => {
    overlays.className = "cx-root";
    document.body.append(overlays);
    return () => overlays.remove();
  }, [overlays]);
  useEffect(() => {
    overlays.dataset.theme = theme;
  }, [overlays, theme]);
  return (
    <UNSAFE_PortalProvider getContainer={() => overlays}>
      <div className="cx-root" data-theme={theme}>
        {children}
      </div>
    </UNSAFE_PortalProvider>
  );
}

export function useSource(): DataSource {
  const source = useContext(Source);
  if (!source) throw new Error("Put the part into a <ConnectorsProvider source={…}>.");
  return source;
}
