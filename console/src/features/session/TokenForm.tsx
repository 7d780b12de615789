import { Button } from "@ui/Button";
import { TextField } from "@ui/TextField";
import { type FormEvent, useState } from "react";
import styles from "./SignInPage.module.css";

export interface TokenFormProps {
  onToken: (token: string) => void;
  isPending: boolean;
  /** What was said of the token that was sent. */
  error?: string | undefined;
}

export function TokenForm({ onToken, isPending, error }: TokenFormProps) {
  const [token, setToken] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim()) onToken(token.trim());
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextField
        label="Token"
        type="password"
        mono
        autoFocus
        autoComplete="current-password"
        value={token}
        onChange={setToken}
        error={token ? error : undefined}
      />
      <Button variant="primary" type="submit" isPending={isPending} isDisabled={!token.trim()}>
        Sign in
      </Button>
    </form>
  );
}
