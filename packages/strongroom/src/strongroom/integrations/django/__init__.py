"""Django on its pinned database, and on no other.

One line in the settings, first in the list::

    INSTALLED_APPS = ["strongroom.integrations.django", ...]

From then on every connection of the alias ``default`` is verified before it is used, the system
check ``strongroom`` judges the database, and ``migrate`` and ``flush`` are guarded. Where several
aliases lead to pinned databases, a second line says which::

    STRONGROOM_DATABASES = {"default": "strongroom.toml", "reports": "reports/strongroom.toml"}
"""
