"""S3 and other object stores, by aws, gsutil, rclone, mc and s3cmd."""

from __future__ import annotations

from strongroom.command_guard.rules import Rule


def _rule(name: str, pattern: str, loses: str) -> Rule:
    return Rule(name, pattern, loses, "needs_human", target="name")


_OBJECTS, _BUCKET = "deletes stored objects", "deletes a bucket with all that is in it"

RULES = (
    _rule("s3-rm", "aws s3 rm !--dryrun", _OBJECTS),
    _rule("s3-mv", "aws s3 mv +--recursive !--dryrun", "moves stored objects away"),
    _rule("s3-rb", "aws s3 rb", _BUCKET),
    _rule("s3-sync-delete", "aws s3 sync +--delete !--dryrun", "deletes at the target whatever the source lacks"),
    _rule("s5cmd", "s5cmd|s4cmd rm|rb|del|sync +--delete|rm|rb !--dry-run", _OBJECTS),
    _rule("s5cmd-rm", "s5cmd|s4cmd rm|rb|del !--dry-run", _OBJECTS),
    _rule("s3cmd", "s3cmd del|rm|rb|delete !-n|--dry-run", _OBJECTS),
    _rule("s3cmd-sync", "s3cmd sync +--delete-removed", "deletes at the target whatever the source lacks"),
    _rule("gsutil", "gsutil rm|rb", _OBJECTS),
    _rule("gsutil-sync", "gsutil rsync +-d !-n", "deletes at the target whatever the source lacks"),
    _rule("gcloud-storage", "gcloud storage rm|buckets ~(?:rm|delete|gs://.*)", _OBJECTS),
    _rule("rclone", "rclone purge|delete|deletefile|rmdirs|cleanup|dedupe|move|moveto !--dry-run|-n", _OBJECTS),
    _rule("rclone-sync", "rclone sync|bisync !--dry-run|-n", "deletes at the target whatever the source lacks"),
    _rule("mc-rm", "mc|mcli rm|rb|undo", _OBJECTS),
    _rule("mc-mirror", "mc|mcli mirror +--remove", "deletes at the target whatever the source lacks"),
    _rule("mc-lifecycle", "mc|mcli ilm|version ~(?:add|import|suspend|rule)", "has objects deleted, or kept no longer"),
    _rule("azcopy", "azcopy rm|remove|sync ~(?:.*delete-destination=(?:true|prompt)|https?://.*)", _OBJECTS),
    _rule("b2", "b2 delete-file-version|delete-bucket|rm|file|bucket ~(?:delete.*|rm|b2://.*|[\\w-]+)", _OBJECTS),
    _rule("swift", "swift delete", _OBJECTS),
    _rule("lftp", "lftp ~.*(?:mirror.*--delete|rm -r|mrm).*", "deletes on a server"),
    _rule("gcloud-rsync", "gcloud storage rsync +--delete-unmatched-destination-objects", "deletes at the target whatever the source lacks"),
    _rule("gsutil-lifecycle", "gsutil lifecycle set", "has objects deleted, or kept no longer"),
    _rule("ipfs", "ipfs pin|repo rm|gc", "forgets pinned content"),
    _rule("ossutil", "ossutil|ossutil64|obsutil|coscmd rm|rb|delete", _OBJECTS),
)  # fmt: skip

DANGEROUS = """
aws s3 rm s3://shop-backups --recursive
aws s3 rm s3://shop-backups/2026/ --recursive --exclude x
aws s3 rb s3://shop-backups --force
aws s3 sync . s3://shop-uploads --delete
aws s3api delete-bucket --bucket shop
aws s3api delete-objects --bucket shop --delete file://d.json
s3cmd del --recursive s3://shop/
gsutil -m rm -r gs://shop-backups
gsutil rb gs://shop
gcloud storage rm -r gs://shop
rclone purge remote:backups
rclone delete remote:backups
rclone sync . remote:backups
mc rm --recursive --force store/backups
mc rb --force store/backups
az storage blob delete-batch -s backups
"""

SAFE = """
aws s3 ls s3://shop-backups
aws s3 cp dump.sql s3://shop-backups/
aws s3 sync dist s3://shop-site
aws s3 rm s3://shop-backups --recursive --dryrun
aws s3 mb s3://new
gsutil ls gs://shop
gsutil cp a gs://shop/
rclone copy . remote:backups
rclone ls remote:backups
rclone sync --dry-run . remote:backups
mc ls store
mc cp a store/b
s3cmd ls
"""
