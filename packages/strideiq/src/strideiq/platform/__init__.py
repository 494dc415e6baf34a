"""Settings, database, page shell: what every feature stands on."""
