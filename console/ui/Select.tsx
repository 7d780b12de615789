import { ChevronDown } from "lucide-react";
import {
  Select as AriaSelect,
  Button,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
} from "react-aria-components";
import { FieldFoot, FieldLabel, type FieldProps } from "./Field";
import styles from "./Field.module.css";
import { useOpening } from "./opening";
import { itemClass, listClass, popoverClass } from "./popover";

export interface Option {
  id: string;
  label: string;
  hint?: string;
}

export interface SelectProps extends FieldProps {
  options: readonly Option[];
  value: string | null;
  onChange: (id: string) => void;
  placeholder?: string;
  inputRef?: (element: HTMLElement | null) => void;
}

export function Select(props: SelectProps) {
  const opening = useOpening();
  return (
    <AriaSelect
      {...opening}
      className={styles.field ?? ""}
      value={props.value}
      onChange={(key) => key !== null && props.onChange(String(key))}
      placeholder={props.placeholder ?? "Select…"}
      isInvalid={Boolean(props.error)}
      isRequired={props.isRequired ?? false}
      isDisabled={props.isDisabled ?? false}
      validationBehavior="aria"
    >
      <FieldLabel {...props} />
      <Button ref={props.inputRef} className={styles.select ?? ""}>
        <SelectValue className={styles.value ?? ""} />
        <ChevronDown size={15} aria-hidden="true" />
      </Button>
      <FieldFoot {...props} />
      <Popover className={popoverClass} offset={4}>
        <ListBox className={listClass} items={props.options}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className={itemClass}>
              <span>{option.label}</span>
              {option.hint && <span data-hint>{option.hint}</span>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
