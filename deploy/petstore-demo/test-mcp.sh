#!/usr/bin/env bash
# Tells whether an MCP server of the Petstore demo works, by asking it as an agent would. Changes nothing: it only reads.
#
# Usage: test-mcp.sh [options]
#
#   --url URL          where it is reached, with or without /v1/mcp (default http://petstore-mcp.localhost.cosmonic.sh)
#   --host NAME        the Host header, where URL is an address: --url http://127.0.0.1 --host petstore-mcp.localhost.cosmonic.sh
#   --backend URL      the Petstore API itself, which is asked too, such as http://172.18.255.201/api/v3 (the Service petstore-external)
#   --prometheus URL   a Prometheus that scrapes Linkerd's proxies, which is asked what the mesh has measured of the Petstore
#   --timeout SECONDS  how long one answer may take (default 20)
#   --strict           what cannot be checked counts as failed
#
# A token for a server that wants one is read from the variable MCP_TOKEN. Works against `npm start` too: test-mcp.sh --url http://127.0.0.1:8000
#
# Every check is a line: ok, FAILED with what to try, or skipped with the reason. Needs bash and curl alone. Answers are read as JSON and as server-sent
# events, whichever the server sends.
#
# Ends with 0 when nothing failed, 1 when a check failed, 2 for wrong arguments, 3 without curl.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly TOOL=get_pet_find_by_status
readonly PROTOCOL=2025-06-18
readonly BOTH='application/json, text/event-stream'
# No more than this of a server's own words is shown.
readonly SHOWN_CHARACTERS=300

URL=http://$MCP_HOST
HOST=''
BACKEND=''
PROMETHEUS=''
TIMEOUT=20
STRICT=false

PASSED=0
FAILED=0
SKIPPED=0
# Of the last request: curl's exit status, the HTTP status, the content type.
CURL=0
STATUS=''
CONTENT_TYPE=''
# Whether it offers the tool that tells what the mesh measures.
SEES_MESH=false
# Of the last JSON-RPC call: the message in the answer, and what is wrong with it.
MESSAGE=''
PROBLEM=''
ADVICE=''

parse_arguments() {
  while [ $# -gt 0 ]; do
    split_option "$@"
    case "$OPTION" in
      --url | --host | --backend | --prometheus | --timeout)
        if [ -z "$VALUE" ]; then usage_error "$OPTION needs a value"; fi
        ;;
      --strict | -h | --help)
        if [ "$1" != "$OPTION" ]; then usage_error "$OPTION takes no value"; fi
        WORDS=1
        ;;
      *) usage_error "unknown argument '$1'" ;;
    esac
    case "$OPTION" in
      --url) URL=$VALUE ;;
      --host) HOST=$VALUE ;;
      --backend) BACKEND=$VALUE ;;
      --prometheus) PROMETHEUS=$VALUE ;;
      --timeout) TIMEOUT=$VALUE ;;
      --strict) STRICT=true ;;
      -h | --help)
        show_help
        exit 0
        ;;
    esac
    shift "$WORDS"
  done
  check_url --url "$URL"
  if [ -n "$BACKEND" ]; then check_url --backend "$BACKEND"; fi
  if [ -n "$PROMETHEUS" ]; then check_url --prometheus "$PROMETHEUS"; fi
  case "$HOST" in *[!A-Za-z0-9.:_-]*) usage_error "--host wants a name such as $MCP_HOST, not '$HOST'" ;; esac
  case "$TIMEOUT" in *[!0-9]* | 0*) usage_error "--timeout wants seconds, such as 20, not '$TIMEOUT'" ;; esac
  URL=${URL%/}
  URL=${URL%/v1/mcp}
  BACKEND=${BACKEND%/}
  PROMETHEUS=${PROMETHEUS%/}
}

# check_url OPTION VALUE
check_url() {
  case "$2" in
    http://?* | https://?*) ;;
    *) usage_error "$1 wants a URL such as http://127.0.0.1:8000, not '$2'" ;;
  esac
}

passed() {
  say "ok       $*"
  PASSED=$((PASSED + 1))
}

# failed WHAT WHY ADVICE
failed() {
  printf 'FAILED   %s: %s\n         Try: %s\n' "$1" "$2" "$3"
  FAILED=$((FAILED + 1))
}

# skipped WHAT WHY
skipped() {
  if [ "$STRICT" = true ]; then
    failed "$1" "$2" "that is a failure because of --strict"
    return 0
  fi
  say "skipped  $1: $2"
  SKIPPED=$((SKIPPED + 1))
}

