#!/usr/bin/env bash
# Sharded runs by deploy/slurm on a real Slurm of four nodes, which lives on this machine alone:
# `tests/slurm/run.sh DESKBELL`, the path of the binary. It needs root, and python3 with the packages of
# tests/readers. Slurm is installed from Debian's packages where it is missing.
#
# The cluster lives in namespaces of its own (network, mounts, processes, host name). When their first
# process ends, however it does, the kernel ends the rest and takes networks and mounts away. What the
# runs left, and the logs of Slurm, are in target/ci/slurm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

deskbell=$(realpath "${1:?the path of deskbell}")
if [[ $(id -u) != 0 ]]; then
  echo 'no root: it takes that to make the nodes of a cluster' >&2
  exit 1
fi
if ! type -P munged slurmctld slurmd sbatch ip >/dev/null; then
  apt-get update --quiet --quiet >&2
  apt-get install --yes --quiet --no-install-recommends \
    slurmctld slurmd slurm-client munge iproute2 >&2
fi
exec unshare --net --mount --uts --pid --mount-proc --kill-child tests/slurm/cases.sh "$deskbell"
