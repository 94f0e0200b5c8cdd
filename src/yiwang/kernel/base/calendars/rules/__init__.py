"""Pure rules of working days and business hours: no database, no Django."""
