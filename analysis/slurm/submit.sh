#!/usr/bin/env bash
# Runs a compare or sweep as N shards on Slurm, submits shards that were lost again (twice at most), and joins them.
#   analysis/slurm/submit.sh DIR N [SBATCH-OPTION...] -- capmix sweep STUDY --vary ...
# DIR is on a file system that all nodes share. The result is DIR/joined.db; logs are DIR/shard-JOB-K.log. It waits for the jobs: start it
# in a shell that lives long enough. Started again, it runs what is missing.
set -euo pipefail
[ $# -ge 5 ] || { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
dir=$1 n=$2 here=$(cd "$(dirname "$0")" && pwd)
shift 2
options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
[ $# -ge 2 ] || { echo "the command is missing after --" >&2; exit 2; }
shift
capmix=$1
mkdir -p "$dir"

# Shards that are to be run, as Slurm writes them: 2,5.
missing() {
  local files=("$dir"/shard-*-of-"$n".db) said
  [ -e "${files[0]}" ] || { echo "1-$n"; return; }
  said=$("$capmix" merge "${files[@]}" --db "$dir/joined.db" 2>&1 >/dev/null) && return
  case "$said" in
    *"to be run or finished: --shard"*) said=${said#*--shard} && said=${said%%(*} && grep -o "[0-9]*/$n" <<<"$said" | cut -d/ -f1 | paste -sd, ;;
    *) [ -e "$dir/joined.db" ] && [ -z "$said" ] && return; echo "$said" >&2; echo no ;;
  esac
}

for try in 1 2 3; do
  shards=$(missing)
  [ "$shards" != no ] || exit 2
  [ -n "$shards" ] || break
  [ "$try" = 1 ] || echo "shards $shards were lost: submitted again"
  job=$(sbatch --parsable --array="$shards" --output="$dir/shard-%A-%a.log" "${options[@]}" "$here/shard.sbatch" "$dir" "$n" "$@")
  echo "job ${job%%;*}: shards $shards of $n"
  while [ -n "$(squeue --noheader --job "${job%%;*}" 2>/dev/null)" ]; do sleep "${CAPMIX_POLL:-10}"; done
done
shards=$(missing)
[ -z "$shards" ] || { echo "shards $shards are still missing: see $dir/*.log" >&2; exit 1; }
"$capmix" merge "$dir"/shard-*-of-"$n".db --db "$dir/joined.db"
