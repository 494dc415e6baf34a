"""Git on what no commit holds: untracked and changed files, stashes, what was never pushed."""

from __future__ import annotations

from strongroom.command_guard.rules import Rule


def _rule(name: str, pattern: str, loses: str) -> Rule:
    return Rule(name, pattern, loses, "needs_human", target="directory")


_CHANGES = "throws changes away that no commit holds"

RULES = (
    Rule("git-clean", "git clean +-f|--force|-x|-X|-d !-n|--dry-run", "deletes files that Git does not know, databases and .env among them", "needs_human", target="clean"),
    _rule("git-reset-hard", "git reset +--hard|--merge", _CHANGES),
    _rule("git-checkout-files", "git checkout +--", _CHANGES),
    _rule("git-checkout-dot", "git checkout .|:/|*.*/*.*|*/*.py|*/*.ts|*/*.js", _CHANGES),
    _rule("git-checkout-force", "git checkout|switch +-f|--force|--discard-changes", _CHANGES),
    _rule("git-restore", "git restore !--staged|-S", _CHANGES),
    _rule("git-restore-both", "git restore +-W|--worktree", _CHANGES),
    _rule("git-stash-drop", "git stash drop|clear", "throws stashed changes away"),
    _rule("git-worktree", "git worktree remove +-f|--force", "deletes a working tree with what no commit holds"),
    _rule("git-reflog", "git reflog expire|delete", "forgets commits that nothing else leads to"),
    _rule("git-gc", "git gc +--prune|--aggressive ~--prune.*", "deletes commits that nothing leads to"),
    _rule("git-prune", "git prune !-n|--dry-run", "deletes commits that nothing leads to"),
    _rule("git-filter", "git filter-branch|filter-repo", "rewrites the history"),
    _rule("git-filter-program", "git-filter-repo|bfg", "rewrites the history"),
    _rule("git-update-ref", "git update-ref +-d", "deletes a branch"),
    _rule("git-rm-force", "git rm +-f|--force !--cached", _CHANGES),
    _rule("git-read-tree", "git read-tree +-u|--reset", _CHANGES),
    _rule("git-checkout-index", "git checkout-index +-f", _CHANGES),
    _rule("git-lfs-prune", "git lfs prune", "deletes large files that are perhaps nowhere else"),
    _rule("git-annex", "git annex drop|dropunused +--force", "deletes large files that are perhaps nowhere else"),
    _rule("git-push-mirror", "git push +--mirror|--prune", "deletes branches on the server that are not here"),
    _rule("hg-purge", "hg purge|strip|update +-C|--clean|--all", _CHANGES),
    _rule("svn-revert", "svn revert|cleanup +-R|--remove-unversioned|--remove-ignored", _CHANGES),
    _rule("jj-abandon", "jj abandon|restore", _CHANGES),
    _rule("git-move-compose", "git mv ~(?:.*/)?(?:docker-)?compose[\\w.-]*\\.ya?ml", "gives the project another name, and every volume with it"),
    _rule("dvc", "dvc gc|destroy|remove +-f|--force|-c|--cloud", "deletes data of other revisions"),
)  # fmt: skip

DANGEROUS = """
git clean -fdx
git clean -xdff
git clean -f -d
git -C /srv/app clean -fdx
git reset --hard
git reset --hard HEAD~3
git reset --hard origin/main
git checkout -- .
git checkout -- src/app.py
git checkout .
git checkout -f main
git restore .
git restore src/app.py
git stash drop
git stash clear
git worktree remove --force ../wt
git reflog expire --expire=now --all
git filter-branch --tree-filter 'rm x' HEAD
git fetch && git reset --hard origin/main && git clean -fd
"""

SAFE = """
git status
git add -A
git commit -m "drop table users"
git push
git push --force-with-lease
git pull --rebase
git checkout main
git checkout -b feature
git switch main
git restore --staged src/app.py
git reset HEAD~1
git reset --soft HEAD~1
git reset
git stash
git stash pop
git stash list
git clean -n
git clean -nfd
git branch -d feature
git branch -D feature
git diff
git log --oneline
git rebase main
git merge feature
git cherry-pick abc
git worktree add ../wt
git fetch --prune
git gc
git rm --cached .env
git tag -d v1
"""
