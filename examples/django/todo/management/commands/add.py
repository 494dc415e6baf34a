"""``manage.py add TITLE…``: add what is to be done, and say how much that is."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from todo.models import Item


class Command(BaseCommand):
    """Add items."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take titles."""
        parser.add_argument("titles", nargs="*")

    def handle(self, *_: object, **options: Any) -> None:
        """Add them."""
        for title in options["titles"]:
            Item.objects.create(title=title)
        self.stdout.write(f"{Item.objects.count()} to do")
