-- danger: CASCADE drops every column that has this type
DROP TYPE order_status CASCADE;
