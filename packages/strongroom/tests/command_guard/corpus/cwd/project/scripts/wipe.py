import psycopg

with psycopg.connect("dbname=shop") as connection:
    connection.execute("TRUNCATE users, orders")
