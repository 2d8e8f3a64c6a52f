# Who is the master? Read by redis.sh and sentinel.sh.
#   SELF      this pod's own name, as the others call it
#   PEERS     the names of all pods, this one among them; the first is the master of the very first start
#   DATA      the folder that outlives the pod
#   PASSWORD  the file with the password

PORT=${PORT:-6379}
SENTINEL_PORT=${SENTINEL_PORT:-26379}
SERVICE=firstbyte
REDISCLI_AUTH=$(cat "$PASSWORD")
export REDISCLI_AUTH

# What a majority of the sentinels that answer says; else what this pod's own sentinel wrote down before everything
# stopped; else the first, who is the master only where there has never been another.
master() {
  said=$(for peer in $PEERS; do
    timeout 2 redis-cli -h "$peer" -p "$SENTINEL_PORT" sentinel get-master-addr-by-name "$SERVICE" 2>/dev/null | head -n 1
  done | grep -v '^$' | sort | uniq -c | sort -rn | awk 'NR == 1 {print $2}')
  if [ -z "$said" ] && [ -f "$DATA/sentinel.conf" ]; then
    said=$(awk '$1 == "sentinel" && $2 == "monitor" {print $4}' "$DATA/sentinel.conf")
  fi
  echo "${said:-${PEERS%% *}}"
}
