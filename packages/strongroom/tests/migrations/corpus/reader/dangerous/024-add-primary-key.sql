-- danger: builds the index under an exclusive lock; sets not null by a scan
ALTER TABLE memberships ADD PRIMARY KEY (user_id, team_id);
