"""AWS, Google Cloud, Azure, DigitalOcean and their like."""

from __future__ import annotations

from strongroom.command_guard.rules import Rule


def _rule(name: str, pattern: str, loses: str) -> Rule:
    return Rule(name, pattern, loses, "needs_human", target="name")


_DELETES = "deletes a database, a disk or backups at a provider"
_DELETE = "delete-db-*|delete-global-cluster|delete-cluster*|delete-replication-group|delete-cache-cluster|delete-snapshot*|delete-volume*|delete-table*|delete-backup*|delete-file-system|delete-recovery-point|delete-domain|delete-stack*|delete-key*|schedule-key-deletion|terminate-*|delete-bucket*|delete-object*|delete-log-group|delete-secret|delete-user-pool|delete-instance*|delete-relational-database*|delete-disk*|delete-serverless-cache*|delete-elasticsearch-domain|batch-delete*|delete-queue|purge-queue|delete-hosted-zone|delete-repository|delete-tenant-database|delete-item*|deregister-*"

RULES = (
    _rule("aws-delete", f"aws * {_DELETE} !--dry-run|--dryrun", _DELETES),
    _rule("aws-rds-change", "aws rds reboot-db-cluster|failover-*|promote-*|reset-*|stop-db-*", "puts a database back, or changes which one leads"),
    _rule("aws-rds-modify", "aws rds modify-db-* +--no-deletion-protection", "takes a protection away"),
    _rule("aws-detach", "aws ec2 detach-volume|modify-volume", "takes a disk away from a server"),
    _rule("aws-lifecycle", "aws s3api put-bucket-lifecycle*|delete-*", "has objects deleted, or kept no longer"),
    _rule("gcloud-delete", "gcloud ~(?:sql|compute|spanner|bigtable|firestore|alloydb|projects|container|storage|redis|filestore|datastore|secrets|kms|pubsub|app|alpha|beta) ~(?:delete|destroy|purge|rm)", _DELETES),
    _rule("gcloud-sql-restore", "gcloud sql backups restore", "writes over a database with a backup"),
    _rule("gcloud-sql-patch", "gcloud sql instances patch|reset-ssl-config|promote-replica|restore-backup +--no-backup|--no-deletion-protection|--no-enable-point-in-time-recovery", "takes a protection away"),
    _rule("gcloud-sql-import", "gcloud sql import", "loads a file over a database"),
    _rule("az-delete", "az ~(?:postgres|mysql|sql|mariadb|cosmosdb|redis|storage|disk|group|vm|aks|keyvault|backup|snapshot|webapp|container|containerapp|netappfiles|resource|deployment|acr) ~(?:delete|delete-batch|purge|remove|delete-.*)", _DELETES),
    _rule("az-restore", "az ~(?:postgres|mysql|sql|cosmosdb) ~restore", "puts a database back"),
    _rule("doctl-delete", "doctl ~(?:databases|database|db|compute|kubernetes|k8s|k|d|apps|volume|projects|c) ~(?:delete|rm|d|destroy|delete-selective|detach)", _DELETES),
    _rule("hcloud", "hcloud volume|server|snapshot|image|firewall|project delete|rebuild|detach", _DELETES),
    _rule("linode", "linode-cli databases|volumes|linodes|object-storage ~(?:.*delete|rm|rebuild|.*destroy)", _DELETES),
    _rule("vultr", "vultr-cli ~(?:database|block-storage|instance|snapshot|kubernetes) ~(?:delete|destroy|reinstall)", _DELETES),
    _rule("scw", "scw rdb|instance|block|object|k8s|redis|mongodb ~(?:delete|terminate|upgrade)", _DELETES),
    _rule("oci", "oci ~(?:db|bv|os|compute|psql|mysql|nosql) ~.*(?:delete|terminate|bulk-delete)", _DELETES),
    _rule("ibmcloud", "ibmcloud resource|cdb|cos|ks|sl ~.*(?:delete|rm|cancel).*", _DELETES),
    _rule("ovh", "openstack|nova|cinder volume|server|database|stack|container|object delete|rebuild", _DELETES),
    _rule("exo", "exo dbaas|compute|storage ~(?:delete|rm)", _DELETES),
    _rule("aiven", "avn service terminate|database-delete|topic-delete", _DELETES),
    _rule("aiven-long", "avn service ~(?:terminate|database-delete|reset-credentials)", _DELETES),
    _rule("atlas-cloud", "atlas ~(?:clusters|deployments|backups|projects|serverless) ~(?:delete|pause)", _DELETES),
    _rule("confluent", "confluent kafka|environment ~delete", _DELETES),
    _rule("timescale", "tiger|tsc service|svc delete", _DELETES),
    _rule("cb", "cb destroy|detach", _DELETES),
    _rule("ccloud", "ccloud cluster delete", _DELETES),
    _rule("aws-no-backups", "aws rds modify-db-* +--backup-retention-period ~0", "ends automatic backups"),
    _rule("aws-versioning", "aws s3api put-bucket-versioning ~.*Suspended.*", "keeps old versions no longer"),
    _rule("aws-environment", "aws lambda|ssm|secretsmanager|ecs update-function-configuration|put-parameter|put-secret-value|update-secret ~.*(?:DATABASE|POSTGRES|PG).*", "points the application at another database"),
    _rule("gcloud-environment", "gcloud run services|jobs|deploy update|* ~.*(?:DATABASE|POSTGRES|PG)\\w*=.*", "points the application at another database"),
    _rule("az-backup", "az backup protection disable", "ends backups, or deletes them"),
    _rule("aliyun", "aliyun * Delete*|delete*", _DELETES),
)  # fmt: skip

DANGEROUS = """
aws rds delete-db-instance --db-instance-identifier shop --skip-final-snapshot
aws rds delete-db-cluster --db-cluster-identifier shop
aws --profile prod rds delete-db-snapshot --db-snapshot-identifier s1
aws dynamodb delete-table --table-name orders
aws ec2 delete-volume --volume-id vol-1
aws ec2 terminate-instances --instance-ids i-1
aws cloudformation delete-stack --stack-name shop
aws backup delete-recovery-point --backup-vault-name v --recovery-point-arn a
aws rds modify-db-instance --db-instance-identifier shop --no-deletion-protection
aws elasticache delete-replication-group --replication-group-id r
gcloud sql instances delete shop
gcloud sql databases delete shop --instance=main -q
gcloud compute disks delete disk-1
gcloud projects delete shop-prod
gcloud sql backups restore 1 --restore-instance=shop
az postgres flexible-server delete -n shop -g rg --yes
az group delete -n rg --yes --no-wait
az sql db delete -n shop -s srv -g rg
az storage account delete -n shopdata
doctl databases delete 1234 --force
doctl compute volume delete v1
hcloud volume delete pgdata
avn service terminate shop-pg
"""

SAFE = """
aws s3 ls
aws rds describe-db-instances
aws rds create-db-snapshot --db-instance-identifier shop --db-snapshot-identifier s
aws ec2 describe-instances
aws sts get-caller-identity
aws logs tail /aws/lambda/x
aws rds delete-db-instance --db-instance-identifier shop-test --skip-final-snapshot
gcloud auth login
gcloud sql instances list
gcloud config set project shop
gcloud run deploy shop
az login
az group list
az postgres flexible-server list
doctl databases list
doctl apps list
hcloud server list
"""
