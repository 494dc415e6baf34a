"""Adapter to a PostgreSQL database: connections, catalogue, roles, snapshots, digests, tools."""
