#!/bin/sh
# Starts this pod's Redis as the master, or as a replica of whoever is.
set -eu
. "$(dirname "$0")/lib.sh"

master=$(master)
{
  echo "port $PORT"
  echo "dir $DATA"
  echo "appendonly yes"
  # With `everysec` even a killed server loses credits that were already spent (decision 13).
  echo "appendfsync always"
  echo "maxmemory-policy noeviction"
  echo "requirepass $REDISCLI_AUTH"
  echo "masterauth $REDISCLI_AUTH"
  echo "replica-announce-ip $SELF"
  # A master that was cut off from both others takes no write that would be lost when they have chosen another.
  echo "min-replicas-to-write 1"
  echo "min-replicas-max-lag 10"
  [ "$master" = "$SELF" ] || echo "replicaof $master $PORT"
} >"${RUN:-/run/redis}/redis.conf"
echo "$SELF: the master is $master"
exec redis-server "${RUN:-/run/redis}/redis.conf"
