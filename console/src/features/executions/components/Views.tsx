import { useQuery } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { Dialog } from "@ui/Dialog";
import { MenuItem, MenuSeparator, MoreMenu } from "@ui/Menu";
import { TextField } from "@ui/TextField";
import { toast } from "@ui/Toast";
import { Bookmark, Check, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { sessionQuery } from "@/features/session/queries";
import { type ExecutionSearch, isFiltered } from "../search";
import { keepViews, MOST_NAME, readViews, type SavedView, shownView, withView } from "../views";
import styles from "./List.module.css";

const SAVE = "save";
const REMOVE = "remove";

interface ViewsProps {
  search: ExecutionSearch;
  onSearch: (search: ExecutionSearch) => void;
}

/** Filters that somebody has kept by a name, in this browser. */
export function Views({ search, onSearch }: ViewsProps) {
  const { data: who } = useQuery(sessionQuery);
  const owner = `${who?.workspace_id}/${who?.user_id}`;
  return who ? <ViewsOf key={owner} owner={owner} search={search} onSearch={onSearch} /> : null;
}

function ViewsOf({ owner, search, onSearch }: ViewsProps & { owner: string }) {
  const [views, setViews] = useState(() => readViews(owner));
  const [isNaming, setNaming] = useState(false);
  const current = shownView(views, search);
  const change = (next: readonly SavedView[], text: string) => {
    setViews(next);
    const isKept = keepViews(owner, next);
    toast(isKept ? { text } : { text: "This browser keeps nothing: it is there until the page is left" });
  };
  const act = (id: string) => {
    if (id === SAVE) setNaming(true);
    else if (id === REMOVE && current)
      change(
        views.filter((view) => view !== current),
        `${current.name} is removed`,
      );
    else {
      const view = views[Number(id)];
      if (view) onSearch(view.search);
    }
  };
  const mayBeSaved = !current && (isFiltered(search) || search.connector !== undefined);
  return (
    <>
      <MoreMenu label="Saved views" icon={<Bookmark size={16} />} onAction={act}>
        {views.map((view, place) => (
          <MenuItem key={view.name} id={String(place)} textValue={view.name}>
            {view === current && <Check size={15} aria-label="Shown:" />}
            {view.name}
          </MenuItem>
        ))}
        {views.length > 0 && <MenuSeparator />}
        <MenuItem id={SAVE} textValue="Save these filters" isDisabled={!mayBeSaved}>
          Save these filters…
        </MenuItem>
        {current && (
          <MenuItem id={REMOVE} textValue={`Remove ${current.name}`} tone="danger">
            <Trash2 size={15} aria-hidden="true" />
            Remove {current.name}
          </MenuItem>
        )}
      </MoreMenu>
      {isNaming && (
        <Naming
          taken={views.map(({ name }) => name)}
          onClose={() => setNaming(false)}
          onName={(name) => {
            setNaming(false);
            change(withView(views, { name, search }), `${name} is saved`);
          }}
        />
      )}
    </>
  );
}

interface NamingProps {
  taken: readonly string[];
  onName: (name: string) => void;
  onClose: () => void;
}

function Naming({ taken, onName, onClose }: NamingProps) {
  const [name, setName] = useState("");
  const wanted = name.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wanted !== "") onName(wanted);
  };
  return (
    <Dialog title="Save these filters" isOpen onClose={onClose}>
      <form className={styles.naming} onSubmit={submit}>
        <TextField
          label="Name"
          value={name}
          onChange={setName}
          autoFocus
          maxLength={MOST_NAME}
          placeholder="Failed today"
          hint={
            taken.includes(wanted) ? "There is one of this name; it is replaced." : "Kept in this browser."
          }
        />
        <div className={styles.namingActs}>
          <Button onPress={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" isDisabled={wanted === ""}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
