# shellcheck shell=bash
# What the scripts beside this file share. Sourced, never run. Works with bash 3.2, which macOS still has.
# Not every script reads every name that is set here:
# shellcheck disable=SC2034

# The Istio these manifests are written for, and the oldest Kubernetes that its release notes support.
readonly ISTIO_MINOR=1.31
readonly ISTIO_VERSION=1.31.1
readonly MINIMUM_KUBERNETES_MINOR=32

readonly ISTIO_NAMESPACE=istio-system
# With --namespace-only nothing outside of it is touched.
readonly SERVICE_NAMESPACE=mcp-system

# Who applied a field (server-side apply), and what was deployed from here: uninstalling and pruning touch only what bears the label.
readonly FIELD_MANAGER=mesh-mcp-deploy
readonly OWNER_LABEL=mesh-mcp/deployed-by
readonly OWNER=deploy-service-mesh

readonly EXIT_FAILED=1
readonly EXIT_USAGE=2
readonly EXIT_PREREQUISITE=3
# Of verify-deployment.sh alone.
readonly EXIT_NOT_VERIFIED=4

SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly SCRIPTS
ROOT=$(dirname "$SCRIPTS")
readonly ROOT

OVERLAY=base
CONTEXT=''
DRY_RUN=false
NAMESPACE_ONLY=false
TIMEOUT=300
# The same options for a script that another one starts.
SHARED_OPTIONS=()
TAKEN=0
STATUS=0

# Temporary files of this run; removed when it ends.
WORK=$(mktemp -d "${TMPDIR:-/tmp}/deploy-istio.XXXXXX")
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

# take_action WORD: one of deploy and uninstall, at most once, in ACTION.
take_action() {
  if [ -n "$ACTION" ]; then usage_error "one of deploy and uninstall, not both"; fi
  ACTION=$1
  TAKEN=1
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

# take_option WORD...: takes an option that the scripts share off the front. TAKEN is how many words it was, 0 for none of them.
take_option() {
  local name=$1 value='' words=2
  case "$name" in
    --*=*)
      value=${name#*=}
      name=${name%%=*}
      words=1
      ;;
    *) value=${2-} ;;
  esac
  case "$name" in
    -h | --help)
      show_help
      exit 0
      ;;
    --overlay | --context | --timeout)
      if [ -z "$value" ]; then usage_error "$name needs a value"; fi
      TAKEN=$words
      SHARED_OPTIONS+=("$name" "$value")
      ;;
    --dry-run | --namespace-only)
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
    --overlay) OVERLAY=$value ;;
    --context) CONTEXT=$value ;;
    --timeout)
      case "$value" in *[!0-9]* | 0*) usage_error "--timeout wants seconds, such as 300, not '$value'" ;; esac
      TIMEOUT=$value
      ;;
    --dry-run) DRY_RUN=true ;;
    --namespace-only) NAMESPACE_ONLY=true ;;
  esac
}

overlay_folder() {
  if [ "$1" = base ]; then
    printf '%s\n' "$ROOT/base"
  else
    printf '%s\n' "$ROOT/overlays/$1"
  fi
}

overlay_names() {
  local folder
  printf 'base\n'
  for folder in "$ROOT"/overlays/*/; do
    basename "$folder"
  done
}

check_overlay() {
  case "$OVERLAY" in */* | .*) usage_error "--overlay wants a name, not '$OVERLAY'" ;; esac
  if [ ! -f "$(overlay_folder "$OVERLAY")/kustomization.yaml" ]; then
    usage_error "there is no overlay '$OVERLAY'; there are: $(overlay_names | tr '\n' ' ')"
  fi
}

kube() {
  if [ -n "$CONTEXT" ]; then
    kubectl --context "$CONTEXT" "$@"
  else
    kubectl "$@"
  fi
}

run_istioctl() {
  if [ -n "$CONTEXT" ]; then
    istioctl "$@" --context "$CONTEXT"
  else
    istioctl "$@"
  fi
}

