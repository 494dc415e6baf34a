"""Migration tools and frameworks that drop, reset or take back schemas."""

from __future__ import annotations

from strongroom.command_guard.rules import Rule

_ALL = "drops all tables"
_BACK = "takes migrations back, with the tables and columns that they made"


def _rule(name: str, pattern: str, loses: str = _ALL) -> Rule:
    return Rule(name, pattern, loses, target="database")


def _live(name: str, pattern: str, loses: str) -> Rule:
    return Rule(name, pattern, loses, target="production")


RULES = (
    _live("prisma-dev-live", "prisma migrate dev", "may reset the database, and is meant for development"),
    _live("prisma-push-live", "prisma db push", "changes tables without a migration"),
    _live("drizzle-push-live", "drizzle-kit|drizzle push|push:*", "changes tables without a migration"),
    _live("rails-seed-live", "rails|rake db:seed|db:prepare|db:environment:set|db:schema:*", "writes over rows"),
    _live("django-load-live", "manage.py|django-admin loaddata|test|migrate ~--run-syncdb|loaddata|test", "writes over rows"),
    _live("artisan-seed-live", "artisan db:seed", "writes over rows"),
    _rule("alembic-downgrade", "alembic downgrade !--sql", _BACK),
    _rule("flask-downgrade", "flask db downgrade !--sql", _BACK),
    _rule("flask-drop", "flask drop*|reset*|init-db|initdb|db-drop|db-reset"),
    _rule("alembic-stamp", "alembic stamp +--purge", "forgets which migrations ran"),
    _rule("django-flush", "manage.py|django-admin flush|reset_db|reset_schema", "empties every table"),
    _rule("django-zero", "manage.py|django-admin migrate ~zero|0001.*", _BACK),
    _rule("django-sqlflush-pipe", "manage.py|django-admin dropdb|drop_db|wipe|wipedb|reset|clear_db|clear_database"),
    _rule("prisma-reset", "prisma migrate reset"),
    _rule("prisma-push-loss", "prisma db push +--accept-data-loss|--force-reset", "drops tables and columns with their rows"),
    _rule("prisma-execute", "prisma db execute ~.*(?:drop|truncate|reset|wipe).*", "runs SQL that loses rows"),
    _rule("drizzle-push", "drizzle-kit|drizzle push|push:* +--force", "drops tables and columns with their rows"),
    _rule("drizzle-drop", "drizzle-kit|drizzle drop|drop:*", "drops a migration"),
    _rule("knex-rollback", "knex migrate:rollback|migrate:down", _BACK),
    _rule("knex-drop", "knex db:drop|migrate:reset"),
    _rule("sequelize-drop", "sequelize|sequelize-cli db:drop", "drops the database"),
    _rule("sequelize-undo", "sequelize|sequelize-cli db:migrate:undo|db:migrate:undo:all|db:seed:undo:all", _BACK),
    _rule("typeorm-drop", "typeorm|typeorm-ts-node-commonjs|typeorm-ts-node-esm schema:drop"),
    _rule("typeorm-sync", "typeorm|typeorm-ts-node-commonjs|typeorm-ts-node-esm schema:sync", "drops whatever the entities no longer have"),
    _rule("typeorm-revert", "typeorm|typeorm-ts-node-commonjs|typeorm-ts-node-esm migration:revert", _BACK),
    _rule("mikro-drop", "mikro-orm schema:drop|schema:fresh|migration:fresh|database:drop|migration:down|schema:update !--dump"),
    _rule("rails-drop", "rails|rake db:drop|db:drop:*|db:reset|db:reset:*|db:schema:load*|db:structure:load*|db:setup|db:purge*|db:migrate:reset|db:truncate_all|db:seed:replant", "drops or empties the database"),
    _rule("rails-version", "rails|rake db:migrate ~VERSION=.*", _BACK),
    _rule("rails-rollback", "rails|rake db:rollback*|db:migrate:down*|db:migrate:redo*|db:fixtures:load", _BACK),
    _rule("ecto-drop", "mix ecto.drop|ecto.reset|ecto.rollback", "drops the database or takes migrations back"),
    _rule("laravel-fresh", "artisan migrate:fresh|migrate:refresh|migrate:reset|db:wipe"),
    _rule("laravel-rollback", "artisan migrate:rollback !--pretend", _BACK),
    _rule("laravel-prune", "artisan model:prune|queue:flush|telescope:clear|schema:dump +--prune|--force", "removes rows"),
    _rule("symfony-drop", "console|doctrine doctrine:schema:drop|doctrine:database:drop|orm:schema-tool:drop|doctrine:fixtures:load|d:s:d|d:d:d|d:f:l !--dump-sql|--append", "drops or empties the database"),
    _rule("symfony-update", "console|doctrine doctrine:schema:update|orm:schema-tool:update|d:s:u +--force|-f|--complete", "drops whatever the entities no longer have"),
    _rule("symfony-migrate-back", "console|doctrine doctrine:migrations:migrate|migrations:migrate ~first|prev|0", _BACK),
    _rule("phinx-rollback", "phinx rollback", _BACK),
    _rule("supabase-reset", "supabase db reset"),
    _rule("supabase-stop", "supabase stop +--no-backup", "removes the local database"),
    _rule("supabase-push", "supabase db push +--include-all|--include-seed|--linked", "changes the linked database"),
    _rule("supabase-delete", "supabase projects|branches delete", "deletes a project with its database"),
    _rule("supabase-down", "supabase migration down", _BACK),
    _rule("hasura-down", "hasura migrate apply +--down", _BACK),
    _rule("hasura-type", "hasura migrate apply ~(?:--type=)?down", _BACK),
    _rule("hasura-delete", "hasura migrate delete +--server|--all", "removes migrations from the server"),
    _rule("hasura-clear", "hasura metadata clear", "removes all metadata"),
    _rule("flyway-clean", "flyway clean|undo"),
    _rule("flyway-maven", "mvn|mvnw|gradle|gradlew flyway:clean|flywayclean|flyway:undo|flywayundo|liquibase:dropall|liquibase:rollback|dropall|rollback|:*:flywayclean"),
    _rule("liquibase-drop", "liquibase drop-all|dropall|drop-all-sql"),
    _rule("liquibase-rollback", "liquibase rollback|rollback-count|rollback-to-date|rollbackcount|rollbacktodate|rollback-one-*|update-testing-rollback|updatetestingrollback", _BACK),
    _rule("migrate-drop", "migrate|golang-migrate|migrate-mongo drop|down|force", _BACK),
    _rule("goose-down", "goose down|reset|down-to|redo", _BACK),
    _rule("goose-args", "goose ~(?:down|reset|down-to|redo)", _BACK),
    _rule("dbmate-drop", "dbmate drop|rollback|down", "drops the database, or takes a migration back"),
    _rule("atlas-clean", "atlas schema clean"),
    _rule("atlas-apply", "atlas schema apply +--auto-approve", "drops whatever the schema no longer has"),
    _rule("atlas-down", "atlas migrate down", _BACK),
    _rule("sqlx-drop", "sqlx database drop|reset", "drops the database"),
    _rule("sqlx-revert", "sqlx migrate revert", _BACK),
    _rule("cargo-sqlx", "cargo sqlx database drop|reset", "drops the database"),
    _rule("diesel-reset", "diesel database reset|drop", "drops the database"),
    _rule("diesel-revert", "diesel migration revert|redo", _BACK),
    _rule("sea-orm", "sea-orm-cli|sea migrate down|reset|fresh|refresh", _BACK),
    _rule("ef-drop", "dotnet|dotnet-ef ef database drop", "drops the database"),
    _rule("ef-drop-plain", "dotnet-ef database drop", "drops the database"),
    _rule("ef-back", "dotnet ef database update ~0", _BACK),
    _rule("aerich-downgrade", "aerich downgrade", _BACK),
    _rule("yoyo-rollback", "yoyo rollback|reapply", _BACK),
    _rule("piccolo-back", "piccolo migrations backwards", _BACK),
    _rule("db-migrate-down", "db-migrate down|reset|db:drop", _BACK),
    _rule("node-pg-migrate", "node-pg-migrate down|redo", _BACK),
    _rule("graphile-reset", "graphile-migrate reset|watch"),
    _rule("medusa", "medusa db:rollback|db:drop"),
    _rule("payload", "payload migrate:fresh|migrate:reset|migrate:refresh|migrate:down"),
    _rule("strapi", "strapi import|transfer +--force", "replaces all content"),
    _rule("directus", "directus schema apply", "drops whatever the snapshot no longer has"),
    _rule("wp-reset", "wp db reset|drop|clean|import", "drops or replaces the database"),
    _rule("wp-site-empty", "wp site empty|delete", "deletes all content"),
    _rule("drush-drop", "drush sql:drop|sql-drop|sql:create|sql-create|site:install|site-install|si", "drops the database"),
    _rule("odoo-drop", "odoo|odoo-bin db drop|--drop"),
    _rule("airflow-reset", "airflow db reset|clean|downgrade"),
    _rule("superset-down", "superset db downgrade", _BACK),
    _rule("mongoid", "rails|rake db:mongoid:drop|db:mongoid:purge"),
    _rule("encore", "encore db reset"),
    _rule("wasp-reset", "wasp db reset"),
    _rule("redwood-reset", "redwood|rw prisma ~reset"),
    _rule("keystone-reset", "keystone dev +--reset-db"),
    _rule("convex", "convex import +--replace|--replace-all", "replaces all rows"),
    _rule("magento", "magento setup:uninstall", "uninstalls the shop with its database"),
)  # fmt: skip

