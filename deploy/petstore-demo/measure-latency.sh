#!/usr/bin/env bash
# Measures how long the paths of the Petstore demo take, as a client sees them: p50, p95, p99 and the longest, in milliseconds. Changes nothing: it only reads.
#
# Usage: measure-latency.sh [options]
#
#   --url URL          where the MCP server is reached, with or without /v1/mcp (default http://petstore-mcp.localhost.cosmonic.sh)
#   --host NAME        the Host header, where URL is an address: --url http://127.0.0.1 --host petstore-mcp.localhost.cosmonic.sh
#   --echo URL         the echo service; without it its load balancer's address is asked of kubectl, and the path left out where there is none
#   --petstore URL     the Petstore API itself, such as http://172.18.255.201/api/v3; found in the same way
#   --count N          how many requests a path (default 100; p99 of fewer is the longest)
#   --warm-up N        how many more before them, which do not count (default 10)
#   --timeout SECONDS  how long one answer may take (default 20)
#   --context NAME     the context of the kubeconfig; without it the current one
#
# A path's requests go one after the other over one connection, so the figures have neither its making nor any waiting in them; what the first request pays for
# (a name, a connection, a certificate, a host that compiles) is in the warm-up. A token for a server that wants one is read from the variable MCP_TOKEN.
#
# Ends with 0 when every path was measured, 1 when one could not be, 2 for wrong arguments, 3 without curl.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

URL=http://$MCP_HOST
HOST=''
ECHO=''
PETSTORE=''
COUNT=100
WARM_UP=10
TIMEOUT=20

FAILED=0

parse_arguments() {
  while [ $# -gt 0 ]; do
    split_option "$@"
    case "$OPTION" in
      -h | --help)
        show_help
        exit 0
        ;;
      --url | --host | --echo | --petstore | --count | --warm-up | --timeout | --context)
        if [ -z "$VALUE" ]; then usage_error "$OPTION needs a value"; fi
        ;;
      *) usage_error "unknown argument '$1'" ;;
    esac
    case "$OPTION" in
      --url | --echo | --petstore)
        case "$VALUE" in http://?* | https://?*) ;; *) usage_error "$OPTION wants a URL such as http://127.0.0.1:8000, not '$VALUE'" ;; esac
        # It goes into a file of curl's, between quotation marks.
        case "$VALUE" in *[\"\\]* | *[[:space:]]*) usage_error "$OPTION wants a URL such as http://127.0.0.1:8000, not '$VALUE'" ;; esac
        ;;
      --count | --timeout)
        case "$VALUE" in *[!0-9]* | 0*) usage_error "$OPTION wants a number such as 100, not '$VALUE'" ;; esac
        ;;
      --warm-up)
        case "$VALUE" in *[!0-9]* | 0?*) usage_error "$OPTION wants a number such as 10, not '$VALUE'" ;; esac
        ;;
    esac
    case "$OPTION" in
      --url)
        URL=${VALUE%/}
        URL=${URL%/v1/mcp}
        ;;
      --host) HOST=$VALUE ;;
      --echo) ECHO=${VALUE%/} ;;
      --petstore) PETSTORE=${VALUE%/} ;;
      --count) COUNT=$VALUE ;;
      --warm-up) WARM_UP=$VALUE ;;
      --timeout) TIMEOUT=$VALUE ;;
      --context) CONTEXT=$VALUE ;;
    esac
    shift "$WORDS"
  done
  case "$HOST" in *[!A-Za-z0-9.:_-]*) usage_error "--host wants a name such as $MCP_HOST, not '$HOST'" ;; esac
}

# address_of NAMESPACE SERVICE: the URL of a Service of type LoadBalancer; nothing where it has none or there is no cluster.
address_of() {
  local address
  if ! command -v kubectl >/dev/null; then return 0; fi
  address=$(load_balancer_address "$1" "$2" 2>/dev/null) || return 0
  if [ -n "$address" ]; then printf 'http://%s\n' "$address"; fi
}

# requests URL N: what curl is to do, as its configuration file has it. One connection serves all of them.
requests() {
  awk -v url="$1" -v count="$2" 'BEGIN { for (i = 0; i < count; i++) printf "url = \"%s\"\noutput = \"/dev/null\"\n", url }'
}

