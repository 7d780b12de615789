import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { IconButton } from "@ui/Button";
import { toast } from "@ui/Toast";
import { LogOut, Monitor, Moon, Sun } from "lucide-react";
import { ApiError } from "@/api/client";
import { sessionQuery, signOut } from "@/features/session/queries";
import { personName } from "./people";
import styles from "./Shell.module.css";
import { chooseTheme, type Theme, useTheme } from "./theme";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const SHOWN: Record<Theme, { label: string; icon: typeof Sun }> = {
  system: { label: "Theme: as the system", icon: Monitor },
  light: { label: "Theme: light", icon: Sun },
  dark: { label: "Theme: dark", icon: Moon },
};

/** Who one is, how it looks, and the way out. */
export function Account() {
  const { data } = useQuery(sessionQuery);
  const theme = useTheme();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { label, icon: Icon } = SHOWN[theme];
  const leave = async () => {
    try {
      await signOut();
    } catch (error) {
      if (error instanceof ApiError) toast({ text: `${error.title}. ${error.detail}`, tone: "danger" });
      return;
    }
    client.clear();
    await navigate({ to: "/sign-in" });
  };
  return (
    <div className={styles.account}>
      <span className={styles.who} title={data?.user_id}>
        {data && personName(data.user_id)}
        {data?.role && <span className={styles.role}>{data.role}</span>}
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
