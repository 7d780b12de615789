import { ChevronDown } from "lucide-react";
import {
  ComboBox as AriaComboBox,
  Button,
  Collection,
  Header,
  Input,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  Popover,
} from "react-aria-components";
import own from "./ComboBox.module.css";
import { FieldFoot, FieldLabel, type FieldProps } from "./Field";
import styles from "./Field.module.css";
import { itemClass, listClass, popoverClass } from "./popover";

export interface Choice {
  id: string;
  label: string;
  hint?: string | undefined;
}

export interface ChoiceGroup {
  id: string;
  /** Left out: a group without a heading. */
  label?: string;
  choices: readonly Choice[];
}

export interface ComboBoxProps extends FieldProps {
  /** What matches the text; who gives them has filtered them. */
  groups: readonly ChoiceGroup[];
  /** The choice that holds; null: none of them does. */
  chosen: string | null;
  text: string;
  onText: (text: string) => void;
  onChoose: (id: string) => void;
  /** Said in place of choices; left out: nothing opens where there are none. */
  emptyText?: string;
  onBlur?: () => void;
  onFocus?: () => void;
  placeholder?: string;
  mono?: boolean;
}

/** A text with choices that match it. What becomes of a text that is none of them is its holder's affair. */
export function ComboBox(props: ComboBoxProps) {
  return (
    <AriaComboBox
      className={styles.field ?? ""}
      inputValue={props.text}
      onInputChange={props.onText}
      selectedKey={props.chosen}
      onSelectionChange={(key) => key !== null && props.onChoose(String(key))}
      items={props.groups.filter((group) => group.choices.length > 0)}
      allowsCustomValue
      allowsEmptyCollection={props.emptyText !== undefined}
      menuTrigger="focus"
      isInvalid={Boolean(props.error)}
      isRequired={props.isRequired ?? false}
      isDisabled={props.isDisabled ?? false}
      validationBehavior="aria"
      onBlur={() => props.onBlur?.()}
      onFocus={() => props.onFocus?.()}
    >
      <FieldLabel {...props} />
      <div className={own.box}>
        <Input
          className={`${styles.control} ${props.mono ? styles.mono : ""} ${own.input}`}
          placeholder={props.placeholder}
          spellCheck={false}
        />
        <Button className={own.open ?? ""}>
          <ChevronDown size={15} aria-hidden="true" />
        </Button>
      </div>
      <FieldFoot {...props} />
      <Popover className={popoverClass} offset={4}>
        <ListBox className={listClass} renderEmptyState={() => <p className={own.none}>{props.emptyText}</p>}>
          {(group: ChoiceGroup) => (
            <ListBoxSection id={`group:${group.id}`}>
              {group.label && <Header className={own.heading ?? ""}>{group.label}</Header>}
              <Collection items={group.choices}>
                {(choice) => (
                  <ListBoxItem id={choice.id} textValue={choice.label} className={itemClass}>
                    <span className={props.mono ? (own.monoLabel ?? "") : ""}>{choice.label}</span>
                    {choice.hint && <span data-hint>{choice.hint}</span>}
                  </ListBoxItem>
                )}
              </Collection>
            </ListBoxSection>
          )}
        </ListBox>
      </Popover>
    </AriaComboBox>
  );
}
