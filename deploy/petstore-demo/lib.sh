# shellcheck shell=bash
# What the scripts beside this file share. Sourced, never run. Works with bash 3.2, which macOS still has.
# Functions that deploy/istio/scripts/lib.sh has too are the same text there (test/system/demo-scripts.test.ts): each folder can be copied without the other.
# Not every script reads every name that is set here:
# shellcheck disable=SC2034

# What the demo is written for. Linkerd's proxy is a native sidecar, which Kubernetes has by default since 1.29.
readonly MINIMUM_KUBERNETES_MINOR=29
readonly MINIMUM_HELM_MINOR=8
readonly METALLB_VERSION=0.16.2
readonly CONTROL_VERSION=0.3.0

readonly ECHO_NAMESPACE=echo
readonly PETSTORE_NAMESPACE=petstore
readonly CONTROL_NAMESPACE=cosmonic-system
readonly METALLB_NAMESPACE=metallb-system
readonly LINKERD_NAMESPACE=linkerd
readonly VIZ_NAMESPACE=linkerd-viz

# Of the release of charts/http-trigger, and so of its HTTPTrigger.
readonly RELEASE=petstore-mcp
readonly TRIGGER=httptriggers.control.cosmonic.io
readonly MCP_HOST=petstore-mcp.localhost.cosmonic.sh
# kind-config.yaml leads port 80 there.
readonly NODE_PORT=30950
# NATS' own protocol, not HTTP: kustomize/linkerd-inject-patch.yaml.
readonly OPAQUE_PORTS=4222,6222,7422,8222

# Who applied a field (server-side apply), and what was deployed from here: uninstalling touches only what bears the label.
readonly FIELD_MANAGER=mesh-mcp-demo
readonly OWNER_LABEL=mesh-mcp/deployed-by
readonly OWNER=petstore-demo

readonly EXIT_FAILED=1
readonly EXIT_USAGE=2
readonly EXIT_PREREQUISITE=3
# Of doctor.sh alone.
readonly EXIT_NOT_HEALTHY=4

DEMO=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly DEMO

CONTEXT=''
DRY_RUN=false
TIMEOUT=300
# Where the platform's ingress is reached from here.
INGRESS=http://localhost
# The same options for a script that another one starts.
SHARED_OPTIONS=()
TAKEN=0
OPTION=''
VALUE=''
WORDS=0
STATUS=0

# Temporary files of this run; removed when it ends.
WORK=$(mktemp -d "${TMPDIR:-/tmp}/petstore-demo.XXXXXX")
readonly WORK
trap 'rm -rf "$WORK"' EXIT

say() {
  printf '%s\n' "$*"
}

# fail STATUS WHAT ADVICE
fail() {
  printf 'FAILED: %s\n  Try: %s\n' "$2" "$3" >&2
  exit "$1"
}

usage_error() {
  printf '%s: %s\nSee %s --help.\n' "$(basename "$0")" "$1" "$(basename "$0")" >&2
  exit "$EXIT_USAGE"
}

# The comment at the head of the script that runs, without its first line and its comment signs.
show_help() {
  awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"
}

# parse_options WORD...: reads a command line. A word that the scripts do not share goes, with what follows it, to the script's own take_own, which says
# in TAKEN how many words it took, 0 where it knows none of it. --name=value is for it what --name value is.
parse_options() {
  while [ $# -gt 0 ]; do
    take_option "$@"
    if [ "$TAKEN" = 0 ]; then
      case "$1" in
        --*=*)
          take_own "${1%%=*}" "${1#*=}"
          if [ "$TAKEN" = 1 ]; then usage_error "${1%%=*} takes no value"; fi
          if [ "$TAKEN" = 2 ]; then TAKEN=1; fi
          ;;
        *) take_own "$@" ;;
      esac
    fi
    if [ "$TAKEN" = 0 ]; then usage_error "unknown argument '$1'"; fi
    shift "$TAKEN"
  done
}

# take_value NAME WORD...: the option that is the first word, with the value that has to follow it, in the variable NAME.
take_value() {
  if [ -z "${3-}" ]; then usage_error "$2 needs a value"; fi
  printf -v "$1" %s "$3"
  TAKEN=2
}

# take_flag NAME: an option without a value, in the variable NAME.
take_flag() {
  printf -v "$1" true
  TAKEN=1
}

# split_option WORD...: the first word as OPTION, what belongs to it after an equals sign or as the next word as VALUE, and how many words both are as WORDS.
split_option() {
  OPTION=$1
  VALUE=${2-}
  WORDS=2
  case "$1" in
    --*=*)
      VALUE=${1#*=}
      OPTION=${1%%=*}
      WORDS=1
      ;;
  esac
}

