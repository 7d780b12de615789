import { isNumber, type Json } from "@json/exact";
import { type Place, sourcePath } from "@json/paths";
import {
  brief,
  childNodes,
  lineText,
  openAtFirst,
  rootNodes,
  shownLines,
  type TreeNode,
  typeName,
} from "@json/tree";
import { SearchField } from "@ui/SearchField";
import { ChevronRight, GripVertical } from "lucide-react";
import { useMemo, useState } from "react";
import {
  Button,
  Collection,
  type Key,
  ListLayout,
  Tree,
  TreeItem,
  TreeItemContent,
  useDragAndDrop,
  Virtualizer,
} from "react-aria-components";
import styles from "./ResponseTree.module.css";
import { useSearch } from "./use-search";

export interface ResponseTreeProps {
  label: string;
  value: Json;
  /** Of a click or Enter on a line: the path that reaches it, as JSONata writes it. */
  onPick?: (path: string, value: Json, place: Place) => void;
  /** A line can be dragged: what is dropped has the path, as a mapping writes it, of the type `PATH_TYPE`. */
  isDraggable?: boolean;
}

export const PATH_TYPE = "application/x-connectors-path";
const ROW = 26;
const MOST_HEIGHT = 320;
const BORDERS = 2;
/** Room for the sentence of an empty one. */
const FEWEST = 2;

/** A JSON document as lines that open: only those that are seen are drawn, numbers are exact. */
export function ResponseTree({ label, value, onPick, isDraggable }: ResponseTreeProps) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState<Set<Key>>(() => openAtFirst(value));
  const search = useSearch(value, text);
  const top = useMemo(() => rootNodes(value), [value]);
  const nodes = search?.found ?? top;
  // What is drawn already is not drawn again with each rendering, so it is known for as long as the nodes are the same.
  const found = useMemo(() => new Map<Key, TreeNode>(nodes.map((node) => [node.id, node])), [nodes]);
  const seen = Math.max(
    shownLines(nodes, (id) => open.has(id), MOST_HEIGHT / ROW),
    FEWEST,
  );
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].flatMap((key) => dragged(found.get(key))),
    getAllowedDropOperations: () => ["copy"],
    isDisabled: !isDraggable,
  });
  const draw = (node: TreeNode) => {
    found.set(node.id, node);
    const isOpen = open.has(node.id);
    return (
      <TreeItem
        key={node.id}
        id={node.id}
        textValue={`${node.name} ${lineText(node)}`}
        className={styles.item ?? ""}
        hasChildItems={node.size > 0}
      >
        <TreeItemContent>
          <span className={styles.line} data-open={isOpen || undefined}>
            {node.size > 0 ? (
              <Button slot="chevron" className={styles.chevron ?? ""}>
                <ChevronRight size={14} aria-hidden="true" />
              </Button>
            ) : (
              <span className={styles.chevron} />
            )}
            <span className={styles.name}>{text.trim() && !node.span ? node.id : node.name}</span>
            {!node.span && <Leaf value={node.value} />}
            {isDraggable && (
              <Button slot="drag" className={styles.grip ?? ""} aria-label={`Drag ${node.name}`}>
                <GripVertical size={13} aria-hidden="true" />
              </Button>
            )}
          </span>
        </TreeItemContent>
        {isOpen && <Collection items={childNodes(node)}>{draw}</Collection>}
      </TreeItem>
    );
  };
  return (
    <div className={styles.tree}>
      <SearchField
        label={`Search in ${label}`}
        placeholder="Search names and values…"
        value={text}
        onChange={setText}
      />
      <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: ROW }}>
        <Tree
          aria-label={label}
          items={nodes}
          dependencies={[open, text]}
          expandedKeys={open}
          onExpandedChange={setOpen}
          selectionMode="none"
          {...(isDraggable ? { dragAndDropHooks } : {})}
          className={styles.lines ?? ""}
          style={{ height: Math.min(MOST_HEIGHT, seen * ROW + BORDERS) }}
          onAction={(key) => {
            const picked = found.get(key);
            if (picked?.span) setOpen(toggled(open, key));
            else if (picked) onPick?.(picked.id, picked.value, picked.place);
          }}
          renderEmptyState={() => <p className={styles.none}>{emptyText(search)}</p>}
        >
          {draw}
        </Tree>
      </Virtualizer>
    </div>
  );
}

function emptyText(search: ReturnType<typeof useSearch>): string {
  if (!search) return "It is empty.";
  return search.isDone ? "Nothing matches." : "Looking…";
}

function toggled(open: ReadonlySet<Key>, key: Key): Set<Key> {
  const next = new Set(open);
  if (!next.delete(key)) next.add(key);
  return next;
}

function dragged(node: TreeNode | undefined) {
  const path = node && !node.span && sourcePath(node.place);
  return path ? [{ [PATH_TYPE]: path, "text/plain": path }] : [];
}

function Leaf({ value }: { value: Json }) {
  const isLeaf = value === null || typeof value !== "object" || isNumber(value);
  return (
    <span
      className={isLeaf ? styles[typeName(value)] : styles.size}
      title={isLeaf ? brief(value).slice(0, 500) : ""}
    >
      {brief(value).slice(0, 300)}
    </span>
  );
}
