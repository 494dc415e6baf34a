"""Kubernetes, Helm and operators: claims, namespaces, releases."""

from __future__ import annotations

from strongroom.command_guard.rules import Rule

_KUBE = "kubectl|k|oc|k3s"
_CLAIMS = "pvc*|persistentvolumeclaim*|pv|pv/*|persistentvolume*"
_STATEFUL = "sts|sts/*|statefulset*|postgresql*|postgres*|cluster|cluster/*|cluster.*|clusters|clusters.*|perconapgcluster*|pgcluster*|mysql*|mongodb*|redis*|innodbcluster*|kafka*|elasticsearch*|cnpg*|backups.*|scheduledbackup*|volumesnapshot*"

RULES = (
    Rule("kube-delete-claim", f"{_KUBE} delete {_CLAIMS}", "deletes a claim, and mostly the volume with it", target="name"),
    Rule("kube-delete-namespace", f"{_KUBE} delete ns|ns/*|namespace*|project|project/*", "deletes a namespace with all claims in it", target="name"),
    Rule("kube-delete-stateful", f"{_KUBE} delete {_STATEFUL}", "deletes a stateful set or a database, perhaps with its volumes", target="name"),
    Rule("kube-delete-crd", f"{_KUBE} delete crd*|customresourcedefinition*|storageclass*|sc", "deletes every object of a kind", "needs_human", target="name"),
    Rule("kube-delete-list", f"{_KUBE} delete ~.*,.*pvc.*|pvc,.*|all,.*", "deletes claims among other things", target="name"),
    Rule("kube-delete-all", f"{_KUBE} delete all|deploy*|svc|service*|secret*|configmap*|cm|rs|replicaset*|daemonset* +--all|-A|--all-namespaces !--dry-run", "deletes every object of a kind", target="name"),
    Rule("kube-delete-file", f"{_KUBE} delete +-f|--filename|-k|--kustomize !--dry-run", "deletes whatever the files describe, claims among it", target="manifest"),
    Rule("kube-drain", f"{_KUBE} drain +--delete-emptydir-data|--delete-local-data", "deletes the local data of every pod of the node", "needs_human", target="name"),
    Rule("kube-apply-prune", f"{_KUBE} apply +--prune !--dry-run", "deletes whatever the files do not name", "needs_human", target="name"),
    Rule("kube-replace-force", f"{_KUBE} replace +--force ~.*(?:pvc|postgres|statefulset|volume|db).*", "deletes objects and makes them anew", "needs_human", target="name"),
    Rule("kube-scale-reclaim", f"{_KUBE} patch pv|pv/* ~.*Delete.*", "lets a volume be deleted with its claim", "needs_human", target="name"),
    Rule("kube-finalizers", f"{_KUBE} patch pvc|pv|pvc/*|pv/* ~.*finalizers.*", "lets a claim go that something still holds", "needs_human", target="name"),
    Rule("kubeadm-reset", "kubeadm reset", "takes the node's state apart", "needs_human"),
    Rule("k3s-uninstall", "k3s-uninstall.sh|k3s-killall.sh|rke2-uninstall.sh", "removes the cluster with its volumes", "needs_human"),
    Rule("microk8s-reset", "microk8s reset", "removes everything in the cluster", "needs_human"),
    Rule("helm-uninstall", "helm|helm3 uninstall|delete|del|un !--dry-run", "uninstalls a release, perhaps with its volumes", target="release"),
    Rule("helm-replace", "helm install +--replace", "replaces a release, and its claims", target="name"),
    Rule("helm-rollback", "helm rollback +--force|--recreate-pods", "makes objects anew, claims perhaps among them", target="name"),
    Rule("helmfile-destroy", "helmfile destroy|delete", "uninstalls every release", target="name"),
    Rule("argocd-delete", "argocd app delete", "deletes an application with its objects", target="name"),
    Rule("argocd-prune", "argocd app sync +--prune|--force|--replace", "deletes objects that are no longer described", "needs_human", target="name"),
    Rule("flux-delete", "flux delete|uninstall", "deletes what it had put in place", "needs_human", target="name"),
    Rule("velero-delete", "velero backup|schedule|restore delete", "deletes backups", "needs_human", target="name"),
    Rule("etcdctl-del", "etcdctl del +--prefix|--from-key", "deletes the cluster's own state", "needs_human"),
    Rule("cnpg-destroy", "kubectl cnpg destroy", "deletes an instance with its volume", target="name"),
    Rule("cnpg-plugin", "kubectl-cnpg destroy", "deletes an instance with its volume", target="name"),
    Rule("kube-set-env", f"{_KUBE} set env ~.*(?:DATABASE|POSTGRES|_DB|PG)\\w*=.*", "points the application at another database", "needs_human", target="name"),
)  # fmt: skip

DANGEROUS = """
kubectl delete pvc data-postgres-0
kubectl delete pvc --all -n prod
kubectl -n prod delete persistentvolumeclaim/data-db-0
kubectl delete ns production
kubectl delete namespace shop --force --grace-period=0
kubectl delete statefulset postgres
kubectl delete postgresql acid-main
kubectl delete cluster pg-main -n db
kubectl delete all,pvc --all
kubectl delete -f k8s/
kubectl delete deploy --all -n prod
helm uninstall postgres -n prod
helm delete --purge db
helmfile destroy
velero backup delete nightly
kubectl exec -it postgres-0 -- psql -U postgres -c "DROP DATABASE shop"
kubectl cnpg destroy pg-main 2
"""

SAFE = """
kubectl get pods
kubectl get pvc -A
kubectl delete pod web-7d9f
kubectl delete job migrate-42
kubectl delete deployment web
kubectl delete ns ci-1234
kubectl delete pvc data-0 -n test
kubectl apply -f k8s/
kubectl rollout restart deployment/web
kubectl logs -f web-0
kubectl exec web-0 -- ls /app
kubectl exec -it postgres-0 -- psql -U postgres -c "SELECT 1"
helm upgrade --install shop ./chart
helm uninstall preview-test
helm list -A
helm uninstall shop --dry-run
kubectl delete configmap settings
"""
