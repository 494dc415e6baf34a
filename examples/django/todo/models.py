"""What there is to do."""

from django.db import models


class Item(models.Model):
    """Something to do."""

    title = models.TextField()

    def __str__(self) -> str:
        """The title."""
        return str(self.title)
