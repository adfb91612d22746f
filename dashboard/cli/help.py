"""The `--help` of Dashboard's commands: examples that can be copied, and only the options that matter."""

from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser, DjangoHelpFormatter

from dashboard import __version__

EXAMPLES = "examples:"


class ExampleFormatter(DjangoHelpFormatter):
    """Keep the lines of the examples as they are. Other texts are wrapped."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith(EXAMPLES) else super()._fill_text(text, width, indent)


class DocumentedCommand(BaseCommand):
    """A command whose `--help` ends with `examples`: the arguments of each call, without the command's name.

    Django's rarer options work, but are not listed.
    """

    examples: ClassVar[tuple[str, ...]] = ("",)
    suppressed_base_arguments = {  # noqa: RUF012  Django declares it so
        "--version",
        "--verbosity",
        "--settings",
        "--pythonpath",
        "--force-color",
    }

    def get_version(self) -> str:
        """Return Dashboard's version."""
        return __version__

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        lines = [EXAMPLES, *(f"  %(prog)s {example}".rstrip() for example in self.examples)]
        kwargs.setdefault("formatter_class", ExampleFormatter)
        return super().create_parser(prog_name, subcommand, epilog="\n".join(lines), **kwargs)
