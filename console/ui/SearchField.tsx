import { Search, X } from "lucide-react";
import { SearchField as AriaSearchField, Button, Input } from "react-aria-components";
import styles from "./Field.module.css";

export interface SearchFieldProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  placeholder?: string;
}

export function SearchField({ label, value, onChange, placeholder }: SearchFieldProps) {
  return (
    <AriaSearchField className={styles.search ?? ""} aria-label={label} value={value} onChange={onChange}>
      <Search size={15} aria-hidden="true" />
      <Input className={styles.control ?? ""} placeholder={placeholder} />
      <Button className={styles.clear ?? ""} aria-label="Clear">
        <X size={14} aria-hidden="true" />
      </Button>
    </AriaSearchField>
  );
}
