# What `helm test` asks of a release: it lives, it speaks MCP, its tools are there. Environment: BASE_URL, HOST_NAME, TOOL (one that has to be offered; empty where
# nobody may call without saying who they are: then it asks whether that is so).
ask() {
  path=$1
  shift
  curl --silent --show-error --fail-with-body --max-time 20 --retry 5 --retry-all-errors --retry-delay 3 --header "host: $HOST_NAME" "$@" "$BASE_URL$path"
}

mcp() {
  ask /v1/mcp --header 'content-type: application/json' --header 'accept: application/json, text/event-stream' --data "$1"
}

expect() {
  case $2 in
    *"$3"*) echo "ok: $1" ;;
    *)
      echo "not ok: $1: there is no $3 in the answer: $2"
      exit 1
      ;;
  esac
}

expect 'it lives' "$(ask /healthz)" '"status":"ok"'
if [ -z "$TOOL" ]; then
  # Without --fail-with-body, which would take the refusal for a failure.
  status=$(curl --silent --show-error --max-time 20 --output /dev/null --write-out '%{http_code}' --header "host: $HOST_NAME" "$BASE_URL/v1/mcp/tools")
  case $status in
    401 | 403) echo 'ok: it asks who calls' ;;
    *)
      echo "not ok: it asks who calls: status $status"
      exit 1
      ;;
  esac
  expect 'its upstreams answer' "$(ask /ready)" '"ready":true'
  exit 0
fi
initialize='{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"helm-test","version":"1"}}}'
expect 'it speaks MCP' "$(mcp "$initialize")" '"serverInfo"'
expect 'its tools are there' "$(mcp '{"jsonrpc":"2.0","id":2,"method":"tools/list"}')" "\"$TOOL\""
expect 'its upstreams answer' "$(ask /ready)" '"ready":true'
