"""Searches for data that seem lost."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

RANKING = (f"{TESTS}/discovery/test_ranking.py",)
CONTROL = (f"{TESTS}/discovery/test_control.py",)
CLUSTER = (f"{TESTS}/discovery/test_cluster.py",)
LOOKING = (f"{TESTS}/discovery/test_looking.py",)
FINDING = (f"{TESTS}/discovery/test_find.py",)
AROUND = (f"{TESTS}/discovery/test_around.py",)

MUTATIONS = (
    mutation(
        "discovery/around.py",
        "another container holds the port of the one that comes back",
        "        return [*stops, *self._switch(there)]\n",
        "        return [*self._switch(there)]\n",
        AROUND,
    ),
    mutation(
        "discovery/listeners.py",
        "a container in the network of its machine listens unseen",
        "        if one.id in told or one.process_id == int(process.name):\n",
        "        if False:\n",
        AROUND,
    ),
    mutation(
        "discovery/advice.py",
        "the container before keeps its volume, whatever the file says now",
        '[*before, removed, f"{program} up -d"]',
        '[*before, f"{program} up -d"]',
        FINDING,
    ),
    mutation(
        "discovery/ranking.py",
        "a restored old copy passes for the one whose log has come furthest",
        "        candidate.advanced,\n        _moment(candidate),\n",
        "        _moment(candidate),\n",
        RANKING,
    ),
    mutation(
        "discovery/ranking.py",
        "a cluster with another database in it passes for ours by its identifier",
        'if candidate.looked_into or candidate.kind == "database":',
        'if candidate.kind == "database":',
        RANKING,
    ),
    mutation(
        "discovery/control.py",
        "a damaged pg_control is believed",
        "    if written != crc32c(data[:at]):\n",
        "    if False:\n",
        CONTROL,
    ),
    mutation(
        "discovery/cluster.py",
        "a running server is taken for one at rest, and its files would be copied",
        "    process_id = processes.serves(path)\n    if process_id is not None:",
        "    process_id = processes.serves(path)\n    if False:",
        CLUSTER,
    ),
    mutation(
        "discovery/quiet.py",
        "looking moves the time of access",
        "flags | _WITHOUT_TRACE)",
        "flags)",
        CLUSTER,
    ),
    mutation(
        "discovery/looking.py",
        "a copy is made though it does not fit on the disk",
        "    if free < needed:\n",
        "    if False:\n",
        LOOKING,
    ),
)
