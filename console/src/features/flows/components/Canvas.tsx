import "@xyflow/react/dist/base.css";
import { IconButton } from "@ui/Button";
import {
  type BuiltInEdge,
  Handle,
  type Node,
  type NodeProps,
  type NodeTypes,
  Panel,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from "@xyflow/react";
import { Maximize, Minus, Plus, User } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { layout, type Part, SLOT_SIZE, START_HEIGHT, STEP_HEIGHT, STEP_WIDTH, type Way } from "../layout";
import { branchWord } from "../words";
import styles from "./Canvas.module.css";
import { useEditing } from "./context";
import { SlotButton } from "./SlotButton";
import { StepCard } from "./StepCard";

type Drawn = Node<{ part: Part }>;
const NEAR = 70;
const FIT = { maxZoom: 1, minZoom: 0.4, padding: 0.12 };
const TYPES: NodeTypes = { start: StartNode, step: StepNode, slot: SlotNode };
const sizes: Record<Part["kind"], { width: number; height: number }> = {
  start: { width: STEP_WIDTH, height: START_HEIGHT },
  step: { width: STEP_WIDTH, height: STEP_HEIGHT },
  slot: { width: STEP_WIDTH, height: SLOT_SIZE },
};

/** The flow as it goes: what the list shows, beside and below each other. */
export default function Canvas() {
  return (
    <ReactFlowProvider>
      <Drawing />
    </ReactFlowProvider>
  );
}

function Drawing() {
  const { draft, mayEdit, moveTo } = useEditing();
  const flow = useReactFlow<Drawn>();
  const place = useRef<HTMLDivElement>(null);
  const drawn = useMemo(() => layout(draft.steps), [draft.steps]);
  const [dragged, setDragged] = useState<{ id: string; x: number; y: number } | null>(null);
  const nodes = useMemo(() => drawn.parts.map((part) => nodeOf(part, mayEdit)), [drawn, mayEdit]);
  const edges = useMemo(() => drawn.ways.map(edgeOf), [drawn]);
  // Another number of parts is another picture; what is only moved stays where one looks.
  const count = drawn.parts.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a number of parts is what it follows
  useEffect(() => {
    flow.fitView(FIT);
  }, [count, flow]);
  // Beside the runs there is less room: all of it is to be seen there too.
  useEffect(() => {
    const frame = place.current;
    if (!frame || typeof ResizeObserver === "undefined") return;
    let width = frame.clientWidth;
    const watching = new ResizeObserver(() => {
      if (frame.clientWidth === width) return;
      width = frame.clientWidth;
      flow.fitView(FIT);
    });
    watching.observe(frame);
    return () => watching.disconnect();
  }, [flow]);
  const drop = (id: string, x: number, y: number) => {
    setDragged(null);
    const near = nearest(drawn.parts, x, y);
    if (near) moveTo(id, near.slot);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      className={styles.canvas}
      role="group"
      aria-label="Canvas"
      ref={place}
      onFocus={({ target }) => {
        // What has the focus is brought into view by moving the picture: the frame itself must not scroll.
        place.current?.scrollTo(0, 0);
        reveal(flow, place.current, target);
      }}
    >
      <ReactFlow
        nodes={dragged ? nodes.map((node) => (node.id === dragged.id ? at(node, dragged) : node)) : nodes}
        edges={edges}
        nodeTypes={TYPES}
        fitView
        fitViewOptions={FIT}
        minZoom={0.3}
        maxZoom={1.5}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        panOnScroll
        zoomOnDoubleClick={false}
        deleteKeyCode={null}
        disableKeyboardA11y
        onNodeDrag={(_event, { id, position }) => setDragged({ id, ...position })}
        onNodeDragStop={(_event, { id, position }) =>
          drop(id, position.x + STEP_WIDTH / 2, position.y + STEP_HEIGHT / 2)
        }
      >
        <Panel position="bottom-left" className={styles.tools ?? ""}>
          <IconButton label="Zoom in" size="small" onPress={() => flow.zoomIn()}>
            <Plus size={15} />
          </IconButton>
          <IconButton label="Zoom out" size="small" onPress={() => flow.zoomOut()}>
            <Minus size={15} />
          </IconButton>
          <IconButton label="Show all of it" size="small" onPress={() => flow.fitView(FIT)}>
            <Maximize size={15} />
          </IconButton>
        </Panel>
      </ReactFlow>
    </div>
  );
}

function nodeOf(part: Part, mayEdit: boolean): Drawn {
  const { width, height } = sizes[part.kind];
  return {
    id: part.id,
    type: part.kind,
    position: { x: part.x - width / 2, y: part.y },
    data: { part },
    width,
    height,
    // What cannot be dragged is pressed all the same.
    style: { pointerEvents: "all" },
    draggable: mayEdit && part.kind === "step",
    selectable: false,
    connectable: false,
  };
}

const edgeOf = ({ id, from, to, branch }: Way): BuiltInEdge => ({
  id,
  source: from,
  target: to,
  type: "smoothstep",
  pathOptions: { offset: 10, borderRadius: 8 },
  focusable: false,
  selectable: false,
  ...(branch ? { label: branchWord(branch), className: styles.branch ?? "" } : {}),
});

const at = (node: Drawn, { x, y }: { x: number; y: number }): Drawn => ({
  ...node,
  position: { x, y },
  zIndex: 10,
});

function nearest(parts: readonly Part[], x: number, y: number) {
  let best: { slot: (Part & { kind: "slot" })["slot"]; away: number } | null = null;
  for (const part of parts) {
    if (part.kind !== "slot") continue;
    const away = Math.hypot(part.x - x, part.y + SLOT_SIZE / 2 - y);
    if (away < NEAR && (!best || away < best.away)) best = { slot: part.slot, away };
  }
  return best;
}

function reveal(flow: ReturnType<typeof useReactFlow<Drawn>>, frame: HTMLElement | null, target: Element) {
  const node = target.closest<HTMLElement>(".react-flow__node");
  if (!frame || !node) return;
  const [outer, inner] = [frame.getBoundingClientRect(), node.getBoundingClientRect()];
  const isSeen =
    inner.top >= outer.top &&
    inner.bottom <= outer.bottom &&
    inner.left >= outer.left &&
    inner.right <= outer.right;
  const found = isSeen ? undefined : flow.getNode(node.dataset.id ?? "");
  if (!found) return;
  const { x, y } = found.position;
  flow.setCenter(x + (found.width ?? 0) / 2, y + (found.height ?? 0) / 2, { zoom: flow.getZoom() });
}

function StartNode() {
  return (
    <div className={styles.start}>
      <User size={14} aria-hidden="true" />A run starts, for a contact
      <Out />
    </div>
  );
}

function StepNode({ data: { part } }: NodeProps<Drawn>) {
  return (
    <>
      <In />
      {part.kind === "step" && <StepCard step={part.step} />}
      <Out />
    </>
  );
}

function SlotNode({ data: { part } }: NodeProps<Drawn>) {
  return (
    <div className={styles.slot}>
      <In />
      {part.kind === "slot" && <SlotButton slot={part.slot} isLarge={part.isOnly} />}
      <Out />
    </div>
  );
}

const In = () => <Handle type="target" position={Position.Top} isConnectable={false} />;
const Out = () => <Handle type="source" position={Position.Bottom} isConnectable={false} />;
