"""Disks, volume groups and file systems with snapshots."""

from __future__ import annotations

from strongroom.command_guard.rules import Rule


def _rule(name: str, pattern: str, loses: str, target: str = "name") -> Rule:
    return Rule(name, pattern, loses, "needs_human", target=target)


_WIPES = "makes a new, empty file system"

RULES = (
    _rule("mkfs", "mkfs|mkfs.ext4|mkfs.ext3|mkfs.ext2|mkfs.xfs|mkfs.btrfs|mkfs.vfat|mkfs.fat|mkfs.ntfs|mkfs.f2fs|mke2fs|newfs|mkntfs|mkdosfs !-n|-V|--help|--version", _WIPES, "path"),
    _rule("mkswap", "mkswap ~/dev/.*", _WIPES, "path"),
    _rule("wipefs", "wipefs +-a|--all|-o|--offset", "wipes a file system"),
    _rule("blkdiscard", "blkdiscard|nvme|hdparm ~(?:/dev/.*|format|sanitize)", "discards a whole device"),
    _rule("partition", "fdisk|gdisk|cfdisk|sfdisk|parted|sgdisk ~/dev/.* !-l|--list|-p|--print|-d|--dump|print", "changes the partitions of a disk"),
    _rule("lvm-remove", "lvremove|vgremove|pvremove !--test|-t", "removes a volume with all that is on it"),
    _rule("lvm-reduce", "lvreduce|vgreduce|lvconvert !--test", "cuts a volume, and what lies at its end"),
    _rule("lvm", "lvm lvremove|vgremove|pvremove|lvreduce", "removes a volume with all that is on it"),
    _rule("zfs-destroy", "zfs destroy !-n", "destroys a data set or its snapshots"),
    _rule("zfs-rollback", "zfs rollback", "throws away what came after a snapshot"),
    _rule("zfs-receive", "zfs receive|recv +-F", "throws away what came after a snapshot"),
    _rule("zpool-destroy", "zpool destroy|labelclear|remove|split", "destroys a pool"),
    _rule("zpool-create", "zpool create +-f", "makes a new pool over what is there"),
    _rule("btrfs-delete", "btrfs subvolume|subvol|sub delete|del", "deletes a subvolume"),
    _rule("btrfs-device", "btrfs device remove|delete", "removes a device"),
    _rule("snapper", "snapper|timeshift delete|undochange|rollback|--delete|--restore|--delete-all", "deletes a snapshot, or goes back to one"),
    _rule("timeshift", "timeshift +--delete|--restore|--delete-all", "deletes a snapshot, or goes back to one"),
    _rule("mdadm", "mdadm +--zero-superblock|--create|--stop|--remove", "takes an array apart"),
    _rule("cryptsetup", "cryptsetup luksFormat|luksErase|erase|luksKillSlot|luksRemoveKey|luksformat|lukserase|lukskillslot|luksremovekey|reencrypt", "makes an encrypted disk unreadable"),
    _rule("ceph", "ceph osd|fs|pool purge|rm|destroy|delete", "removes storage"),
    _rule("ceph-pool", "ceph osd pool rm|delete", "removes a pool"),
    _rule("rbd", "rbd rm|remove|purge", "removes an image"),
    _rule("gluster", "gluster volume delete|stop|reset", "deletes a volume"),
    _rule("virsh", "virsh undefine|vol-delete|vol-wipe|pool-delete|snapshot-delete|snapshot-revert", "deletes a machine's disk"),
    _rule("qm", "qm|pct destroy|rollback|delsnapshot", "destroys a machine with its disks"),
    _rule("lxc", "lxc|incus delete|rm", "deletes a container with its data"),
    _rule("lxc-storage", "lxc|incus storage ~(?:delete|volume)", "deletes storage"),
    _rule("diskutil", "diskutil erase*|partitiondisk|apfs|secureerase|zerodisk|reformat", "erases a disk"),
    _rule("format", "diskpart|clear-disk|format-volume|initialize-disk", "erases a disk"),
    _rule("format-drive", "format ~[a-z]:.*", "erases a disk"),
    _rule("fsck-yes", "e2fsck|xfs_repair|fsck.ext4|fsck +-y|-L", "may throw away what it cannot mend"),
    _rule("fstrim", "badblocks +-w", "writes over a whole disk"),
    _rule("umount-data", "umount +-f|-l ~.*(?:pgdata|postgres|mysql|data).*", "takes the data away below a running server"),
    _rule("tmutil", "tmutil delete|deletelocalsnapshots", "deletes backups"),
    _rule("rbd-snap", "rbd snap purge|rm|remove|rollback", "removes a snapshot, or goes back to it"),
    _rule("vssadmin", "vssadmin|wbadmin delete", "deletes backups"),
    _rule("qemu-create", "qemu-img create ~/.*", "makes a new image, perhaps over one that is there"),
    _rule("qemu-snapshot", "qemu-img snapshot +-a|-d", "takes an image back, or deletes a snapshot"),
)  # fmt: skip

DANGEROUS = """
mkfs.ext4 /dev/sdb1
sudo mkfs -t xfs /dev/nvme1n1
wipefs -a /dev/sdb
dd if=/dev/zero of=/dev/sda bs=1M
dd if=image.iso of=/dev/sdb
lvremove -f vg0/pgdata
vgremove vg0
zfs destroy -r tank/pgdata
zfs rollback -r tank/pgdata@monday
zpool destroy tank
btrfs subvolume delete /srv/pgdata
blkdiscard /dev/nvme0n1
sgdisk --zap-all /dev/sdb
mdadm --zero-superblock /dev/sdb
cryptsetup luksFormat /dev/sdb
cat image > /dev/sdb
rbd rm pool/pgdata
virsh undefine db1 --remove-all-storage
"""

SAFE = """
lsblk
df -h
du -sh *
zfs list
zfs snapshot tank/pgdata@now
zpool status
lvs
lvcreate -s -n snap -L 1G vg0/pgdata
btrfs subvolume list /
btrfs subvolume snapshot /srv /srv/.snap
fdisk -l
mount /dev/sdb1 /mnt
umount /mnt
dd if=/dev/zero of=/tmp/file bs=1M count=10
dd if=/dev/urandom of=random.bin bs=1k count=1
parted -l
cat x > /dev/null
ls > /dev/null 2>&1
"""
