#!/usr/bin/env bash
# Adds up the shards that gang.sh or array.sh ran. Its exit status is that of the whole run.
set -euo pipefail

folder=${OUT:?the folder of the shards} count=${SHARDS:?how many shards there are}
shards=("$folder"/shard-*/)
if [[ ! -d ${shards[0]} ]]; then
  echo "no shard began: there is no run in $folder, and logs there or the lines above say why" >&2
  exit 3
fi
exec deskbell merge "${shards[@]}" --expect "$count" --out "$folder/merged"
