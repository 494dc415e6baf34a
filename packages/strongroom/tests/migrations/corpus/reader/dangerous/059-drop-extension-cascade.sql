-- danger: drops every column and index that uses the extension's types
DROP EXTENSION postgis CASCADE;
