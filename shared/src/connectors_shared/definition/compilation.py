"""What is found while a definition is compiled: everything wrong with it, and every input that it names."""

from dataclasses import dataclass, field
from typing import Final

from connectors_shared.definition.problems import Problem
from connectors_shared.definition.templates import (
    InputReference,
    Template,
    TemplateError,
    holds_placeholder,
    parse_reference,
    parse_template,
)

NO_NAME: Final = "an input cannot stand in a name, only in a value"
NOWHERE: Final = InputReference(("",))


@dataclass(slots=True)
class Compilation:
    """Whoever compiles a part reports here and goes on with something harmless, so that all problems are found at once.

    `named` holds the pointer and name of each input that is used.
    """

    problems: list[Problem] = field(default_factory=list)
    named: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, pointer: str, detail: str, *, unknown_word: bool = False) -> None:
        self.problems.append(Problem(pointer, detail, unknown_word))

    def template(self, pointer: str, text: str) -> Template:
        try:
            template = parse_template(text)
        except TemplateError as error:
            self.refuse(pointer, str(error))
            return Template((text,))
        self.named += [(pointer, reference.name) for reference in template.references]
        return template

    def reference(self, pointer: str, way: str) -> InputReference:
        """`way` as in `queryParams.inputField`: the name of an input, or a way into one."""
        try:
            reference = parse_reference("input." + way.removeprefix("input."))
        except TemplateError:
            self.refuse(pointer, "is not the name of an input, or a way into one")
            return NOWHERE
        self.named.append((pointer, reference.name))
        return reference

    def plain_name(self, pointer: str, name: str) -> None:
        if holds_placeholder(name):
            self.refuse(pointer, NO_NAME)
