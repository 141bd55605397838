#!/usr/bin/env bash
# A comparison as 8 shards on a Slurm of one machine, with one capmix and one task killed, against the same in one place. Opt-in: it needs
# root, and slurm-wlm and munge from Debian. It starts its own munged, slurmctld and slurmd in a folder of its own, and ends them.
#   test.sh CAPMIX STUDY [OPTION...]      (options of capmix compare)
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "needs root" >&2; exit 2; }
for tool in munged slurmctld slurmd sbatch; do command -v $tool >/dev/null || { echo "needs slurm-wlm and munge (no $tool)" >&2; exit 2; }; done
capmix=$(realpath "$1") study=$(realpath "$2")
shift 2
here=$(cd "$(dirname "$0")/../.." && pwd) dir=$(mktemp -d /tmp/capmix-slurm-XXXXXX) host=$(hostname -s)
pids=()
finish() {
  timeout 10 scontrol shutdown >/dev/null 2>&1 || true
  sleep 1
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap finish EXIT
chmod 755 "$dir"

install -d -o munge -m 755 "$dir/munge"
install -d -o munge -m 700 "$dir/munge/private"
dd if=/dev/urandom bs=1 count=1024 of="$dir/munge/private/key" status=none
chown munge "$dir/munge/private/key" && chmod 400 "$dir/munge/private/key"
setpriv --reuid=munge --regid=munge --clear-groups munged --foreground --force --key-file="$dir/munge/private/key" --socket="$dir/munge/sock" \
  --pid-file="$dir/munge/private/pid" --log-file="$dir/munge/private/log" --seed-file="$dir/munge/private/seed" >"$dir/munged.out" 2>&1 &
pids+=($!)

mkdir -p "$dir/state" "$dir/spool" "$dir/run"
cat >"$dir/slurm.conf" <<CONF
ClusterName=loop
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/sock,cred_expire=6
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/ctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldPort=17817
SlurmdPort=17818
SlurmctldLogFile=$dir/ctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
case "$(slurmctld -V)" in  # Debian 12's cannot do without a cgroup plugin
  *" 22."*) echo "CgroupPlugin=cgroup/v1" ;;
  *) echo "CgroupPlugin=disabled" ;;
esac >"$dir/cgroup.conf"
export SLURM_CONF=$dir/slurm.conf
for _ in $(seq 50); do [ -S "$dir/munge/sock" ] && break; sleep 0.1; done
slurmctld -D -f "$SLURM_CONF" >"$dir/ctld.out" 2>&1 &
pids+=($!)
slurmd -D -f "$SLURM_CONF" -N "$host" >"$dir/slurmd.out" 2>&1 &
pids+=($!)
for _ in $(seq 60); do [ "$(timeout 5 sinfo -h -o %t 2>/dev/null)" = idle ] && break; sleep 0.5; done
[ "$(timeout 5 sinfo -h -o %t)" = idle ] || { tail -5 "$dir"/*.log "$dir"/*.out >&2; echo "Slurm did not start" >&2; exit 1; }

export XDG_CACHE_HOME=$dir/cache
"$capmix" compare "$study" "$@" --quiet --out "$dir/whole.db" >/dev/null
# Kills while the shards run: the capmix of one, which requeues itself, and the whole task of another, which submit.sh submits again.
killer() {
  local capmix_pid task
  while sleep 0.1; do
    [ -e "$dir/job/shard-3-of-8.db" ] || continue
    capmix_pid=$(pgrep -f -- "--shard 3/8 " | while read -r p; do [ "$(readlink "/proc/$p/exe")" = "$capmix" ] && echo "$p" && break; done)
    [ -n "$capmix_pid" ] && kill -9 "$capmix_pid" && echo "killed capmix of shard 3" && break
  done
  while sleep 0.1; do
    [ -e "$dir/job/shard-6-of-8.db" ] || continue
    task=$(squeue -h -r -o "%i" -n capmix | grep "_6$" || true)
    [ -n "$task" ] && scancel --full --signal=KILL "$task" && echo "killed task $task" && break
  done
}
killer >"$dir/killer" 2>&1 &
killer=$!
CAPMIX_POLL=1 bash "$here/analysis/slurm/submit.sh" "$dir/job" 8 --cpus-per-task=1 -- "$capmix" compare "$study" "$@"
kill $killer 2>/dev/null || true
cat "$dir/killer"
grep -h requeued "$dir"/job/*.log || true
want=$("$capmix" facts "$dir/whole.db" --hash) got=$("$capmix" facts "$dir/job/joined.db" --hash)
[ "$(grep -c killed "$dir/killer")" = 2 ] || { echo "a shard was over before it could be killed: take more draws" >&2; exit 1; }
[ "$got" = "$want" ] || { echo "joined $got, in one place $want" >&2; exit 1; }
echo "8 shards on $(slurmctld -V), two killed: hash $got, as in one place"