run_helm() {
  if [ -n "$CONTEXT" ]; then
    helm "$@" --kube-context "$CONTEXT"
  else
    helm "$@"
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
  require_command kubectl "install kubectl, no more than one minor version away from the cluster's"
  if ! kube get --raw /version >"$WORK/version" 2>"$WORK/version-error"; then
    cat "$WORK/version-error" >&2
    fail "$EXIT_PREREQUISITE" "the cluster does not answer" \
      "kubectl config get-contexts; then --context NAME, or log in again where the credentials have expired"
  fi
  # Some clouds append a plus sign.
  minor=$(sed -n 's/.*"minor": *"\([0-9]*\).*/\1/p' "$WORK/version")
  if [ -z "$minor" ] || [ "$minor" -lt "$MINIMUM_KUBERNETES_MINOR" ]; then
    fail "$EXIT_PREREQUISITE" "Istio $ISTIO_MINOR needs Kubernetes 1.$MINIMUM_KUBERNETES_MINOR or newer, this cluster is 1.${minor:-?}" \
      "upgrade the cluster, or take the manifests of the release that was written for its version"
  fi
}

# The version of istioctl, such as 1.31.1, which is also the version that it installs.
istioctl_version() {
  istioctl version --remote=false --short 2>/dev/null | sed -n 's/[^0-9]*\([0-9][0-9]*\.[0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1
}

# may VERB RESOURCE [kubectl options]: whether the caller has the right.
may() {
  [ "$(kube auth can-i "$@" 2>/dev/null || true)" = yes ]
}

# --- What an overlay holds ---

# render FOLDER FILE: what kustomize builds there.
render() {
  kubectl kustomize "$1" >"$2"
}

# split FILE FOLDER: one file for each document, with our label, and FOLDER/index with a line for each: phase, file, apiVersion, kind, namespace or -, name.
# Reads the form that kustomize prints: keys in order, two blanks a level, names unquoted. (`kubectl label --local` prints no line between documents.)
# Phases are applied in their order: who a workload is and what guards it come before the workload.
split() {
  mkdir -p "$2"
  awk -v folder="$2" -v label="    $OWNER_LABEL: $OWNER" '
    function finish() {
      if (kind == "") return
      phase = 3
      if (kind == "Namespace") phase = 1
      if (kind ~ /^(ServiceAccount|ConfigMap|Secret|Service|PersistentVolumeClaim|(Cluster)?Role(Binding)?)$/) phase = 2
      if (kind ~ /^(Deployment|StatefulSet|DaemonSet|Job|CronJob|HorizontalPodAutoscaler|PodDisruptionBudget)$/) phase = 4
      printf "%s\t%s\t%s\t%s\t%s\t%s\n", phase, file, version, kind, namespace, name > (folder "/index")
      close(file)
    }
    function begin() {
      finish()
      file = sprintf("%s/%04d.yaml", folder, ++count)
      version = kind = name = ""
      namespace = "-"
      metadata = labelled = 0
    }
    BEGIN { begin() }
    /^---/ { begin(); next }
    metadata && /^  name: / && !labelled { print "  labels:" > file; print label > file }
    { print > file }
    metadata && /^  labels:/ { print label > file; labelled = 1 }
    /^[^ ]/ { metadata = ($1 == "metadata:") }
    /^apiVersion: / { version = $2 }
    /^kind: / { kind = $2 }
    metadata && /^  namespace: / { namespace = $2 }
    metadata && /^  name: / { name = $2 }
    END { finish() }
  ' "$1"
}

# Renders the overlay into $WORK/docs, as far as this run is about it.
load_overlay() {
  local folder
  folder=$(overlay_folder "$OVERLAY")
  step "build overlay $OVERLAY" "kubectl kustomize $folder; it names the file at fault" render "$folder" "$WORK/overlay.yaml"
  split "$WORK/overlay.yaml" "$WORK/docs"
  if [ "$NAMESPACE_ONLY" = false ]; then return 0; fi
  # What base has and base/namespaced leaves out lies in the namespace but needs something outside of it.
  render "$ROOT/base" "$WORK/base.yaml"
  split "$WORK/base.yaml" "$WORK/base"
  render "$ROOT/base/namespaced" "$WORK/namespaced.yaml"
  split "$WORK/namespaced.yaml" "$WORK/namespaced"
  awk -F '\t' -v only="$SERVICE_NAMESPACE" '
    { key = $4 "/" $6 }
    FILENAME == ARGV[1] { inside[key]; next }
    FILENAME == ARGV[2] { if (!(key in inside)) outside[key]; next }
    $5 == only && !(key in outside)
  ' "$WORK/namespaced/index" "$WORK/base/index" "$WORK/docs/index" >"$WORK/docs/index.only"
  mv "$WORK/docs/index.only" "$WORK/docs/index"
}

