#!/usr/bin/env bash
# A run in shards that begin whenever Slurm has a place for each, as a job array on Slurm.
# docs/slurm.md explains it.
#
#   SHARDS=4 OUT=/shared/run-1 deploy/slurm/array.sh builtin:load/steady --profile uat.yaml
#
# SHARDS  how many shards
# OUT     a new folder that all nodes share; the whole run is in $OUT/merged
#
# Arguments are those of `deskbell run`, and SBATCH_PARTITION, SBATCH_TIMELIMIT and the like are Slurm's.
# The exit status is that of the whole run, and 3 where it was not merged.
set -euo pipefail

export SHARDS=${SHARDS:?how many shards} OUT=${OUT:?a new folder}
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
mkdir "$OUT"

shards=$(sbatch --parsable --no-requeue --array="1-$SHARDS" --output="$OUT/slurm-%a.log" \
  "$here/shard.sh" "$@")
# After any end of the shards: a merge that waits for their success would never tell which one failed.
status=0
sbatch --wait --no-requeue --dependency="afterany:${shards%;*}" --output="$OUT/merge.log" \
  "$here/merge.sh" || status=$?
cat "$OUT/merge.log"
# A merge that was cancelled before it began counts as success to Slurm.
if [[ $status == 0 && ! -e $OUT/merged/run.json ]]; then
  status=3
fi
exit "$status"
