import psycopg

with psycopg.connect("dbname=shop") as connection:
    connection.execute("INSERT INTO tags VALUES (1)")
