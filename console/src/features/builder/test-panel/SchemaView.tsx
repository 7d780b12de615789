import { ScrollArea } from "@ui/CodeBlock";
import styles from "./Panel.module.css";
import { schemaLines } from "./schema";

export function SchemaView({ schema }: { schema: unknown }) {
  const lines = schemaLines(schema);
  if (lines.length === 0) return null;
  return (
    <div>
      <span className={styles.caption}>Inferred schema</span>
      <ScrollArea label="Inferred schema">
        <ul className={styles.schema}>
          {lines.map((line) => (
            <li key={line.path}>
              <code>{line.path}</code>
              <span className={styles.quiet}>
                {line.type}
                {line.optional && ", not always there"}
              </span>
            </li>
          ))}
        </ul>
      </ScrollArea>
    </div>
  );
}
