"""The database: SQLAlchemy Core tables, one repository a file, the gate, migrations. The only room that speaks SQL."""
