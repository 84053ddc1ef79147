#!/usr/bin/env bash
# A run in shards that begin together, as one gang on Slurm. docs/slurm.md explains it.
#
#   SHARDS=4 OUT=/shared/run-1 deploy/slurm/gang.sh builtin:load/steady --profile uat.yaml
#
# SHARDS    how many shards, each on a node of its own
# OUT       a new folder that all nodes share; the whole run is in $OUT/merged
# PATIENCE  for how many seconds to wait until so many nodes are free (600)
# LEAD      how many seconds after that the run begins; all shards have to be ready by then (20)
#
# Arguments are those of `deskbell run`, and SALLOC_PARTITION, SALLOC_TIMELIMIT and the like are Slurm's.
# The exit status is that of the whole run, and 3 where the nodes were not free in time.
set -euo pipefail

export SHARDS=${SHARDS:?how many shards} OUT=${OUT:?a new folder} LEAD=${LEAD:-20} SHARD
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
patience=${PATIENCE:-600}
SHARD=$here/shard.sh
mkdir "$OUT"

# A shard that fails, or whose node is lost, ends no other: what it left is the merge's to judge.
# shellcheck disable=SC2016 # the allocation's shell is to expand it
salloc --nodes="$SHARDS" --ntasks-per-node=1 --immediate="$patience" --no-kill bash -c '
  start=$(date --utc --date="+$LEAD seconds" +%Y-%m-%dT%H:%M:%SZ)
  srun --kill-on-bad-exit=0 --wait=0 --no-kill "$SHARD" "$@" --start-at "$start"
' gang "$@" || echo "salloc ended with status $?" >&2

"$here/merge.sh"
