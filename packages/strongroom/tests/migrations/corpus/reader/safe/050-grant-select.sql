GRANT SELECT ON orders, customers TO reporting_reader;