DANGEROUS = """
alembic downgrade base
alembic downgrade -1
alembic -c db/alembic.ini downgrade base && alembic upgrade head
flask db downgrade
python manage.py flush --no-input
python3 manage.py migrate shop zero
./manage.py reset_db --noinput
django-admin flush
npx prisma migrate reset --force
npx --yes prisma@5 migrate reset -f
npx prisma db push --accept-data-loss
DATABASE_URL=postgres://db.prod/shop npx prisma migrate dev
pnpm exec prisma db push --force-reset
yarn prisma migrate reset
npx drizzle-kit push --force
npx knex migrate:rollback --all
npx sequelize-cli db:drop
npx sequelize db:migrate:undo:all
npx typeorm schema:drop -d src/data-source.ts
npx typeorm migration:revert
bundle exec rails db:drop db:create
bin/rails db:reset
rake db:schema:load
RAILS_ENV=production rails db:drop DISABLE_DATABASE_ENVIRONMENT_CHECK=1
mix ecto.reset
php artisan migrate:fresh --seed
php artisan db:wipe --force
php artisan migrate:fresh --env=testing
php bin/console doctrine:database:drop --force
supabase db reset
supabase db reset --linked
hasura migrate apply --down all
flyway clean
flyway -url=jdbc:postgresql://db/shop -user=app clean
mvn flyway:clean
./gradlew flywayClean
liquibase drop-all
liquibase --changelog-file=c.xml rollback-count 3
migrate -path db -database postgres://localhost/shop down
goose -dir db postgres "dbname=shop" reset
dbmate drop
sqlx database reset -y
dotnet ef database drop --force
wp db reset --yes
uv run alembic downgrade base
poetry run python manage.py flush
docker compose exec web python manage.py flush
"""

SAFE = """
alembic upgrade head
alembic history
alembic current
alembic revision --autogenerate -m "add table"
alembic downgrade base --sql
flask db upgrade
python manage.py migrate
python manage.py makemigrations
python manage.py test
python manage.py runserver
python manage.py showmigrations
npx prisma generate
npx prisma migrate deploy
npx prisma migrate status
npx prisma studio
npx prisma db push
npx drizzle-kit generate
npx drizzle-kit push
npx knex migrate:latest
npx sequelize-cli db:migrate
npx typeorm migration:run
rails db:migrate
RAILS_ENV=test rails db:reset
RAILS_ENV=test bundle exec rake db:drop db:create db:schema:load
MIX_ENV=test mix ecto.reset
DATABASE_URL=postgres://localhost/shop_test npx prisma migrate reset --force
DATABASE_URL=postgres://u:p@localhost:5432/shop_test alembic downgrade base
rails console
php artisan migrate
php artisan migrate:status
php artisan tinker
supabase start
supabase stop
supabase migration new add_table
flyway migrate
flyway info
liquibase update
liquibase status
NODE_ENV=test npx sequelize-cli db:drop
bin/console doctrine:database:drop --force --env=test
"""