# join_documents FILE: one stream of the documents that the index lines in FILE name.
join_documents() {
  local file
  cut -f 2 "$1" | while read -r file; do
    printf -- '---\n'
    cat "$file"
  done
}

# As kubectl takes a kind without confusing it with another group's: Gateway.v1.networking.istio.io. The core group has no name to add.
kind_arguments() {
  awk -F '\t' '{ n = split($3, part, "/"); print (n == 2 ? $4 "." part[2] "." part[1] : $4) }' "$1" | sort -u
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

# --- Applying ---

# apply_index FILE [kubectl options]: applies the documents that the index lines in FILE name. Applying the same again changes nothing.
apply_index() {
  local index=$1
  shift
  if [ ! -s "$index" ]; then return 0; fi
  join_documents "$index" >"$WORK/apply.yaml"
  kube apply --server-side --field-manager "$FIELD_MANAGER" --filename "$WORK/apply.yaml" "$@"
}

# A namespace that somebody else made is not marked as ours, so that uninstalling leaves it. Takes the label off the documents of such namespaces.
leave_foreign_namespaces() {
  local file name
  kube get namespaces --output "jsonpath={range .items[*]}{.metadata.name}{' '}{.metadata.labels['${OWNER_LABEL//./\\.}']}{'\n'}{end}" >"$WORK/owners"
  while IFS=$'\t' read -r _ file _ _ _ name; do
    if grep -qx "$name " "$WORK/owners"; then
      sed "\\|^    $OWNER_LABEL: |d" "$file" >"$WORK/namespace.yaml"
      mv "$WORK/namespace.yaml" "$file"
    fi
  done < <(awk -F '\t' '$4 == "Namespace"' "$WORK/docs/index")
}

# wait_for_rollout NAMESPACE KIND/NAME
wait_for_rollout() {
  if kube rollout status --namespace "$1" "$2" --timeout "${TIMEOUT}s" >"$WORK/rollout" 2>&1; then return 0; fi
  cat "$WORK/rollout" >&2
  echo "$2 in $1 is not ready after $TIMEOUT s" >&2
  return 1
}

istio_crds() {
  kube get customresourcedefinitions --output name | grep '\.istio\.io$' || true
}

wait_for_crds() {
  local crds
  crds=$(istio_crds)
  # shellcheck disable=SC2086 # one word a CRD
  if [ -n "$crds" ]; then kube wait --for condition=Established --timeout "${TIMEOUT}s" $crds >/dev/null; fi
}

# wait_for_istiod [LABEL=VALUE]: every control plane, or those that bear the label too.
wait_for_istiod() {
  local name found='' selector=app=istiod
  if [ $# -gt 0 ]; then selector="$selector,$1"; fi
  for name in $(kube get deployments --namespace "$ISTIO_NAMESPACE" --selector "$selector" --output 'jsonpath={.items[*].metadata.name}'); do
    found=$name
    wait_for_rollout "$ISTIO_NAMESPACE" "deployment/$name"
  done
  if [ -n "$found" ]; then return 0; fi
  echo "there is no Deployment with the label $selector in $ISTIO_NAMESPACE" >&2
  return 1
}

# delete_objects FILE: what its lines name (apiVersion, kind, namespace or -, name), one call for each kind and namespace; waits until all is gone.
delete_objects() {
  local kind namespace names scope
  awk -F '\t' -v OFS='\t' '
    { n = split($1, part, "/"); key = (n == 2 ? $2 "." part[2] "." part[1] : $2) OFS $3 }
    key != last { if (last != "") print last, names; last = key; names = "" }
    { names = names " " $4 }
    END { if (last != "") print last, names }
  ' "$1" >"$WORK/groups"
  while IFS=$'\t' read -r kind namespace names; do
    scope=()
    if [ "$namespace" != - ]; then scope=(--namespace "$namespace"); fi
    # shellcheck disable=SC2086 # one word a name
    kube delete "$kind" $names ${scope[@]+"${scope[@]}"} --ignore-not-found --wait --timeout "${TIMEOUT}s"
  done <"$WORK/groups"
}

# delete_namespaces NAME...: at once, and waits until they are gone.
delete_namespaces() {
  kube delete namespaces "$@" --ignore-not-found --wait --timeout "${TIMEOUT}s"
}
