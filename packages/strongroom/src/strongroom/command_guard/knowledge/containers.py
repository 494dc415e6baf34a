"""Docker, Podman, nerdctl and Compose: volumes, and containers that hold data."""

from __future__ import annotations

from strongroom.command_guard.rules import Rule

_ENGINE = "docker|podman|nerdctl"
_COMPOSE = "docker-compose|podman-compose|nerdctl-compose"
_GONE = "removes volumes with the databases in them"

RULES = (
    Rule("volume-rm", f"{_ENGINE} volume rm|remove", _GONE, target="volume"),
    Rule("volume-prune", f"{_ENGINE} volume prune", "removes every volume that no container uses now"),
    Rule("system-prune-volumes", f"{_ENGINE} system prune +--volumes", "removes volumes that no running container uses"),
    Rule("system-reset", "podman system reset", "removes all containers, images and volumes"),
    Rule("container-rm", f"{_ENGINE} rm|remove", "removes a container with the data in its own layer, and with -v its volumes", target="container"),
    Rule("container-rm-long", f"{_ENGINE} container rm|remove", "removes a container with the data in its own layer", target="container"),
    Rule("pod-rm", "podman pod rm|prune", "removes a pod with its containers", target="container"),
    Rule("compose-down-volumes", f"{_COMPOSE} down +-v|--volumes", _GONE, target="name"),
    Rule("compose-rm-volumes", f"{_COMPOSE} rm +-v|--volumes", "removes anonymous volumes with the databases in them", target="container"),
    Rule("compose-rm", f"{_COMPOSE} rm +-f|--force|-s|--stop", "removes containers with the data in their own layer", target="container"),
    Rule("compose-up-renew", f"{_COMPOSE} up|create|run +-V|--renew-anon-volumes", "gives services new anonymous volumes, which begin empty", target="name"),
    Rule("swarm-leave", "docker swarm leave +-f|--force", "ends every service of the swarm on this machine", "needs_human"),
    Rule("stack-rm", "docker stack rm|remove|down", "removes every service of a stack", target="name"),
    Rule("container-copy", f"{_ENGINE} cp * *:*postgres*|*:*pgdata*|*:*mysql*|*:*/data*", "writes over files in a container that may be a database's", target="container"),
    Rule("machine-rm", "docker machine rm", "removes the machine with all its volumes"),
    Rule("machine-rm-program", "docker-machine|lima rm|delete|remove", "removes the machine with all its volumes"),
    Rule("podman-machine", "podman machine rm|reset", "removes the machine with all its volumes"),
    Rule("colima-delete", "colima|minikube|limactl|kind delete|prune", "removes the machine with all its volumes", target="name"),
    Rule("multipass-delete", "multipass delete|purge", "removes a machine with all its data", target="name"),
    Rule("vagrant-destroy", "vagrant destroy", "removes the machine with all its data", target="name"),
    Rule("ddev-delete", "ddev delete|clean", "removes the project's database", target="name"),
    Rule("lando-destroy", "lando destroy", "removes the application's database", target="name"),
    Rule("snap-remove-docker", "snap remove|refresh|revert ~(?:docker|postgresql\\d*|mysql|mongodb|redis|nextcloud|microk8s)", "removes or replaces the program together with its data"),
    Rule("purge-engine", "apt|apt-get|aptitude purge|autopurge ~(?:docker|postgres|mysql|mariadb|mongo|redis|containerd|podman).*", "removes the program together with its data"),
    Rule("remove-engine", "apt|apt-get|dnf|yum|zypper|pacman|apk remove|erase|autoremove|del|-R* +--purge|-Rns ~(?:docker|postgres|mysql|mariadb|mongo|redis).*", "removes the program together with its data"),
    Rule("dpkg-purge", "dpkg +-P|--purge ~(?:docker|postgres|mysql|mariadb|mongo|redis).*", "removes the program together with its data"),
    Rule("brew-zap", "brew uninstall|remove|rm +--zap", "removes the program together with its data"),
    Rule("k3d-delete", "k3d cluster|node delete|rm", "removes the machine with all its volumes", target="name"),
    Rule("wsl", "wsl +--unregister", "removes the distribution with all its files"),
)  # fmt: skip

DANGEROUS = """
docker compose down -v
docker-compose down --volumes
docker compose -f compose.prod.yaml down --rmi all -v
docker compose --project-name shop down -v --remove-orphans
docker volume rm shop_pgdata
docker volume rm $(docker volume ls -q)
docker volume prune -f
docker volume prune --all --force
docker system prune -af --volumes
docker rm -fv postgres
docker rm -f $(docker ps -aq)
podman volume rm pgdata
podman system reset
docker compose rm -sfv db
docker compose up -V
docker stack rm shop
sudo snap remove docker
apt-get purge postgresql-16
colima delete
vagrant destroy -f
ddev delete shop
"""

SAFE = """
docker compose down
docker compose up -d
docker compose stop
docker compose restart db
docker compose -f docker-compose.test.yml down -v
docker compose -p shop_test down -v
docker volume ls
docker volume inspect shop_pgdata
docker volume rm shop_test_pgdata
docker volume create pgdata
docker rm -f web
docker rm shop-worker-1
docker stop postgres
docker image prune -af
docker system prune -f
docker container prune -f
docker builder prune -af
docker rmi shop:latest
docker network rm shop_default
docker network prune -f
docker ps -a
docker logs -f db
docker compose run --rm web pytest
snap refresh firefox
apt-get install postgresql-16
apt-get remove nodejs
"""
