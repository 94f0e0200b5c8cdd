"""Let the database itself refuse to change or remove the record of a use."""

from django.db import migrations

_GUARD = """
CREATE FUNCTION seals_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'seals_sealuse is append-only: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER seals_refuse_row_change BEFORE UPDATE OR DELETE ON seals_sealuse
    FOR EACH ROW EXECUTE FUNCTION seals_refuse_change();
"""

_UNGUARD = """
DROP TRIGGER seals_refuse_row_change ON seals_sealuse;
DROP FUNCTION seals_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("seals", "0001_initial")]

    operations = [migrations.RunSQL(_GUARD, _UNGUARD)]
