"""Settings that can lose data: compose files, environment files, code, scripts."""
