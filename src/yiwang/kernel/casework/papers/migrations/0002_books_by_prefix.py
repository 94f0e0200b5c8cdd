"""Number books are those of a prefix, which units may share, no more those of a unit."""

from django.db import migrations

_BY_PREFIX = """
WITH moved AS (
    DELETE FROM papers_papernumberbook b USING organizations_organization o
     WHERE split_part(b.book, '/', 1) = o.code
    RETURNING o.paper_prefix || substr(b.book, length(o.code) + 1) AS book, b.last
)
INSERT INTO papers_papernumberbook (book, last) SELECT book, max(last) FROM moved GROUP BY book
"""


class Migration(migrations.Migration):
    dependencies = [("papers", "0001_initial")]
    operations = [migrations.RunSQL(_BY_PREFIX, migrations.RunSQL.noop)]
