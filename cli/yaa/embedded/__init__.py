"""nats-server and PostgreSQL out of wheels, as child processes in a data folder."""