# ask URL [curl options]: one request. The body goes to $WORK/body.
ask() {
  local url=$1 answer
  shift
  CURL=0
  answer=$(curl --silent --show-error --max-time "$TIMEOUT" --output "$WORK/body" --write-out '%{http_code} %{content_type}' "$@" "$url" 2>"$WORK/trouble") || CURL=$?
  STATUS=${answer%% *}
  CONTENT_TYPE=${answer#* }
  if [ ! -f "$WORK/body" ]; then : >"$WORK/body"; fi
}

# ask_server PATH [curl options]: the same of the server under test, under its name. The token goes in through standard input, since arguments show in the list
# of processes.
ask_server() {
  local path=$1 options=()
  shift
  if [ -n "$HOST" ]; then options=(--header "host: $HOST"); fi
  rm -f "$WORK/body"
  if [ -n "${MCP_TOKEN:-}" ]; then
    ask "$URL$path" --config - ${options[@]+"${options[@]}"} "$@" <<CONFIG
header = "authorization: Bearer $(printf '%s' "$MCP_TOKEN" | sed 's/[\\"]/\\&/g')"
CONFIG
  else
    ask "$URL$path" ${options[@]+"${options[@]}"} "$@"
  fi
}

# The JSON-RPC message in the last answer: the body, or the last event's data.
message_in_body() {
  tr -d '\r' <"$WORK/body" | awk '
    /^data:/ { sub(/^data: ?/, ""); last = $0; next }
    /^(event|id|retry):/ || /^:/ || /^$/ { next }
    { body = body $0 }
    END { print (last != "" ? last : body) }
  '
}

# The first text after a key, as it stands in the JSON, cut short.
text_of() {
  printf '%s\n' "$MESSAGE" | awk -v key="\"$1\"" -v longest="$SHOWN_CHARACTERS" '{
    if (!match($0, key "[ ]*:[ ]*\"([^\"\\\\]|\\\\.)*\"")) next
    text = substr($0, RSTART, RLENGTH)
    sub(key "[ ]*:[ ]*\"", "", text)
    sub(/"$/, "", text)
    gsub(/\\n/, " ", text)
    gsub(/\\"/, "\"", text)
    print (length(text) > longest ? substr(text, 1, longest) "..." : text)
  }'
}

# count PATTERN: how often it occurs in the message.
count() {
  printf '%s\n' "$MESSAGE" | { grep -oE "$1" || true; } | wc -l | tr -d ' '
}

has() {
  printf '%s\n' "$MESSAGE" | grep -qE "$1"
}

# Why the last request got no answer that could be read, in PROBLEM and ADVICE. Returns 1 where it did.
explain_transport() {
  local name=${HOST:-the name in $URL}
  case "$CURL" in
    0) ;;
    6)
      PROBLEM="the name in $URL cannot be resolved"
      ADVICE="--url http://127.0.0.1 --host NAME asks the address itself"
      return 0
      ;;
    7)
      PROBLEM="nothing listens at $URL"
      ADVICE="kubectl -n cosmonic-system get service ingress; on a laptop: npm start, then --url http://127.0.0.1:8000"
      return 0
      ;;
    28)
      PROBLEM="no answer within $TIMEOUT s"
      ADVICE="--timeout for more; kubectl -n cosmonic-system get pods tells whether the hosts run"
      return 0
      ;;
    *)
      PROBLEM="$(head -n 1 "$WORK/trouble")"
      ADVICE="curl -v $URL/healthz"
      return 0
      ;;
  esac
  case "$STATUS" in
    2??) return 1 ;;
    401)
      PROBLEM="status 401: it wants a token"
      ADVICE="put one of the issuer in the component's JWT_ISSUER into the variable MCP_TOKEN: docs/access.md"
      ;;
    403)
      PROBLEM="status 403: it is not to be called by this name, or not by this caller"
      ADVICE="$name has to be among ALLOWED_HOSTS of the component; a token in MCP_TOKEN, or ANONYMOUS_ROLE (docs/access.md); with Linkerd's policy an identity that is admitted"
      ;;
    404)
      PROBLEM="status 404: nobody serves /v1/mcp under $name there"
      ADVICE="--host with the ingress.host of the HTTPTrigger; kubectl get httptriggers -A shows it"
      ;;
    502 | 503)
      PROBLEM="status $STATUS: the ingress finds no host that runs the component, or it could not start"
      ADVICE="kubectl get httptriggers -A; kubectl -n cosmonic-system get pods; doctor.sh looks at all of it"
      ;;
    504)
      PROBLEM="status 504: the ingress gave up waiting"
      ADVICE="kubectl -n cosmonic-system get pods; a longer timeout of the HTTPTrigger for tools that take long"
      ;;
    *)
      PROBLEM="status $STATUS"
      ADVICE="curl -v $URL/healthz"
      ;;
  esac
  # The component says itself what is wrong; an ingress has other words, which are not JSON.
  MESSAGE=$(cat "$WORK/body")
  if has '^\{"error"[ ]*:'; then PROBLEM="status $STATUS: $(text_of message)"; fi
  return 0
}

