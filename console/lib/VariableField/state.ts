import { useRef, useState } from "react";
import { TokenFieldValue } from "react-aria-components";
import { partsOf, placeholder } from "./template";

type Segment = TokenFieldValue["segments"][number];

/** A template under edit: a placeholder is a token as soon as it is closed, whether anybody knows its name or not. */
export class Template extends TokenFieldValue {
  static of(text: string): Template {
    return new Template(segmentsOf(text));
  }

  protected override tokenize(text: string): Segment[] {
    return segmentsOf(text);
  }

  get isEmpty(): boolean {
    return this.segments.every((segment) => segment.text === "");
  }

  /** What is written before the caret, back to the token before it. */
  get beforeCaret(): string {
    const { index, offset } = this.selectedRange.current;
    const segment = this.segments[index];
    return segment?.type === "text" ? segment.text.slice(0, offset) : "";
  }

  /** With what asks for a variable at the caret, unless it is there. */
  asking(): this {
    if (this.beforeCaret.endsWith("{{")) return this;
    const caret = this.selectedRange.current;
    return this.replaceRange(caret, caret, "{{", false);
  }

  /** With a variable in place of the `{{…` before the caret; without one there, at the caret. */
  completed(path: string): this {
    const { index, offset } = this.selectedRange.current;
    const open = this.beforeCaret.lastIndexOf("{{");
    const start = { index, offset: open < 0 ? offset : open };
    const token: Segment = { type: "token", text: placeholder(path) };
    const made = this.replaceRangeWithSegments(start, { index, offset }, [token], false);
    const place = made.segments.findIndex((segment, at) => at >= index && segment.text === token.text);
    return made.withSelectedRange(new TokenFieldValue.SelectedRange({ index: place + 1, offset: 0 })) as this;
  }
}

function segmentsOf(text: string): Segment[] {
  return partsOf(text).map((part) => ({ type: part.kind === "text" ? "text" : "token", text: part.text }));
}

/** The template of a text that somebody else keeps: it is made anew when that text becomes another. */
export function useTemplate(
  text: string,
  onChange: (text: string) => void,
): [Template, (changed: Template) => void] {
  const [template, setTemplate] = useState(() => Template.of(text));
  const told = useRef(text);
  let current = template;
  if (text !== told.current) {
    told.current = text;
    if (text !== template.toString()) {
      current = Template.of(text);
      setTemplate(current);
    }
  }
  return [
    current,
    (changed) => {
      setTemplate(changed);
      const made = changed.toString();
      if (made === told.current) return;
      told.current = made;
      onChange(made);
    },
  ];
}
