"""What is found while a definition is compiled: everything wrong with it, and every input that it names."""

from dataclasses import dataclass, field
from typing import Final

from connectors_shared.definition.problems import LONGEST_POINTER, MOST_PROBLEMS, Place, Problem, and_more, shortened
from connectors_shared.definition.templates import (
    INPUT,
    Reference,
    Template,
    TemplateError,
    holds_placeholder,
    parse_reference,
    parse_template,
)

Named = list[tuple[str | Place, str]]
"""The place and the name of each input that is used, once per place."""
NO_NAME: Final = "an input cannot stand in a name, only in a value"
NOWHERE: Final = Reference(INPUT, ("",))


@dataclass(slots=True)
class Compilation:
    """Whoever compiles a part reports here and goes on with something harmless, so that all problems are found at once.

    `named` holds the place and name of each input that is used, once per place. `untold` counts the problems beyond the
    first ones; an unknown word is never among them, since it decides what becomes of the definition.
    """

    problems: list[Problem] = field(default_factory=list)
    named: Named = field(default_factory=list)
    untold: int = 0

    def refuse(self, pointer: str | Place, detail: str, *, unknown_word: bool = False) -> None:
        if len(self.problems) >= MOST_PROBLEMS and not unknown_word:
            self.untold += 1
        else:
            self.problems.append(Problem(shortened(str(pointer), LONGEST_POINTER), detail, unknown_word))

    def told(self) -> list[Problem]:
        """The first problems, and how many there are beside them."""
        return [*self.problems, Problem("/", and_more(self.untold))] if self.untold else self.problems

    def take(self, inside: "Compilation", pointer: str) -> None:
        """What was found inside of a text, which has no places of its own."""
        for problem in inside.problems:
            self.refuse(pointer, problem.detail)
        self.untold += inside.untold
        self.named += [(pointer, name) for name in dict.fromkeys(name for _, name in inside.named)]

    def template(self, pointer: str | Place, text: str) -> Template:
        try:
            template = parse_template(text)
        except TemplateError as error:
            self.refuse(pointer, str(error))
            return Template((text,))
        if template.references:
            inputs = dict.fromkeys(reference.name for reference in template.references if reference.root == INPUT)
            self.named += [(pointer, name) for name in inputs]
        return template

    def reference(self, pointer: str, way: str) -> Reference:
        """`way` as in `queryParams.inputField`: the name of an input, or a way into one."""
        try:
            reference = parse_reference(f"{INPUT}." + way.removeprefix(f"{INPUT}."))
        except TemplateError:
            reference = NOWHERE
        if reference is NOWHERE or reference.default or reference.filters:
            self.refuse(
                pointer, "is not the name of an input (letters, digits and _, as in phoneNumber), or a way into one"
            )
            return NOWHERE
        self.named.append((pointer, reference.name))
        return reference

    def plain_name(self, pointer: str | Place, name: str) -> None:
        if holds_placeholder(name):
            self.refuse(pointer, NO_NAME)
