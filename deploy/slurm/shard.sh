#!/usr/bin/env bash
# One shard of a run: what gang.sh and array.sh have Slurm start. Its number comes from Slurm; what it
# says goes to a log beside its run folder.
set -euo pipefail

folder=${OUT:?the folder of the shards}/shard-${SLURM_ARRAY_TASK_ID:-$((SLURM_PROCID + 1))}
exec deskbell run "$@" --shard auto --out "$folder" >"$folder.log" 2>&1
