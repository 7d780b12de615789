import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { Header, Menu, MenuItem, MenuSection, MenuTrigger, Popover } from "react-aria-components";
import { Button } from "./Button";
import styles from "./CheckMenu.module.css";
import { useOpening } from "./opening";
import { itemClass, listClass, popoverClass } from "./popover";

export interface CheckGroup {
  title: string;
  options: readonly { id: string; label: string }[];
}

export interface CheckMenuProps {
  label: string;
  icon?: ReactNode;
  groups: readonly CheckGroup[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

/** A button that opens a list of which any may be chosen. */
export function CheckMenu({ label, icon, groups, chosen, onChange }: CheckMenuProps) {
  const all = groups.flatMap((group) => group.options.map(({ id }) => id));
  const opening = useOpening();
  return (
    <MenuTrigger {...opening}>
      <Button icon={icon}>{label}</Button>
      <Popover className={popoverClass} placement="bottom end" offset={4}>
        <Menu
          className={listClass}
          aria-label={label}
          selectionMode="multiple"
          selectedKeys={chosen}
          onSelectionChange={(keys) =>
            onChange(
              keys === "all"
                ? all
                : [...chosen, ...all].filter((id, place, ids) => keys.has(id) && ids.indexOf(id) === place),
            )
          }
        >
          {groups.map((group) => (
            <MenuSection key={group.title}>
              <Header className={styles.title ?? ""}>{group.title}</Header>
              {group.options.map((option) => (
                <MenuItem
                  key={option.id}
                  id={option.id}
                  textValue={option.label}
                  className={`${itemClass} ${styles.item}`}
                >
                  <Check size={14} aria-hidden="true" />
                  {option.label}
                </MenuItem>
              ))}
            </MenuSection>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
