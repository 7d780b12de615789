import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { itemClass } from "@ui/popover";
import { CornerDownLeft, Plug, Search } from "lucide-react";
import { useEffect, useState } from "react";
import {
  Autocomplete,
  Dialog,
  Header,
  Input,
  Menu,
  MenuItem,
  MenuSection,
  Modal,
  ModalOverlay,
  SearchField,
} from "react-aria-components";
import { ask } from "@/api/client";
import type { ConnectorPage } from "@/api/schema";
import { categoryLabel } from "@/features/connectors/model";
import { sessionQuery } from "@/features/session/queries";
import styles from "./Palette.module.css";
import { type Place, pagesFor } from "./places";

const TYPING_MS = 150;
const MOST_CONNECTORS = 8;

/** Leads to a page or a connector by a part of its name. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const { data: session } = useQuery(sessionQuery);
  const scopes = session?.scopes ?? [];
  const connectors = useConnectors(text, scopes.includes("connectors:read"));
  const pages = pagesFor(text, scopes);
  const places = [...pages, ...connectors];
  const go = (id: string) => {
    const place = places.find((each) => each.id === id);
    if (!place) return;
    onClose();
    navigate({ to: place.to, search: place.search ?? {} });
  };
  return (
    <ModalOverlay
      className={styles.scrim ?? ""}
      isOpen
      isDismissable
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal className={styles.modal ?? ""}>
        <Dialog aria-label="Go to" className={styles.dialog ?? ""}>
          <Autocomplete inputValue={text} onInputChange={setText}>
            <SearchField aria-label="Go to a page or a connector" className={styles.field ?? ""} autoFocus>
              <Search size={16} aria-hidden="true" />
              <Input className={styles.input ?? ""} placeholder="A page or a connector…" />
            </SearchField>
            <Menu
              className={styles.list ?? ""}
              aria-label="Places"
              onAction={(key) => go(String(key))}
              renderEmptyState={() => <p className={styles.none}>Nothing is called like that.</p>}
            >
              {pages.length > 0 && <Places title="Pages" places={pages} />}
              {connectors.length > 0 && <Places title="Connectors" places={connectors} isConnector />}
            </Menu>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Places({ title, places, isConnector }: { title: string; places: Place[]; isConnector?: boolean }) {
  return (
    <MenuSection>
      <Header className={styles.head ?? ""}>{title}</Header>
      {places.map(({ id, label, hint }) => (
        <MenuItem key={id} id={id} textValue={label} className={`${itemClass} ${styles.item}`}>
          {isConnector ? (
            <Plug size={15} aria-hidden="true" />
          ) : (
            <CornerDownLeft size={15} aria-hidden="true" />
          )}
          <span className={styles.label}>{label}</span>
          <span className={styles.hint}>{hint}</span>
        </MenuItem>
      ))}
    </MenuSection>
  );
}

/** Found by the server when the typing pauses; those found before stay until then. */
function useConnectors(text: string, isReader: boolean): Place[] {
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const typing = setTimeout(() => setAsked(text), TYPING_MS);
    return () => clearTimeout(typing);
  }, [text]);
  const { data } = useQuery({
    queryKey: ["connectors", "palette", asked],
    queryFn: async ({ signal }) => {
      const query = { q: asked.trim(), limit: MOST_CONNECTORS };
      return (await ask<ConnectorPage>("/api/connectors", { query, signal })).body;
    },
    enabled: isReader,
    placeholderData: keepPreviousData,
  });
  return (data?.connectors ?? []).map(({ id, name, category }) => ({
    id,
    label: name,
    hint: categoryLabel(category),
    to: `/tools/connectors/${id}`,
  }));
}
