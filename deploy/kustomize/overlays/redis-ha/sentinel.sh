#!/bin/sh
# Starts this pod's sentinel. What it learns stands in its own file, which outlives the pod.
set -eu
. "$(dirname "$0")/lib.sh"

if [ ! -f "$DATA/sentinel.conf" ]; then
  {
    echo "port $SENTINEL_PORT"
    echo "dir $DATA"
    echo "sentinel resolve-hostnames yes"
    echo "sentinel announce-hostnames yes"
    echo "sentinel announce-ip $SELF"
    echo "sentinel monitor $SERVICE $(master) $PORT 2"
    echo "sentinel auth-pass $SERVICE $REDISCLI_AUTH"
    echo "sentinel down-after-milliseconds $SERVICE ${DOWN_AFTER:-5000}"
    echo "sentinel failover-timeout $SERVICE 30000"
    echo "sentinel parallel-syncs $SERVICE 1"
    echo "requirepass $REDISCLI_AUTH"
    echo "sentinel sentinel-pass $REDISCLI_AUTH"
  } >"$DATA/sentinel.conf.new"
  mv "$DATA/sentinel.conf.new" "$DATA/sentinel.conf"
fi
exec redis-server "$DATA/sentinel.conf" --sentinel
