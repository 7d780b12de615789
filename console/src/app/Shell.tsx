import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { IconButton } from "@ui/Button";
import { LogOut, Monitor, Moon, Plug, Sun } from "lucide-react";
import { Fragment } from "react";
import { sessionQuery, signOut } from "@/features/session/queries";
import { NAVIGATION } from "./navigation";
import styles from "./Shell.module.css";
import { chooseTheme, type Theme, useTheme } from "./theme";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const SHOWN: Record<Theme, { label: string; icon: typeof Sun }> = {
  system: { label: "Theme: as the system", icon: Monitor },
  light: { label: "Theme: light", icon: Sun },
  dark: { label: "Theme: dark", icon: Moon },
};

export function Shell() {
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#page">
        To the content
      </a>
      <aside className={styles.side}>
        <div className={styles.brand}>
          <span className={styles.mark} aria-hidden="true">
            <Plug size={15} />
          </span>
          Connectors
        </div>
        <nav aria-label="Main" className={styles.nav}>
          {NAVIGATION.map(({ title, entries }) => (
            <Fragment key={title}>
              <h2 className={styles.group}>{title}</h2>
              {entries.map(({ to, label, icon: Icon }) => (
                <Link key={to} to={to} className={styles.entry} activeProps={{ "data-current": true }}>
                  <Icon size={16} aria-hidden="true" />
                  {label}
                </Link>
              ))}
            </Fragment>
          ))}
        </nav>
        <Account />
      </aside>
      <main id="page" className={styles.page} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

function Account() {
  const { data } = useQuery(sessionQuery);
  const theme = useTheme();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { label, icon: Icon } = SHOWN[theme];
  const leave = async () => {
    await signOut();
    client.clear();
    await navigate({ to: "/sign-in" });
  };
  return (
    <div className={styles.account}>
      <span className={styles.who} title={data?.user_id}>
        {data?.user_id.split("@")[0] ?? ""}
      </span>
      <IconButton label={label} size="small" onPress={() => chooseTheme(NEXT[theme])}>
        <Icon size={16} aria-hidden="true" />
      </IconButton>
      <IconButton label="Sign out" size="small" onPress={leave}>
        <LogOut size={16} aria-hidden="true" />
      </IconButton>
    </div>
  );
}
