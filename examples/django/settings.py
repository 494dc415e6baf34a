"""A to-do list on Django. One line guards its database."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

BASE_DIR = Path(__file__).parent
SECRET_KEY = os.environ.get("SECRET_KEY", "only for this example")
USE_TZ = True

INSTALLED_APPS = [
    "strongroom.integrations.django",  # the line; it must be the first
    "django.contrib.contenttypes",
    "todo",
]

_url = urlsplit(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": os.environ.get("DATABASE_ENGINE", "django.db.backends.postgresql"),
        "HOST": _url.hostname,
        "PORT": _url.port,
        "NAME": _url.path.lstrip("/"),
        "USER": unquote(_url.username or ""),
        "PASSWORD": unquote(_url.password or ""),
        "OPTIONS": dict(parse_qsl(_url.query)),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
