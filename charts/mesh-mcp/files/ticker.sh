#!/bin/sh
# Has the collector run again and again: POST COLLECT_URL, one run after the other. Of several tickers one leads by a lease in the store; the others are told how
# long to stand by. Says something when that changes, not every time.
#
# Environment: COLLECT_URL, COLLECT_HOST (its Host header), COLLECT_TOKEN, HOLDER (a name of this ticker's own), STATE_FOLDER (may be written to),
# PAUSE_SECONDS, TIMEOUT_SECONDS, BACKOFF_SECONDS, MAX_BACKOFF_SECONDS.
# In STATE_FOLDER: `alive` is touched before each run, `ready` is there while runs succeed.
set -u

child=
stop() {
  [ -z "$child" ] || kill "$child" 2>/dev/null
  exit 0
}
trap stop TERM INT

# A shell heeds a signal only between commands, so what takes long runs beside it.
run() {
  "$@" &
  child=$!
  wait "$child"
  result=$?
  child=
  return "$result"
}

told=
tell() {
  [ "$told" = "$1" ] || echo "$2"
  told=$1
}

# The token goes in through standard input, since arguments show in the list of processes. Prints the status.
post() {
  escaped=$(printf %s "$COLLECT_TOKEN" | sed 's/[\\"]/\\&/g')
  printf 'header = "authorization: Bearer %s"\n' "$escaped" |
    curl --config - --silent --show-error --max-time "$TIMEOUT_SECONDS" \
      --header "host: $COLLECT_HOST" --header 'content-type: application/json' --data "{\"holder\":\"$HOLDER\"}" \
      --output "$STATE_FOLDER/answer" --write-out '%{http_code}' "$COLLECT_URL" >"$STATE_FOLDER/status" 2>"$STATE_FOLDER/trouble"
}

backoff=$BACKOFF_SECONDS
while :; do
  : >"$STATE_FOLDER/alive"
  : >"$STATE_FOLDER/answer"
  run post || true
  status=$(cat "$STATE_FOLDER/status")
  case $status in
    2??)
      : >"$STATE_FOLDER/ready"
      backoff=$BACKOFF_SECONDS
      pause=$PAUSE_SECONDS
      if grep -Eq '"leader"[[:space:]]*:[[:space:]]*false' "$STATE_FOLDER/answer"; then
        tell standby 'Another ticker leads; this one stands by.'
        wait_ms=$(sed -n 's/.*"retryAfterMs"[[:space:]]*:[[:space:]]*\([0-9]\{1,7\}\).*/\1/p' "$STATE_FOLDER/answer")
        pause=$(((${wait_ms:-10000} + 999) / 1000))
        [ "$pause" -gt 0 ] || pause=1
      else
        tell leader 'This ticker leads; the collector runs.'
      fi
      ;;
    *)
      rm -f "$STATE_FOLDER/ready"
      case $status in
        401 | 403) why="status $status: is COLLECT_TOKEN the same for both, and $COLLECT_HOST among ALLOWED_HOSTS?" ;;
        404) why="status 404: nobody serves $COLLECT_HOST there yet, or it has no collector" ;;
        '' | 000) why=$(tail -n 1 "$STATE_FOLDER/trouble") ;;
        *) why="status $status" ;;
      esac
      tell "$status" "The collector does not run and is tried again: $why"
      pause=$backoff
      backoff=$((backoff * 2))
      [ "$backoff" -le "$MAX_BACKOFF_SECONDS" ] || backoff=$MAX_BACKOFF_SECONDS
      ;;
  esac
  run sleep "$pause"
done
