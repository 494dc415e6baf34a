"""Railway, Fly, Heroku, Render, Vercel, Neon, PlanetScale and panels."""

from __future__ import annotations

from strongroom.command_guard.rules import Rule


def _rule(name: str, pattern: str, loses: str, target: str = "name") -> Rule:
    return Rule(name, pattern, loses, "needs_human", target=target)


_DELETES = "deletes an application or database at a provider"

RULES = (
    _rule("railway-delete", "railway volume|service|environment|project|delete delete|remove|rm|detach", _DELETES),
    _rule("railway-down", "railway down|delete", _DELETES),
    _rule("fly-destroy", "fly|flyctl ~(?:apps|app|volumes|volume|vol|postgres|pg|mpg|machine|machines|m|redis|storage|litefs-cloud|ext|extensions|tigris|mysql) ~(?:destroy|delete|remove|rm|detach)", _DELETES),
    _rule("fly-destroy-app", "fly|flyctl destroy", _DELETES),
    _rule("heroku-reset", "heroku pg:reset|pg:push|pg:copy|pg:unfollow|pg:promote|pg:killall", "empties or replaces the database"),
    _rule("heroku-restore", "heroku pg:backups:restore|pg:backups:delete|pg:backups:unschedule", "writes over the database, or deletes a backup"),
    _rule("heroku-backups", "heroku pg:backups restore|delete|unschedule", "writes over the database, or deletes a backup"),
    _rule("heroku-destroy", "heroku apps:destroy|destroy|addons:destroy|addons:detach|pipelines:destroy|spaces:destroy|redis:*|data:*destroy*", _DELETES),
    _rule("heroku-config", "heroku config:set|config:unset ~.*(?:DATABASE|POSTGRES|_DB|PG)\\w*(?:=.*)?", "points the application at another database"),
    _rule("fly-secrets", "fly|flyctl secrets set|unset|import ~.*(?:DATABASE|POSTGRES|_DB_|PG)\\w*(?:=.*)?", "points the application at another database"),
    _rule("railway-variables", "railway variables|variable ~.*(?:DATABASE|POSTGRES|PG)\\w*=.*", "points the application at another database"),
    _rule("vercel-env", "vercel|vc env rm|remove|add ~.*(?:DATABASE|POSTGRES|PG).*", "points the application at another database"),
    _rule("vercel-remove", "vercel|vc remove|rm", _DELETES),
    _rule("vercel-delete", "vercel|vc blob|project|projects|storage|postgres|kv|integration|store rm|remove|delete|del|store", _DELETES),
    _rule("netlify", "netlify sites:delete|db|blobs:delete|env:unset|database:delete", _DELETES),
    _rule("render", "render services|postgres|disks|databases|projects delete|restore", _DELETES),
    _rule("neon-delete", "neonctl|neon projects|project|branches|branch|databases|database|roles delete|rm", _DELETES),
    _rule("neon-restore", "neonctl|neon branches|branch restore|reset|set-default|set-primary", "takes a branch back to another state"),
    _rule("xata", "xata dbs|branch|branches|workspaces delete|rm", _DELETES),
    _rule("pscale", "pscale branch|database|backup|deploy-request delete|demote|promote|restore", _DELETES),
    _rule("nhost", "nhost down +--volumes|-v", "removes the local database"),
    _rule("amplify", "amplify delete|remove|push +--force|--yes", _DELETES),
    _rule("amplify-delete", "amplify delete|remove", _DELETES),
    _rule("appwrite", "appwrite databases|storage|projects delete*", _DELETES),
    _rule("pocketbase", "pocketbase superuser|migrate delete|down|history-sync", "takes migrations back"),
    _rule("dokku", "dokku postgres:destroy|mysql:destroy|redis:destroy|mongo:destroy|apps:destroy|postgres:import|postgres:unlink|storage:unmount|mariadb:destroy|postgres:backup-unschedule|cleanup", "destroys a service with its data"),
    _rule("caprover", "caprover api ~.*delete.*", _DELETES),
    _rule("cf", "cf delete|delete-service|ds|d|delete-org|delete-space|purge-service-instance", _DELETES),
    _rule("platformsh", "platform|upsun environment:delete|project:delete|e:del|backup:restore|snapshot:restore", _DELETES),
    _rule("cleverctl", "clever delete|addon", _DELETES),
    _rule("scalingo", "scalingo destroy|addons-remove|backups-*", _DELETES),
    _rule("kamal", "kamal remove", "removes the application with its accessories"),
    _rule("kamal-accessory", "kamal accessory remove|reboot", "removes a database's container and directories"),
    _rule("gh-secret", "gh secret|variable set|delete|remove ~.*(?:DATABASE|POSTGRES|PG).*", "points workflows at another database"),
    _rule("gh-repo-delete", "gh repo|release|codespace|cs delete", "deletes a repository, or a workspace with work in it"),
    _rule("dokku-config", "dokku config:set|config:unset ~.*(?:DATABASE|POSTGRES|PG)\\w*(?:=.*)?", "points the application at another database"),
    _rule("wrangler-delete", "wrangler delete", _DELETES),
    _rule("aptible", "aptible db:deprovision|apps:deprovision|backup:purge|db:restore", _DELETES),
    _rule("dotenv-set", "dotenv|dotenvx|dotenv-set set|unset ~.*(?:DATABASE|POSTGRES|_DB|PG).*", "points the application at another database"),
    _rule("crudini", "crudini +--set|--del ~(?:.*url.*|.*database.*)", "points the application at another database"),
)  # fmt: skip

DANGEROUS = """
railway volume delete --volume pgdata
railway down
railway variables --set DATABASE_URL=postgres://other/db
fly apps destroy shop --yes
flyctl volumes destroy vol_123
fly postgres destroy
fly machine destroy 123 --force
fly secrets set DATABASE_URL=postgres://other/db
heroku pg:reset DATABASE_URL --confirm shop
heroku pg:reset -a shop
heroku apps:destroy shop --confirm shop
heroku addons:destroy heroku-postgresql
heroku pg:backups:restore b101 DATABASE_URL
heroku config:set DATABASE_URL=postgres://other/db
heroku run rails db:drop -a shop
neonctl projects delete shop
neonctl branches restore main ^self@2026-01-01T00:00:00Z
neon branches delete main
dokku postgres:destroy shop
vercel env rm DATABASE_URL production
pscale database delete shop
kamal accessory remove db
cf delete-service shop-db
curl -X POST https://backboard.railway.app/graphql/v2 -H "Authorization: Bearer x" -d '{"query":"mutation { volumeDelete(volumeId: \\"abc\\") }"}'
curl -X DELETE https://api.render.com/v1/postgres/dpg-1
curl --request DELETE https://console.neon.tech/api/v2/projects/p1
curl -XDELETE https://api.digitalocean.com/v2/databases/1
curl -X DELETE http://localhost:9200/orders
"""

SAFE = """
railway up
railway logs
railway status
railway run npm start
fly deploy
fly logs
fly status
fly secrets list
fly secrets set API_KEY=abc
heroku logs --tail
heroku pg:info
heroku pg:backups:capture
heroku ps
heroku config
heroku config:set LOG_LEVEL=debug
heroku run rails db:migrate -a shop
neonctl branches list
neonctl branches create --name feature
neonctl branches delete test-branch
vercel
vercel deploy --prod
vercel env pull
netlify deploy
dokku ps:restart shop
gh pr create --fill
gh pr list
gh run watch
curl https://api.example.com/items
curl -X POST https://api.example.com/items -d '{"name":"x"}'
curl -X DELETE http://localhost:3000/api/items/1
curl -s localhost:8000/health
"""