# take_option WORD...: takes an option that the scripts share off the front. TAKEN is how many words it was, 0 for none of them.
take_option() {
  local name value words
  split_option "$@"
  name=$OPTION value=$VALUE words=$WORDS
  case "$name" in
    -h | --help)
      show_help
      exit 0
      ;;
    --context | --timeout | --ingress)
      if [ -z "$value" ]; then usage_error "$name needs a value"; fi
      TAKEN=$words
      SHARED_OPTIONS+=("$name" "$value")
      ;;
    --dry-run)
      if [ "$words" = 1 ]; then usage_error "$name takes no value"; fi
      TAKEN=1
      SHARED_OPTIONS+=("$name")
      ;;
    *)
      TAKEN=0
      return 0
      ;;
  esac
  case "$name" in
    --context) CONTEXT=$value ;;
    --timeout)
      case "$value" in *[!0-9]* | 0*) usage_error "--timeout wants seconds, such as 300, not '$value'" ;; esac
      TIMEOUT=$value
      ;;
    --ingress)
      case "$value" in http://?* | https://?*) ;; *) usage_error "--ingress wants a URL, such as http://localhost, not '$value'" ;; esac
      INGRESS=${value%/}
      ;;
    --dry-run) DRY_RUN=true ;;
  esac
}

kube() {
  if [ -n "$CONTEXT" ]; then
    kubectl --context "$CONTEXT" "$@"
  else
    kubectl "$@"
  fi
}

run_helm() {
  if [ -n "$CONTEXT" ]; then
    helm "$@" --kube-context "$CONTEXT"
  else
    helm "$@"
  fi
}

run_linkerd() {
  if [ -n "$CONTEXT" ]; then
    linkerd "$@" --context "$CONTEXT"
  else
    linkerd "$@"
  fi
}

# attempt COMMAND...: runs a function to its first failure. STATUS is how it ended. (In a condition bash would go on after a failed command inside of it.)
attempt() {
  set +e
  (
    set -e
    "$@"
  )
  STATUS=$?
  set -e
}

# step WHAT ADVICE COMMAND...: runs one step. Where any command in it fails, the script ends and says what to try.
step() {
  local what=$1 advice=$2
  shift 2
  say "- $what"
  attempt "$@"
  if [ "$STATUS" != 0 ]; then fail "$EXIT_FAILED" "$what" "$advice"; fi
}

# --- Prerequisites ---

require_command() {
  if ! command -v "$1" >/dev/null; then fail "$EXIT_PREREQUISITE" "there is no $1 on the PATH" "$2"; fi
}

check_cluster() {
  local minor
  require_command kubectl "install kubectl, no more than one minor version away from the cluster's: https://kubernetes.io/docs/tasks/tools"
  if ! kube get --raw /version >"$WORK/version" 2>"$WORK/version-error"; then
    cat "$WORK/version-error" >&2
    fail "$EXIT_PREREQUISITE" "the cluster does not answer" \
      "kind create cluster --config $DEMO/kind-config.yaml; or kubectl config get-contexts, then --context NAME"
  fi
  # Some clouds append a plus sign.
  minor=$(sed -n 's/.*"minor": *"\([0-9]*\).*/\1/p' "$WORK/version")
  if [ -z "$minor" ] || [ "$minor" -lt "$MINIMUM_KUBERNETES_MINOR" ]; then
    fail "$EXIT_PREREQUISITE" "the demo needs Kubernetes 1.$MINIMUM_KUBERNETES_MINOR or newer, this cluster is 1.${minor:-?}" \
      "a newer kind makes a newer cluster: kind create cluster --config $DEMO/kind-config.yaml"
  fi
}

# served APIVERSION KIND: whether the cluster serves it. Discovery needs no rights.
served() {
  local path="/apis/$1"
  if [ "$1" = v1 ]; then path=/api/v1; fi
  local file
  file="$WORK/discovery-$(printf '%s' "$1" | tr '/' '_')"
  if [ ! -f "$file" ]; then kube get --raw "$path" >"$file" 2>/dev/null || : >"$file"; fi
  grep -q "\"kind\":\"$2\"" "$file"
}

# exists KIND NAME [NAMESPACE]
exists() {
  kube get "$1" "$2" ${3:+--namespace "$3"} --output name >/dev/null 2>&1
}

