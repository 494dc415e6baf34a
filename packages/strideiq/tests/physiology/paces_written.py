"""Tables of paces in many languages, and numbers that only look like one."""

from __future__ import annotations

from collections.abc import Sequence

from strideiq.physiology import public as physiology

INDEX_ROWS = range(30, 86, 5)
RACE_TIMES_S = [960, 1080, 1200, 1320, 1440, 1560]


def clock(time_s: float) -> str:
    minutes, seconds = divmod(round(time_s), 60)
    return (
        f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        if minutes >= 60
        else (f"{minutes}:{seconds:02}")
    )


def pace(index: float, fraction: float = 0.88) -> float:
    return float(physiology.pace_s_per_km(index, fraction))


def race(index: float, distance_m: float) -> float:
    return float(physiology.race_time_s(index, distance_m))


def rows(form: str, indices: Sequence[int] = INDEX_ROWS) -> list[str]:
    """Rows in some syntax: ``i`` index, ``t`` threshold, ``e`` easy, ``v`` interval, ``r`` race."""
    return [
        form.format(
            i=i,
            t=round(pace(i)),
            T=clock(pace(i)),
            e=clock(pace(i, 0.7)),
            E=clock(pace(i, 0.63)),
            v=round(pace(i, 0.975) * 0.4),
            r=round(race(i, 5000)),
            R=clock(race(i, 42_195)),
            M=clock(race(i, 42_195) / 26.2188),
            m=round(pace(i) // 60),
            s=round(pace(i) % 60 - 0.5),
            h=round(3600 / pace(i), 2),
            d=round(pace(i) / 60, 2),
        )
        for i in indices
    ]


def bare(figures: Sequence[float]) -> str:
    return ", ".join(str(round(figure)) for figure in figures)


BY_RACE = [(t, float(physiology.performance_index(5000, t))) for t in RACE_TIMES_S]


TABLES = {
    "dict.py": "PACES = {\n" + "\n".join(rows("    {i}: {t},")) + "\n}\n",
    "nested.py": "T = {" + "".join(rows('{i}: {{"easy": ("{e}", "{E}"), "rep": {v}}},')) + "}",
    "minutes_and_seconds.py": "P = [" + ", ".join(rows("({i}, ({m}, {s}))")) + "]",
    "timedelta.py": "\n".join(rows("P[{i}] = timedelta(minutes={m}, seconds={s})")),
    "numpy_rows.py": "A = np.array([" + ", ".join(rows("[{i}, {t}, {v}, {r}]")) + "])\nN = 12\n",
    "numpy_columns.py": (
        f"I = np.array([{bare(INDEX_ROWS)}])\nT = np.array([{bare([pace(i) for i in INDEX_ROWS])}])"
    ),
    "numpy_unsaid.py": f"T = np.array([{bare([pace(i) for i in range(30, 86)])}], dtype=float)",
    "interpolated.py": (
        f"np.interp(x, ({bare(INDEX_ROWS)}), ({bare([race(i, 10_000) for i in INDEX_ROWS])}))"
    ),
    "list.json": '{"rows": [' + ",".join(rows('{{"rpi": {i}, "marathon": "{R}"}}')) + "]}",
    "spread_out.json": "{" + ",".join(rows('\n "{i}": {{\n  "t": "{T}",\n  "v": {v}\n }}')) + "}",
    "columns.json": (
        f'{{"rpi": [{bare(INDEX_ROWS)}], "r": [{bare([race(i, 5000) for i in INDEX_ROWS])}]}}'
    ),
    "table.csv": "rpi,easy,threshold,interval\n" + "\n".join(rows("{i},{e},{T},{v}")),
    "table.tsv": "\n".join(rows("{i}\t{M}")),
    "turned.csv": f"rpi,{bare(INDEX_ROWS)}\nt,{bare([pace(i) for i in INDEX_ROWS])}\n",
    "speeds.csv": "index,speed\n" + "\n".join(rows("{i},{h}")),
    "module.js": "export const P = [" + ",".join(rows("{{rpi:{i},t:{t}}}")) + "];",
    "map.js": "new Map([" + ",".join(rows('[{i},"{T}"]')) + "])",
    "one_insert.sql": "INSERT INTO p VALUES " + ", ".join(rows("({i}, {t}, '{R}')")) + ";",
    "inserts.sql": "\n".join(rows("INSERT INTO p (rpi, pace) VALUES ({i}, {d});")),
    "page.html": "<table>" + "".join(rows("<tr><td>{i}</td><td>{T}</td></tr>")) + "</table>",
    "paces.yaml": "\n".join(rows("{i}:\n  threshold: '{T}'\n  interval: {v}")),
    "paces.toml": "\n".join(rows("[[pace]]\nrpi = {i}\nthreshold_s = {t}\n")),
    "notes.md": "\n".join(rows("| {i} | {T} | {R} |")),
    "three_rows.py": "threshold_pace = {" + ", ".join(rows("{i}: {t}", [40, 50, 60])) + "}",
    "downwards.csv": "\n".join(rows("{i},{T}", range(80, 35, -4))),
    "by_race.py": "P = {" + ", ".join(f"{t}: {round(pace(i))}" for t, i in BY_RACE) + "}",
    "by_race.csv": "\n".join(f"{clock(t)},{clock(race(i, 10_000))}" for t, i in BY_RACE),
    "repetition.json": str([[i, round(pace(i, 0.975) - 15)] for i in INDEX_ROWS]),
}


HARMLESS = {
    "heart_rate_by_age.py": "".join(f"{age}: {220 - age}, " for age in range(30, 86, 5)),
    "even_pace.csv": "\n".join(
        f"{clock(p)},{clock(5 * p)},{clock(10 * p)}" for p in range(240, 420, 15)
    ),
    "even_race.csv": "\n".join(f"{clock(t)},{clock(t / 5)}" for t in range(900, 2000, 60)),
    "miles.csv": "\n".join(f"{clock(p)},{clock(p * 1.609344)}" for p in range(180, 420, 15)),
    "two_checks.md": "RPI 50 is 5 km in 19:57, 10 km in 41:21. RPI 40 is 24:08 and 50:03.",
    "one_runner.md": "\n".join(
        f"| {name} | {clock(race(50, m))} |" for name, m in physiology.RACE_DISTANCES_M.items()
    ),
    "five_paces.md": "easy 4:54 to 5:34, marathon 4:31, threshold 4:15, interval 3:55, 3:40",
    "splits.json": '{"km": [301, 298, 305, 297, 296, 303, 299, 300, 288]}',
    "getting_faster.csv": "\n".join(f"{week},{330 - week}" for week in range(30, 53)),
    "spacing.css": "\n".join(f".s{n} {{ padding: {n}px {2 * n}px; }}" for n in range(32, 80, 8)),
    "sizes.py": "SIZES = [512, 256, 128, 64, 32, 16, 8]\nPORTS = [30, 40, 50, 60, 70, 80, 85]",
    "status.py": "{30: 9, 40: 8, 50: 7}",
    "records.py": "W = [(400, 43.03), (800, 100.91), (1000, 131.96), (5000, 755.36)]",
    "evenly.py": "LEVELS = [400, 380, 360, 340, 320, 300, 280, 260]",
}
