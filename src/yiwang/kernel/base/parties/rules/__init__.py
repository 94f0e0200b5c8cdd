"""Pure rules about the codes and names of people and organisations: no database, no Django."""
