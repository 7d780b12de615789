import type { FieldProps } from "@ui/Field";
import fieldStyles from "@ui/Field.module.css";
import { popoverClass } from "@ui/popover";
import { Braces } from "lucide-react";
import { useId, useRef, useState } from "react";
import { Button, Label, Popover, Token, TokenField, TokenInput } from "react-aria-components";
import type { Variable } from "../data-source";
import { Offers } from "./Offers";
import { Pill } from "./Pill";
import { useTemplate } from "./state";
import { asked, offered, resolved } from "./template";
import styles from "./VariableField.module.css";

export interface VariableFieldProps extends FieldProps {
  /** As it is sent: `Hello {{contact.first_name}}`. It comes back exactly so, also where a name in it is unknown. */
  value: string;
  onChange: (value: string) => void;
  variables: readonly Variable[];
  placeholder?: string | undefined;
  allowsNewlines?: boolean;
}

/** A text with variables in it, as pills. `{{` offers them; so does the button, which comes after the text. */
export function VariableField(props: VariableFieldProps) {
  const { value, onChange, variables, label, labelHidden, isRequired, error } = props;
  const [template, setTemplate] = useTemplate(value, onChange);
  const [isAway, setAway] = useState(true);
  const [chosen, setChosen] = useState(0);
  const [isShut, setShut] = useState<string | null>(null);
  const field = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLDivElement>(null);
  const id = useId();
  const typed = isAway ? null : asked(template.beforeCaret);
  const options = typed === null || isShut === template.beforeCaret ? [] : offered(variables, typed);
  const at = Math.min(chosen, options.length - 1);
  const take = (variable: Variable) => {
    setTemplate(template.completed(variable.path));
    setChosen(0);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const option = options[at];
    if (!option) return;
    if (event.key === "ArrowDown") setChosen((at + 1) % options.length);
    else if (event.key === "ArrowUp") setChosen((at + options.length - 1) % options.length);
    else if (event.key === "Enter" || event.key === "Tab") take(option);
    else if (event.key === "Escape") setShut(template.beforeCaret);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const insert = () => {
    input.current?.focus();
    setTemplate(template.asking());
    setShut(null);
  };
  const told = resolved(value, variables);
  return (
    <div className={fieldStyles.field}>
      <TokenField
        className={styles.field ?? ""}
        value={template}
        onChange={(changed) => setTemplate(changed)}
        onFocus={() => setAway(false)}
        onBlur={() => setAway(true)}
        onKeyDown={onKeyDown}
        allowsNewlines={props.allowsNewlines ?? false}
        isDisabled={props.isDisabled ?? false}
        autoFocus={props.autoFocus ?? false}
        role="combobox"
      >
        <Label className={labelHidden ? "visually-hidden" : fieldStyles.label}>
          {label}
          {isRequired && !labelHidden && (
            <span className={fieldStyles.required} aria-hidden="true">
              *
            </span>
          )}
        </Label>
        <div ref={field} className={styles.box} data-invalid={Boolean(error) || undefined}>
          {template.isEmpty && props.placeholder && (
            <span className={styles.placeholder} aria-hidden="true">
              {props.placeholder}
            </span>
          )}
          <TokenInput
            ref={input}
            className={styles.input ?? ""}
            render={(given) => (
              <div
                {...given}
                role="combobox"
                tabIndex={given.tabIndex ?? 0}
                aria-expanded={options.length > 0}
                aria-controls={options.length > 0 ? `${id}-offers` : undefined}
                aria-activedescendant={options.length > 0 ? `${id}-${at}` : undefined}
                aria-autocomplete="list"
                aria-required={isRequired || undefined}
                aria-invalid={Boolean(error) || undefined}
                aria-describedby={`${id}-told`}
              />
            )}
          >
            {(segment) => (
              <Token>
                <Pill text={segment.text} variables={variables} />
              </Token>
            )}
          </TokenInput>
          <Button
            className={styles.insert ?? ""}
            aria-label={`Insert a variable into ${label}`}
            onPress={insert}
          >
            <Braces size={14} aria-hidden="true" />
          </Button>
        </div>
      </TokenField>
      <Popover
        className={popoverClass}
        triggerRef={field}
        isOpen={options.length > 0}
        onOpenChange={(open) => !open && setShut(template.beforeCaret)}
        isNonModal
        placement="bottom start"
        offset={4}
      >
        <Offers id={id} options={options} at={at} onTake={take} onPoint={setChosen} />
      </Popover>
      <div id={`${id}-told`} className={styles.foot}>
        {error ? (
          <span className={fieldStyles.error} role="alert">
            {error}
          </span>
        ) : (
          <>
            {told !== null && (
              <span className={styles.resolved}>
                <span className={styles.becomes}>is now</span> {told || "empty"}
              </span>
            )}
            {told === null && props.hint && <span className={fieldStyles.hint}>{props.hint}</span>}
          </>
        )}
      </div>
    </div>
  );
}
