"""The first table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Items have a title, and at first a colour."""

    initial = True
    operations = (
        migrations.CreateModel(
            name="Item",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("title", models.TextField()),
                ("colour", models.TextField(default="grey")),
            ],
        ),
    )
