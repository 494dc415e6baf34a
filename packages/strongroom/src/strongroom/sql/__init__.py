"""Parse SQL once, for everybody who must judge it.

``parse_script`` cuts a file into statements as psql would, and gives each its syntax tree; what
no parser can see through carries the reason. ``walk`` visits a whole tree, since a DELETE may
hide in a CTE.
"""

from strongroom.sql.names import label_of, name_parts, range_label, strings, text_of
from strongroom.sql.statements import Statement, parse_script
from strongroom.sql.tree import child, walk

__all__ = [
    "Statement",
    "child",
    "label_of",
    "name_parts",
    "parse_script",
    "range_label",
    "strings",
    "text_of",
    "walk",
]