# call ACCEPT METHOD PARAMS: one JSON-RPC call. Returns 0 where it has a result, which is in MESSAGE; else 1 with PROBLEM and ADVICE.
call() {
  ask_server /v1/mcp --header 'content-type: application/json' --header "accept: $1" --header "mcp-protocol-version: $PROTOCOL" \
    --data "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$2\",\"params\":$3}"
  MESSAGE=''
  if explain_transport; then return 1; fi
  MESSAGE=$(message_in_body)
  if has '"isError"[ ]*:[ ]*true'; then
    PROBLEM="the tool failed: $(text_of text)"
    ADVICE="$URL/ready says which upstream does not answer"
    return 1
  fi
  if has '"result"[ ]*:'; then return 0; fi
  if has '"error"[ ]*:'; then
    PROBLEM="it answered an error: $(text_of message)"
    ADVICE="is this an MCP server of the demo? curl -s $URL/healthz"
    return 1
  fi
  PROBLEM="the answer is no JSON-RPC message (${CONTENT_TYPE:-no content type})"
  ADVICE="is this an MCP server? curl -s $URL/ shows what is there"
  return 1
}

framing() {
  case "$CONTENT_TYPE" in
    text/event-stream*) printf 'as a server-sent event' ;;
    *) printf 'as JSON' ;;
  esac
}

check_initialize() {
  local client='"capabilities":{},"clientInfo":{"name":"test-mcp.sh","version":"1"}'
  if ! call "$BOTH" initialize "{\"protocolVersion\":\"$PROTOCOL\",$client}"; then
    failed initialize "$PROBLEM" "$ADVICE"
    return 1
  fi
  if ! has '"serverInfo"[ ]*:'; then
    failed initialize "the answer names no server" "is this an MCP server? curl -s $URL/ shows what is there"
    return 1
  fi
  passed "initialize: $(text_of name) speaks MCP $(text_of protocolVersion), $(framing)"
}

check_tools() {
  if ! call "$BOTH" tools/list '{}'; then
    failed tools/list "$PROBLEM" "$ADVICE"
  elif ! has "\"name\"[ ]*:[ ]*\"$TOOL\""; then
    failed tools/list "$TOOL is not among its $(count '"inputSchema"') tools" "the option TOOLSETS has to name petstore"
  else
    if has '"name"[ ]*:[ ]*"get_mesh_graph"'; then SEES_MESH=true; fi
    passed "tools/list: $(count '"inputSchema"') tools, $TOOL among them, $(framing)"
  fi
}

# check_pets ACCEPT
check_pets() {
  local pets what="$TOOL status=available, accepting $1"
  if ! call "$1" tools/call "{\"name\":\"$TOOL\",\"arguments\":{\"status\":\"available\"}}"; then
    failed "$what" "$PROBLEM" "$ADVICE"
    return 0
  fi
  # In the data, or in a text that holds the Petstore's JSON.
  pets=$(count '"status"[ ]*:[ ]*"available"')
  if [ "$pets" = 0 ]; then pets=$(count '\\"status\\"[ ]*:[ ]*\\"available\\"'); fi
  if [ "$pets" = 0 ]; then
    failed "$what" "no pet in the answer is available" "is PETSTORE_URL that of the Petstore with the sample pets? $URL/ready"
    return 0
  fi
  passed "$what: $pets pets, $(framing)"
}

