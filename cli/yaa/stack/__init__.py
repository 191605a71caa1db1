"""The whole system on one machine: its servers, its services, from start to clean end."""
