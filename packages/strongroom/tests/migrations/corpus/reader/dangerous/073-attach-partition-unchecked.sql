-- danger: scans the attached table under lock, as no check proves its bounds
ALTER TABLE measurements ATTACH PARTITION measurements_2026_03
    FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
