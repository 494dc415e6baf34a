-- danger: drops a month of events; detaching locks the parent
ALTER TABLE events DETACH PARTITION events_2021_01;
DROP TABLE events_2021_01;