# The Host header and the token of requests to the MCP server, in the same form. A token on curl's command line would show in the list of processes.
server_options() {
  if [ -n "$HOST" ]; then printf 'header = "host: %s"\n' "$HOST"; fi
  if [ -n "${MCP_TOKEN:-}" ]; then printf 'header = "authorization: Bearer %s"\n' "$(printf '%s' "$MCP_TOKEN" | sed 's/[\\"]/\\&/g')"; fi
}

# The seconds of good answers on standard input, a line each, as p50, p95, p99 and the longest in milliseconds. A percentile is the smallest value that so many
# percent of all values do not exceed (nearest rank).
percentiles() {
  LC_ALL=C sort -n | LC_ALL=C awk '
    { value[NR] = $1 * 1000 }
    function rank(percent,  at) {
      at = int(NR * percent / 100)
      if (at < NR * percent / 100) at++
      return value[at < 1 ? 1 : at]
    }
    END { printf "%9.1f %9.1f %9.1f %9.1f\n", rank(50), rank(95), rank(99), value[NR] }'
}

# unmeasured NAME WHY
unmeasured() {
  printf '%-36s not measured: %s\n' "$1" "$2"
  FAILED=$((FAILED + 1))
}

# measure NAME URL OPTIONS [curl options]: one row. OPTIONS is a file of more options for curl.
measure() {
  local name=$1 url=$2 options=$3 status=0 good
  shift 3
  # What is slow and what is wrong look alike in a figure, so the answer is looked at first.
  curl --silent --show-error --fail --max-time "$TIMEOUT" --config "$options" "$@" "$url" >"$WORK/answer" 2>"$WORK/trouble" || status=$?
  if [ "$status" != 0 ]; then
    unmeasured "$name" "$(head -n 1 "$WORK/trouble")"
    return 0
  fi
  if grep -qE '"isError" *: *true|^\{"jsonrpc":"2.0","id":[^,]*,"error"|^data: *\{"jsonrpc":"2.0","id":[^,]*,"error"' "$WORK/answer"; then
    unmeasured "$name" "it answers an error; test-mcp.sh says why"
    return 0
  fi
  requests "$url" "$((WARM_UP + COUNT))" >"$WORK/requests"
  curl --silent --max-time "$TIMEOUT" --write-out '%{http_code} %{time_total}\n' --config "$options" --config "$WORK/requests" "$@" \
    >"$WORK/times" 2>/dev/null || true
  tail -n "+$((WARM_UP + 1))" "$WORK/times" | awk '$1 ~ /^2/ { print $2 }' >"$WORK/good"
  good=$(wc -l <"$WORK/good" | tr -d ' ')
  if [ "$good" = 0 ]; then
    unmeasured "$name" "not one of $COUNT requests was answered well"
    return 0
  fi
  printf '%-36s %8d %7d %s\n' "$name" "$COUNT" "$((COUNT - good))" "$(percentiles <"$WORK/good")"
  if [ "$good" != "$COUNT" ]; then FAILED=$((FAILED + 1)); fi
}

# measure_mcp NAME METHOD PARAMS
measure_mcp() {
  measure "$1" "$URL/v1/mcp" "$WORK/server" --header 'content-type: application/json' --header 'accept: application/json, text/event-stream' \
    --data "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$2\",\"params\":$3}"
}

parse_arguments "$@"
require_command curl "install it with the package manager of your system"
if [ -z "$ECHO" ]; then ECHO=$(address_of "$ECHO_NAMESPACE" echo); fi
if [ -z "$PETSTORE" ]; then
  PETSTORE=$(address_of "$PETSTORE_NAMESPACE" petstore-external)
  PETSTORE=${PETSTORE:+$PETSTORE/api/v3}
fi
(umask 077 && server_options >"$WORK/server")
: >"$WORK/none"

printf '%-36s %8s %7s %9s %9s %9s %9s\n' path requests failed 'p50 ms' 'p95 ms' 'p99 ms' 'max ms'
if [ -n "$ECHO" ]; then measure 'client -> echo' "$ECHO/" "$WORK/none"; fi
if [ -n "$PETSTORE" ]; then measure 'client -> Petstore' "$PETSTORE/pet/findByStatus?status=available" "$WORK/none"; fi
measure_mcp 'client -> MCP' ping '{}'
measure 'client -> MCP -> store' "$URL/metrics" "$WORK/server"
measure_mcp 'client -> MCP -> Petstore' tools/call '{"name":"get_pet_find_by_status","arguments":{"status":"available"}}'
if [ "$FAILED" -gt 0 ]; then exit "$EXIT_FAILED"; fi