# ours NAMESPACE: whether it was made from here. One that somebody else made does not bear the label, so that uninstalling leaves it.
ours() {
  [ "$(kube get namespace "$1" --ignore-not-found --output "jsonpath={.metadata.labels.${OWNER_LABEL//./\\.}}")" = "$OWNER" ]
}

# document FILE NAME: the document of a YAML file whose object has that name.
document() {
  awk -v name="$2" '
    function finish() { if (found) printf "%s", text; text = ""; found = 0 }
    /^---/ { finish(); next }
    /^#/ { next }
    { text = text $0 "\n" }
    $0 == "  name: " name { found = 1 }
    END { finish() }
  ' "$1"
}

# --- Waiting ---

# wait_for_rollout NAMESPACE KIND/NAME
wait_for_rollout() {
  if kube rollout status --namespace "$1" "$2" --timeout "${TIMEOUT}s" >"$WORK/rollout" 2>&1; then return 0; fi
  cat "$WORK/rollout" >&2
  echo "$2 in $1 is not ready after $TIMEOUT s" >&2
  return 1
}

# eventually COMMAND...: tries once a second until it succeeds, for TIMEOUT seconds. The output of the last try is shown where none did.
eventually() {
  local deadline=$((SECONDS + TIMEOUT))
  until "$@" >"$WORK/eventually" 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      cat "$WORK/eventually" >&2
      return 1
    fi
    sleep 1
  done
  cat "$WORK/eventually"
}

# --- The load balancer ---

# pool_range SUBNET: the addresses that MetalLB may give away in kind's network, as FIRST-LAST, from its end, where docker gives none to nodes:
# x.y.255.200-250 of a /16, x.y.z.200-250 of a /24. For other sizes the same in the last /24 of the network.
pool_range() {
  printf '%s\n' "$1" | awk -F '[./]' '
    NF != 5 || $0 !~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+\/[0-9]+$/ || $1 > 255 || $2 > 255 || $3 > 255 || $4 > 255 { exit 1 }
    $5 < 8 || $5 > 24 { exit 1 }
    {
      # The third and second part of the last address: every bit behind the prefix is one.
      second = $2; third = $3
      if ($5 <= 16) { third = 255; size = 2 ^ (16 - $5); second = int($2 / size) * size + size - 1 }
      else { size = 2 ^ (24 - $5); third = int($3 / size) * size + size - 1 }
      printf "%d.%d.%d.200-%d.%d.%d.250\n", $1, second, third, $1, second, third
    }'
}

# ipv4_subnets: the IPv4 ones among the subnets on standard input. Docker may name the IPv6 one first.
ipv4_subnets() {
  grep -E '^[0-9.]+/[0-9]+$' || true
}

# (awk in place of `head`, which closes the pipe while kubectl may still write: pipefail makes a failure of that.)
# metallb_controller: MetalLB's Deployment: `controller` in its manifests, with the release's name in front in its chart. Nothing where there is none.
metallb_controller() {
  kube get deployments --namespace "$METALLB_NAMESPACE" --output name 2>/dev/null | sed -n 's|^deployment\.apps/\(.*controller\)$|\1|p' | awk 'NR == 1'
}

# load_balancer_address NAMESPACE SERVICE: the address that it was given; nothing while it is pending.
load_balancer_address() {
  kube get service "$2" --namespace "$1" --output 'jsonpath={.status.loadBalancer.ingress[0].ip}{.status.loadBalancer.ingress[0].hostname}'
}

# --- The mesh ---

# unmeshed_pods NAMESPACE [SELECTOR]: the running pods without Linkerd's proxy, by name. A pod is meshed where the injector has labelled it; since Linkerd 2.20 the
# proxy is among its initContainers.
unmeshed_pods() {
  kube get pods --namespace "$1" ${2:+--selector "$2"} --field-selector status.phase=Running --output \
    "jsonpath={range .items[*]}{.metadata.name}{'|'}{.metadata.labels.linkerd\.io/control-plane-ns}{'|'}{.metadata.deletionTimestamp}{'\n'}{end}" |
    awk -F '|' '$2 == "" && $3 == "" && $1 != "" { print $1 }'
}

# --- The platform ---

# platform_workload NAME: the host group or NATS as KIND/NAME; nothing where it is not there. Versions of the platform differ in the kind.
platform_workload() {
  kube get deployments,statefulsets,daemonsets --namespace "$CONTROL_NAMESPACE" --output name 2>/dev/null | sed -n "s|^\([a-z]*\)\.apps/$1\$|\1/$1|p" | awk 'NR == 1'
}

# selector_of KIND/NAME NAMESPACE: of its pods, as kubectl wants it.
selector_of() {
  kube get "$1" --namespace "$2" --output 'jsonpath={.spec.selector.matchLabels}' | tr -d '{}" ' | tr ':' '='
}

# --- The MCP server, through the ingress, by its host name ---

readonly MCP_INITIALIZE='{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"petstore-demo","version":"1"}}}'

# mcp_post MESSAGE [curl options]: with the token in MCP_TOKEN where there is one, on no command line.
mcp_post() {
  local message=$1 config='' quoted
  shift
  if [ -n "${MCP_TOKEN-}" ]; then
    quoted=$(printf '%s' "$MCP_TOKEN" | sed 's/[\\"]/\\&/g')
    config="header = \"Authorization: Bearer $quoted\""
  fi
  curl --silent --max-time 10 "$INGRESS/v1/mcp" --header "Host: $MCP_HOST" --header 'Content-Type: application/json' \
    --header 'Accept: application/json, text/event-stream' --data "$message" --config - "$@" <<CONFIG
$config
CONFIG
}

# mcp_request MESSAGE: prints the answer. Fails where its status is an error.
mcp_request() {
  mcp_post "$1" --show-error --fail
}

# mcp_status: the HTTP status with which it answers. Ends as curl does.
mcp_status() {
  mcp_post "$MCP_INITIALIZE" --output /dev/null --write-out '%{http_code}'
}

# mcp_time: how long an answer takes, as a line in seconds.
mcp_time() {
  mcp_post '{"jsonrpc":"2.0","id":1,"method":"ping"}' --fail --output /dev/null --write-out '%{time_total}\n'
}
