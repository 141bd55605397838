#!/usr/bin/env bash
# Kills a comparison with SIGKILL at random moments, its parent or one of its workers, and lets the same command go on; the end must have
# the fact hash of an undisturbed one.
#   kill.sh CAPMIX STUDY KILLS [SEED [OPTION...]]      (options of capmix compare)
set -euo pipefail
capmix=$1 study=$2 kills=$3 RANDOM=${4:-1}
shift $(($# < 4 ? $# : 4))
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export XDG_CACHE_HOME=$dir/cache
run() { "$capmix" compare "$study" --quiet --jobs 2 --out "$1" "${@:2}" >/dev/null 2>>"$dir/said"; }

run "$dir/whole.db" "$@"  # profiles are cached now
begin=${EPOCHREALTIME/./}
run "$dir/whole.db" --fresh "$@"
took=$((${EPOCHREALTIME/./} - begin))  # microseconds
want=$("$capmix" facts "$dir/whole.db" --hash)

# Children of a process, and theirs.
family() {
  local child
  for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
    echo "$child"
    family "$child"
  done
}

parents=0 workers=0 laps=0
finish() {  # until every run is whole; then the file starts anew
  local tries=0
  until run "$dir/killed.db" "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 3 ] || { echo "does not go on:"; tail -5 "$dir/said"; exit 1; }
  done
  local got
  got=$("$capmix" facts "$dir/killed.db" --hash)
  [ "$got" = "$want" ] || { echo "hash $got after kills, $want undisturbed"; exit 1; }
  rm -f "$dir"/killed.db*
  laps=$((laps + 1))
}

while [ $((parents + workers)) -lt "$kills" ]; do
  { run "$dir/killed.db" "$@"; } 2>/dev/null &
  pid=$!
  sleep "$(printf '0.%06d' $((took * RANDOM / 32768 / 2 % 1000000)))"
  parent=$(cat "/proc/$pid/task/"*/children 2>/dev/null || true)  # the shell's child is capmix
  parent=${parent%% *}
  if [ -n "$parent" ] && [ $((RANDOM % 2)) = 0 ]; then
    kill -9 "$parent" 2>/dev/null && parents=$((parents + 1)) || true
  elif [ -n "$parent" ]; then
    mapfile -t all < <(family "$parent")
    [ ${#all[@]} = 0 ] || { kill -9 "${all[RANDOM % ${#all[@]}]}" 2>/dev/null && workers=$((workers + 1)) || true; }
  fi
  wait "$pid" 2>/dev/null && finish "$@" || true
done
finish "$@"
echo "$parents kills of the parent and $workers of workers in $laps laps: hash $want each time"
