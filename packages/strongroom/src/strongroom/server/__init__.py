"""Adapter to PostgreSQL servers: find the programs, supervise a server, make scratch servers."""
