#!/bin/sh
# What runs as the first process of an emulated kernel: mounts what a machine has, runs /ior-flame/run-tests with its output
# on the second serial line, and ends the machine.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm /dev/pts
mount -t tmpfs shm /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs run /run
mount -t securityfs securityfs /sys/kernel/security
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ln -sf /proc/self/fd /dev/fd
modprobe loop
ip link set lo up
stty -F /dev/ttyS1 raw
mount PARTUUID=494f5202-01 /ior-flame	# DISK.project of debian.mjs
cd /ior-flame && sh ./run-tests </dev/null >/dev/ttyS1 2>&1
sync
echo b >/proc/sysrq-trigger
