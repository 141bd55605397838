#!/usr/bin/env bash
# A sweep cut into shards and joined is the same file as one that ran whole; a missing, foreign or changed shard is said, and nothing is lost.
#   shards.sh CAPMIX STUDY N
set -euo pipefail
capmix=$1 study=$2 n=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export XDG_CACHE_HOME=$dir/cache
sweep() { "$capmix" sweep "$study" --quiet --jobs 2 --draws 3 --vary study:objective.served_share=0.99 --out "$@" >/dev/null; }
fails() {  # exit status 2 and these words on standard error
  local words=$1 status=0
  shift
  "$@" >"$dir/out" 2>"$dir/err" || status=$?
  [ "$status" = 2 ] && grep -q -- "$words" "$dir/err" && return
  echo "status $status instead of 2, or not \"$words\": $*"
  cat "$dir/err"
  exit 1
}

sweep "$dir/whole.db"
for k in $(seq "$n"); do sweep "$dir/$k.db" --shard "$k/$n"; done
"$capmix" merge "$dir"/[0-9]*.db --db "$dir/joined.db"
want=$("$capmix" facts "$dir/whole.db" --hash) got=$("$capmix" facts "$dir/joined.db" --hash)
[ "$got" = "$want" ] || { echo "joined $got, whole $want"; exit 1; }

"$capmix" merge "$dir"/[0-9]*.db "$dir/1.db" --db "$dir/joined.db" | grep -q "stood in two files alike"
cp "$dir/joined.db" "$dir/before.db"
mv "$dir/2.db" "$dir/lost"
fails "to be run or finished: --shard 2/$n" "$capmix" merge "$dir"/[0-9]*.db --db "$dir/joined.db"
cmp -s "$dir/joined.db" "$dir/before.db" || { echo "a merge that failed changed its file"; exit 1; }
status=0
"$capmix" merge "$dir"/[0-9]*.db --db "$dir/part.db" --partial >"$dir/out" || status=$?
[ "$status" = 1 ] && grep -q "missing (2/$n)\|missing (shard 2/$n)" "$dir/out"
sweep "$dir/2.db" --shard "2/$n" --seed 99
fails "not of the same command" "$capmix" merge "$dir"/[0-9]*.db --db "$dir/joined.db"
head -c 20000 "$dir/lost" >"$dir/2.db"
fails "damaged" "$capmix" merge "$dir"/[0-9]*.db --db "$dir/joined.db"
fails "no such results file" "$capmix" merge "$dir/1.db" "$dir/none.db" --db "$dir/joined.db"
fails "one of the files" "$capmix" merge "$dir/1.db" --db "$dir/1.db"
fails "expected K/N" "$capmix" sweep "$study" --quiet --vary study:objective.served_share=0.99 --shard 9/8 --out "$dir/x.db"
cmp -s "$dir/joined.db" "$dir/before.db" || { echo "a merge that failed changed its file"; exit 1; }
echo "$n shards: hash $want"
