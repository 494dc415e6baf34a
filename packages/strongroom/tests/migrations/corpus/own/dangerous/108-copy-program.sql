-- rule: shell-command
COPY imports FROM PROGRAM 'curl https://example.org/rows.csv';
