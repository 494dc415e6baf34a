"""Terraform, OpenTofu, Pulumi and other tools that bring a description about."""

from __future__ import annotations

from strongroom.command_guard.rules import Rule

_TF = "terraform|tofu|terragrunt|tf"


def _rule(name: str, pattern: str, loses: str) -> Rule:
    return Rule(name, pattern, loses, "needs_human", target="name")


_DESTROY = "destroys what it had built, databases and their snapshots among it"
_APPLY = "may destroy and rebuild databases, without a question"

RULES = (
    Rule("tf-destroy", f"{_TF} destroy", _DESTROY, "needs_human"),
    Rule("tf-apply-destroy", f"{_TF} apply +-destroy|--destroy", _DESTROY, "needs_human"),
    Rule("tf-run-all-destroy", "terragrunt run-all|run|destroy-all destroy", _DESTROY, "needs_human"),
    Rule("tf-run-all-args", "terragrunt run ~destroy", _DESTROY, "needs_human"),
    _rule("tf-apply-auto", f"{_TF} apply +-auto-approve|--auto-approve|--terragrunt-non-interactive !-refresh-only|--refresh-only", _APPLY),
    _rule("tf-apply-replace", f"{_TF} apply +-replace|--replace", "destroys a resource and builds it anew"),
    _rule("tf-run-all-apply", "terragrunt run-all apply", _APPLY),
    _rule("tf-taint", f"{_TF} taint", "has a resource destroyed and built anew by the next run"),
    _rule("tf-state", f"{_TF} state rm|push|replace-provider", "makes Terraform forget a resource, which it then builds anew"),
    _rule("tf-workspace", f"{_TF} workspace delete", "deletes a state"),
    _rule("tf-unlock", f"{_TF} force-unlock", "lets two runs change the same state"),
    Rule("pulumi-destroy", "pulumi destroy|down|dn", _DESTROY, "needs_human", target="name"),
    _rule("pulumi-up", "pulumi up|update +-y|--yes|-f|--skip-preview", _APPLY),
    _rule("pulumi-stack-rm", "pulumi stack rm", "removes a stack's state"),
    _rule("pulumi-state", "pulumi state delete", "makes Pulumi forget a resource"),
    _rule("cdk-destroy", "cdk|cdktf|sst destroy|remove", _DESTROY),
    _rule("serverless-remove", "serverless|sls remove", _DESTROY),
    _rule("sam-delete", "sam delete", _DESTROY),
    _rule("cdk-force", "cdk deploy +--force", _APPLY),
    _rule("copilot", "copilot app|env|svc|job delete", "deletes an environment with its storage"),
    _rule("eb", "eb terminate", "terminates an environment with its database"),
    _rule("ansible", "ansible|ansible-playbook ~.*(?:destroy|wipe|reset|teardown|cleanup|state=absent).*", "runs what sounds like a removal"),
    _rule("nomad", "nomad job|volume|system|namespace stop|delete|deregister|gc +-purge|--purge", "removes a job for good"),
    _rule("nomad-volume", "nomad volume delete|deregister", "deletes a volume"),
    Rule("terragrunt-destroy-all", "terragrunt destroy-all", _DESTROY, "needs_human"),
    _rule("azd", "azd down", _DESTROY),
)  # fmt: skip

DANGEROUS = """
terraform destroy
terraform destroy -auto-approve
terraform -chdir=infra destroy -target=aws_db_instance.main
terraform apply -destroy
terraform apply -auto-approve
tofu destroy
terragrunt run-all destroy
terraform state rm aws_db_instance.main
terraform taint aws_db_instance.main
terraform apply -replace=aws_db_instance.main
pulumi destroy --yes
pulumi stack rm prod --force
cdk destroy --all
serverless remove --stage prod
sls remove
eb terminate shop-prod
"""

SAFE = """
terraform plan
terraform init
terraform fmt -recursive
terraform validate
terraform show
terraform apply
terraform output -json
terraform state list
terraform workspace list
pulumi preview
pulumi up
cdk diff
cdk deploy
serverless deploy
terraform plan -destroy
"""
