"""Backups of the broker and the database that fit together, and the way back from one."""
