import { Disclosure } from "@ui/Disclosure";
import { type ReactNode, useEffect, useState } from "react";
import { get, useFormContext, useFormState } from "react-hook-form";
import type { Values } from "../values";

interface MoreProps {
  title: string;
  /** What it belongs to: read out, and not shown. */
  of?: string;
  /** What is not usual of it, shown while it is folded. */
  summary?: string;
  /** Fields of the form, or beginnings of their names, that stand in it. */
  names: readonly string[];
  children: ReactNode;
}

/** What few people need, folded away, and not drawn as long as it is; it opens where the server says something of it. */
export function More({ title, of, summary, names, children }: MoreProps) {
  const { control } = useFormContext<Values>();
  const { errors } = useFormState({ control });
  const [isOpen, setOpen] = useState(false);
  const isWrong = names.some((name) => get(errors, name) !== undefined);
  useEffect(() => {
    if (isWrong) setOpen(true);
  }, [isWrong]);
  return (
    <div data-holds={names.join(" ")}>
      <Disclosure
        title={
          <>
            {title}
            {of && <span className="visually-hidden"> of {of}</span>}
          </>
        }
        summary={isOpen ? "" : summary}
        isOpen={isOpen}
        onOpenChange={setOpen}
      >
        {isOpen && children}
      </Disclosure>
    </div>
  );
}
