"""Django's command line for the to-do list.

DATABASE_URL=postgresql://… python manage.py migrate && python manage.py add "Buy milk"
"""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    execute_from_command_line(sys.argv)
