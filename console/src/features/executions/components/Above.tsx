import { Link } from "@tanstack/react-router";
import { Crumbs } from "@ui/Crumbs";

/** The way up from the page of an execution. */
export function Above({ connector }: { connector?: { id: string; name: string } | undefined }) {
  return (
    <Crumbs>
      <Link to="/tools/executions">Executions</Link>
      {connector && (
        <Link to="/tools/connectors/$id" params={{ id: connector.id }}>
          {connector.name}
        </Link>
      )}
    </Crumbs>
  );
}
