"""A list of notes whose schema is Alembic's; this runs its command line.

DATABASE_URL=postgresql+psycopg://… python app.py upgrade head
"""

import sys

from alembic.config import main

if __name__ == "__main__":
    main(argv=sys.argv[1:], prog="alembic")
