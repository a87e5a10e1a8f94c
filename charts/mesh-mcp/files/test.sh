# What `helm test` asks of a release: it lives, it speaks MCP, its tools are there. Environment: BASE_URL, HOST_NAME, TOOL (one that has to be offered).
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
initialize='{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"helm-test","version":"1"}}}'
expect 'it speaks MCP' "$(mcp "$initialize")" '"serverInfo"'
expect 'its tools are there' "$(mcp '{"jsonrpc":"2.0","id":2,"method":"tools/list"}')" "\"$TOOL\""
expect 'its upstreams answer' "$(ask /ready)" '"ready":true'
