import { useQuery } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { useFormContext } from "react-hook-form";
import type { FieldProblem } from "@/api/schema";
import { kindsQuery } from "@/features/auth/queries";
import { placeWords } from "../place-words";
import { toldOf } from "../steps";
import { useTrial } from "../test-panel/trial";
import type { Values } from "../values";
import styles from "./Refusals.module.css";

const MOST = 8;

/** What the server refuses, by the names of its fields; each leads to its own. */
export function Refusals({ errors }: { errors: readonly FieldProblem[] }) {
  const { getValues } = useFormContext<Values>();
  const { data: kinds } = useQuery(kindsQuery);
  const { lead } = useTrial();
  const values = getValues();
  const kind = kinds?.auth.find(({ type }) => type === values.authType);
  return (
    <ul className={styles.refusals}>
      {errors.slice(0, MOST).map((error) => {
        const told = toldOf(error, values);
        return (
          <li key={error.pointer + error.detail}>
            <Button size="small" onPress={() => lead(error)}>
              {placeWords(told, kind)}
            </Button>
            <span>{told.message}</span>
          </li>
        );
      })}
    </ul>
  );
}
