"""Django's own test runner makes a database of its own, which the guard lets pass."""

from django.test import TestCase, TransactionTestCase

from todo.models import Item


class ItemTest(TestCase):
    """Items are kept."""

    def test_an_item_has_its_title(self) -> None:
        """What was written is read."""
        Item.objects.create(title="Buy milk")
        self.assertEqual(str(Item.objects.get()), "Buy milk")


class EmptiedTest(TransactionTestCase):
    """Django flushes the test database after each of these."""

    def test_an_item_is_committed(self) -> None:
        """And gone afterwards."""
        Item.objects.create(title="Call home")
        self.assertEqual(Item.objects.count(), 1)
