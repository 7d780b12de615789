import { Button } from "@ui/Button";
import { useOpening } from "@ui/opening";
import { popoverClass } from "@ui/popover";
import { TextField } from "@ui/TextField";
import { useState } from "react";
import { Dialog, DialogTrigger, ListBox, ListBoxItem, Popover } from "react-aria-components";
import { Controller, useFormContext, useWatch } from "react-hook-form";
import { ConnectorIcon } from "@/features/connectors/ConnectorIcon";
import type { Values } from "../values";
import styles from "./IconPicker.module.css";

const ICONS: readonly [string, string][] = [
  ["🔌", "plug"],
  ["📞", "phone"],
  ["📧", "e-mail"],
  ["💬", "chat message"],
  ["📣", "megaphone marketing"],
  ["👤", "person"],
  ["👥", "people crm"],
  ["🏢", "company office"],
  ["🔎", "search enrichment"],
  ["✅", "check validation"],
  ["🛡️", "shield security"],
  ["💳", "card payment"],
  ["🧾", "receipt invoice"],
  ["💰", "money"],
  ["📈", "chart growth"],
  ["📊", "bars analytics"],
  ["📍", "pin place"],
  ["🌍", "world"],
  ["📅", "calendar"],
  ["⏰", "clock"],
  ["📦", "parcel shipping"],
  ["🛒", "cart shop"],
  ["🏠", "house real estate"],
  ["📄", "document"],
  ["📁", "folder files"],
  ["🔔", "bell notification"],
  ["⭐", "star rating"],
  ["❤️", "heart"],
  ["🤖", "robot ai"],
  ["⚡", "lightning"],
  ["🔑", "key"],
  ["🧩", "puzzle"],
];

export function IconPicker() {
  const { control } = useFormContext<Values>();
  const name = useWatch({ control, name: "name" });
  const opening = useOpening();
  return (
    <Controller
      control={control}
      name="icon"
      render={({ field, fieldState }) => (
        <div>
          <span className={styles.caption}>Icon</span>
          <div className={styles.iconPicker}>
            <ConnectorIcon icon={field.value} name={name} large />
            <DialogTrigger {...opening}>
              <Button>Change icon</Button>
              <Popover className={popoverClass} offset={6}>
                <Dialog className={styles.icons ?? ""} aria-label="Choose an icon">
                  {({ close }) => <Choices value={field.value} onChoose={field.onChange} close={close} />}
                </Dialog>
              </Popover>
            </DialogTrigger>
          </div>
          {fieldState.error && <p className={styles.fieldError}>{fieldState.error.message}</p>}
        </div>
      )}
    />
  );
}

function Choices({
  value,
  onChoose,
  close,
}: {
  value: string;
  onChoose: (icon: string) => void;
  close: () => void;
}) {
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const shown = ICONS.filter(([, words]) => words.includes(wanted));
  const choose = (icon: string) => {
    onChoose(icon);
    close();
  };
  return (
    <>
      <TextField
        label="Search icons, or type one"
        labelHidden
        placeholder="Search, or type an emoji"
        value={text}
        onChange={setText}
        autoFocus
      />
      <ListBox
        aria-label="Icons"
        layout="grid"
        selectionMode="single"
        selectedKeys={[value]}
        className={styles.iconGrid ?? ""}
        onSelectionChange={(keys) => {
          const [chosen] = keys;
          if (chosen !== undefined) choose(String(chosen));
        }}
        renderEmptyState={() => <span className={styles.quiet}>None of these.</span>}
      >
        {shown.map(([icon, words]) => (
          <ListBoxItem
            key={icon}
            id={icon}
            textValue={words}
            aria-label={words}
            className={styles.iconChoice ?? ""}
          >
            {icon}
          </ListBoxItem>
        ))}
      </ListBox>
      {shown.length === 0 && (
        <Button size="small" onPress={() => choose(text.trim().slice(0, 16))}>
          Use {text.trim().slice(0, 16)}
        </Button>
      )}
    </>
  );
}