check_backend() {
  ask_server /ready
  MESSAGE=$(cat "$WORK/body")
  if [ "$CURL" = 0 ] && [ "$STATUS" = 404 ]; then
    skipped backend "this server has no /ready"
  elif has '"name"[ ]*:[ ]*"petstore"[ ]*,[ ]*"ok"[ ]*:[ ]*true'; then
    passed "backend: the server reaches its Petstore"
  elif [ "$CURL" = 0 ] && { [ "$STATUS" = 200 ] || [ "$STATUS" = 503 ]; }; then
    failed backend "the server does not reach its Petstore" \
      "curl -s $URL/ready; kubectl -n $PETSTORE_NAMESPACE get pods; allowedHosts of the component has to list the Petstore"
  else
    explain_transport || true
    failed backend "$PROBLEM" "$ADVICE"
  fi
  if [ -z "$BACKEND" ]; then return 0; fi
  rm -f "$WORK/body"
  ask "$BACKEND/pet/findByStatus?status=available" --header 'accept: application/json'
  if [ "$CURL" != 0 ]; then
    failed "backend at $BACKEND" "$(head -n 1 "$WORK/trouble")" "kubectl -n $PETSTORE_NAMESPACE get service petstore-external shows its address"
  elif [ "$STATUS" = 403 ]; then
    failed "backend at $BACKEND" "status 403: Linkerd's policy admits the host group alone" "that is what policies/ is for; leave --backend out"
  elif [ "$STATUS" != 200 ] || ! grep -q '"status"' "$WORK/body"; then
    failed "backend at $BACKEND" "status $STATUS, and no pets" "the URL of the API ends in /api/v3"
  else
    passed "backend at $BACKEND: it answers pets"
  fi
}

check_metrics() {
  local requests
  ask_server /metrics
  requests=$(awk '/^mesh_mcp_requests_total[{ ]/ { sum += $NF } END { print sum + 0 }' "$WORK/body")
  if [ "$CURL" = 0 ] && [ "$STATUS" = 404 ]; then
    skipped "the server's metrics" "this server has no /metrics"
  elif [ "$CURL" != 0 ] || [ "$STATUS" != 200 ]; then
    explain_transport || true
    failed "the server's metrics" "$PROBLEM" "$ADVICE"
  elif ! grep -q '^# TYPE mesh_mcp_requests_total ' "$WORK/body"; then
    failed "the server's metrics" "/metrics does not count requests" "is this an MCP server of the demo? curl -s $URL/metrics"
  elif [ "$requests" = 0 ]; then
    # As under `wasmtime serve`.
    skipped "the server's metrics" "its store keeps no counters from one request to the next"
  else
    passed "the server's metrics: $requests requests counted"
  fi
}

check_mesh() {
  local query value
  if [ "$SEES_MESH" = false ]; then
    skipped "mesh metrics" "this server has no tools for the mesh, as in the demo; --prometheus asks what the mesh has measured"
  elif call "$BOTH" tools/call '{"name":"get_mesh_graph","arguments":{}}'; then
    if has '"rps"[ ]*:[ ]*[0-9.]*[1-9]'; then
      passed "mesh metrics: the server sees the mesh, and requests in it, $(framing)"
    else
      skipped "mesh metrics" "the server sees the mesh, but no requests in it: it needs PROMETHEUS_URL, and requests in the last minute"
    fi
  elif has '"isError"[ ]*:[ ]*true|"error"[ ]*:'; then
    skipped "mesh metrics" "the server sees no mesh: $(text_of text)$(text_of message)"
  else
    failed "mesh metrics" "$PROBLEM" "$ADVICE"
  fi
  if [ -z "$PROMETHEUS" ]; then return 0; fi
  query="sum(response_total{namespace=\"$PETSTORE_NAMESPACE\",direction=\"inbound\"})"
  rm -f "$WORK/body"
  ask "$PROMETHEUS/api/v1/query" --get --data-urlencode "query=$query"
  value=$(sed -n 's/.*"value"[ ]*:[ ]*\[[^,]*,[ ]*"\([0-9.e+]*\)"\].*/\1/p' "$WORK/body")
  if [ "$CURL" != 0 ] || [ "$STATUS" != 200 ]; then
    failed "mesh metrics of $PROMETHEUS" "it does not answer the query (status ${STATUS:-none})" "kubectl -n linkerd-viz port-forward service/prometheus 9090, then --prometheus http://127.0.0.1:9090"
  elif [ -z "$value" ] || [ "$value" = 0 ]; then
    failed "mesh metrics of $PROMETHEUS" "it has no series $query" "the Petstore's pod needs Linkerd's proxy, and Prometheus has to scrape it with linkerd-viz' labels: doctor.sh"
  else
    passed "mesh metrics of $PROMETHEUS: the Petstore's proxy has answered $value requests"
  fi
}

parse_arguments "$@"
require_command curl "install it with the package manager of your system"
say "Testing $URL/v1/mcp${HOST:+ as $HOST}"
if check_initialize; then
  check_tools
  check_pets "$BOTH"
  check_pets application/json
  check_backend
  check_metrics
  check_mesh
else
  # The same would be said six times.
  say "Nothing else was asked."
fi
say "$PASSED ok, $FAILED failed, $SKIPPED skipped"
if [ "$FAILED" -gt 0 ]; then exit "$EXIT_FAILED"; fi
