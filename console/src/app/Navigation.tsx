import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plug } from "lucide-react";
import { Fragment } from "react";
import { sessionQuery } from "@/features/session/queries";
import { entriesFor } from "./navigation";
import styles from "./Shell.module.css";

export function Brand() {
  return (
    <div className={styles.brand}>
      <span className={styles.mark} aria-hidden="true">
        <Plug size={15} />
      </span>
      Connectors
    </div>
  );
}

export function Navigation() {
  const { data } = useQuery(sessionQuery);
  return (
    <nav aria-label="Main" className={styles.nav}>
      {entriesFor(data?.scopes).map(({ title, entries }) => (
        <Fragment key={title}>
          <h2 className={styles.group}>{title}</h2>
          <ul className={styles.entries}>
            {entries.map(({ to, label, icon: Icon }) => (
              <li key={to}>
                <Link to={to} className={styles.entry} activeProps={{ "data-current": true }}>
                  <Icon size={16} aria-hidden="true" />
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </Fragment>
      ))}
    </nav>
  );
}
