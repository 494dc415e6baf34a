-- danger: drops the parent and all partitions with it
DROP TABLE public.measurements CASCADE;
