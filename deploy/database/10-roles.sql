-- Runs once, when the cluster is made: the application is neither superuser nor the administrator.
\getenv password STRIDEIQ_PASSWORD
CREATE ROLE strideiq LOGIN PASSWORD :'password';
ALTER DATABASE strideiq OWNER TO strideiq;
REVOKE CONNECT, TEMPORARY ON DATABASE strideiq FROM PUBLIC;
