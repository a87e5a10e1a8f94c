#!/usr/bin/env bash
# Deploys the Petstore demo, start to finish, or takes it away again: a mesh, a load balancer, an echo service, the Petstore, and the MCP server in front of it.
#
# Usage: deploy.sh [options]
#
#   --image NAME          the component in your registry, in place of the one in values.http-trigger.yaml
#   --control-charts REF  where Cosmonic Control's charts lie, while it is not installed: oci://HOST/PATH as its installation page has it, or a folder
#   --skip STEP           leaves out a step (again for another one): prerequisites, linkerd, metallb, echo, mcp, mesh, access
#   --uninstall           takes away what was deployed from here; never Linkerd, never what was there before
#   --dry-run             says what it would do, has the API server check what it can, and changes nothing
#   --ingress URL         where the platform's ingress is reached from this machine (default http://localhost, see kind-config.yaml)
#   --metallb-chart REF, --metallb-manifest FILE, --metallb-range FIRST-LAST   as --chart, --manifest and --range of install-metallb.sh
#   --context NAME        the context of the kubeconfig; without it the current one
#   --timeout SECONDS     for each wait (default 300)
#
# The licence key of Cosmonic Control is read from the environment variable COSMONIC_LICENSE_KEY, only while Control is not installed. It is not printed and not
# written to a file here, and no command line has it; Helm keeps it in the cluster, in the Secret of its release.
#
# A token for an MCP server that wants one, which the demo's does not, is read from the variable MCP_TOKEN.
#
# Doing it again changes nothing. Nothing is asked. Where a step fails, the script says what to try; after that it goes on where it stopped. doctor.sh looks closer.
#
# Ends with 0 when all is done, 1 when a step failed, 2 for wrong arguments, 3 when something is missing that has to be there first.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The programs below are not to inherit it.
export -n COSMONIC_LICENSE_KEY

readonly STEPS='prerequisites linkerd metallb echo mcp mesh access'
readonly CHART="$DEMO/../../charts/http-trigger"
readonly VALUES="$DEMO/values.http-trigger.yaml"

ACTION=deploy
SKIPPED=' '
IMAGE=''
CONTROL_CHARTS=''
METALLB_OPTIONS=()

take_own() {
  local value
  case "$1" in
    --uninstall)
      ACTION=uninstall
      TAKEN=1
      ;;
    --image) take_value IMAGE "$@" ;;
    --control-charts)
      take_value value "$@"
      CONTROL_CHARTS=${value%/}
      ;;
    --skip)
      take_value value "$@"
      skip_step "$value"
      ;;
    --metallb-chart | --metallb-manifest | --metallb-range)
      take_value value "$@"
      METALLB_OPTIONS+=("--${1#--metallb-}" "$value")
      ;;
  esac
}

skip_step() {
  case " $STEPS " in *" $1 "*) ;; *) usage_error "there is no step '$1'; there are: $STEPS" ;; esac
  SKIPPED="$SKIPPED$1 "
}

skipped() {
  case "$SKIPPED" in *" $1 "*) return 0 ;; esac
  return 1
}

# begin NUMBER NAME TITLE: the heading of a step. Fails where it is skipped.
begin() {
  if skipped "$2"; then
    say "Step $1 of 7: $3: skipped"
    return 1
  fi
  say "Step $1 of 7: $3"
}

# would WHAT: a line of a dry run.
would() {
  say "  would $1"
}

# --- 1: prerequisites ---

MISSING=0

# need COMMAND VERSION ADVICE: a line with the version of what is there, or what is missing and how to get it.
need() {
  if command -v "$1" >/dev/null; then
    say "  $1 ${2:+$2}"
  else
    missing "there is no $1 on the PATH" "$3"
  fi
}

missing() {
  printf 'FAILED: %s\n  Try: %s\n' "$1" "$2" >&2
  MISSING=$((MISSING + 1))
}

# version_of COMMAND...: the first version in what it prints.
version_of() {
  "$@" 2>/dev/null | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1 || true
}

# older VERSION MAJOR MINOR
older() {
  printf '%s\n' "$1" | awk -F . -v major="$2" -v minor="$3" '{ exit !($1 < major || ($1 == major && $2 < minor)) }'
}

check_tools() {
  local helm
  need kubectl "$(version_of kubectl version --client)" "install kubectl, no more than one minor version away from the cluster's: https://kubernetes.io/docs/tasks/tools"
  helm=$(version_of helm version)
  need helm "$helm" "install Helm 3.$MINIMUM_HELM_MINOR or newer: https://helm.sh/docs/intro/install"
  if [ -n "$helm" ] && older "$helm" 3 "$MINIMUM_HELM_MINOR"; then
    missing "helm is $helm" "install Helm 3.$MINIMUM_HELM_MINOR or newer, which reads charts from OCI registries: https://helm.sh/docs/intro/install"
  fi
  need curl "$(version_of curl --version)" "install curl with your system's package manager"
  if ! skipped linkerd; then
    need linkerd "$(version_of linkerd version --client)" "install the Linkerd CLI: https://linkerd.io/2/getting-started (or Buoyant's: https://docs.buoyant.io); or --skip linkerd"
  fi
  # kind has a network of docker's, which says where MetalLB's addresses lie.
  case " ${METALLB_OPTIONS[*]-} " in
    *' --range '*) ;;
    *)
      if ! skipped metallb; then need docker "$(version_of docker --version)" "install docker: https://docs.docker.com/get-docker; or --metallb-range FIRST-LAST; or --skip metallb"; fi
      ;;
  esac
}

control_present() {
  served control.cosmonic.io/v1alpha1 HTTPTrigger
}

check_mcp() {
  if [ ! -f "$CHART/Chart.yaml" ]; then missing "there is no chart in $CHART" "run the script in a checkout of the whole project"; fi
  if [ -z "$IMAGE" ] && grep -q 'image:.*/OWNER/' "$VALUES"; then
    missing "values.http-trigger.yaml does not name your registry yet" \
      "npm run build, push dist/mesh-mcp.wasm (charts/mesh-mcp/README.md), then --image REGISTRY/OWNER/mesh-mcp:0.1.0"
  fi
  if control_present && [ -n "$(platform_workload hostgroup)" ]; then return 0; fi
  if [ -z "$CONTROL_CHARTS" ]; then
    missing "Cosmonic Control with a host group is not installed" "--control-charts REF, with Control's charts (version $CONTROL_VERSION) from its installation page: https://cosmonic.com/docs"
  fi
  if ! control_present; then check_license; fi
}

# Without a trace, which would print the key.
check_license() {
  local trace=$-
  set +x
  case "${COSMONIC_LICENSE_KEY-}" in
    '') missing "COSMONIC_LICENSE_KEY is not set" "export COSMONIC_LICENSE_KEY with the key of your trial or licence: https://cosmonic.com/trial" ;;
    *[!A-Za-z0-9._=+/-]*) missing "COSMONIC_LICENSE_KEY has characters that no licence key has" "copy it again, without quotes and line breaks" ;;
  esac
  case "$trace" in *x*) set -x ;; esac
}

check_prerequisites() {
  check_tools
  if [ "$MISSING" -gt 0 ]; then exit "$EXIT_PREREQUISITE"; fi
  check_cluster
  say "  cluster $(version_of cat "$WORK/version")"
  if ! [ "$(kube auth can-i '*' '*' --all-namespaces 2>/dev/null || true)" = yes ]; then
    missing "the demo needs cluster-admin, which this user does not have" "use a cluster of your own: kind create cluster --config $DEMO/kind-config.yaml"
  fi
  if ! skipped mcp; then check_mcp; fi
  if [ "$MISSING" -gt 0 ]; then exit "$EXIT_PREREQUISITE"; fi
}

# --- 2: Linkerd ---

check_linkerd() {
  if ! exists namespace "$LINKERD_NAMESPACE"; then
    fail "$EXIT_PREREQUISITE" "Linkerd is not installed" \
      "linkerd install --crds | kubectl apply -f -, then linkerd install | kubectl apply -f -, then linkerd viz install | kubectl apply -f -: https://linkerd.io/2/getting-started"
  fi
  if ! run_linkerd check --wait "${TIMEOUT}s" >"$WORK/linkerd" 2>&1; then
    cat "$WORK/linkerd" >&2
    fail "$EXIT_FAILED" "Linkerd is not healthy" "the lines above that begin with a cross, each with a link that explains it; linkerd check"
  fi
  say "  linkerd check has nothing to say"
  if ! exists namespace "$VIZ_NAMESPACE"; then
    say "  note: without linkerd-viz there are no metrics: linkerd viz install | kubectl apply -f -"
  fi
}

# --- 3: MetalLB ---

install_metallb() {
  local action=("$@")
  "$DEMO/install-metallb.sh" ${action[@]+"${action[@]}"} ${METALLB_OPTIONS[@]+"${METALLB_OPTIONS[@]}"} ${SHARED_OPTIONS[@]+"${SHARED_OPTIONS[@]}"} || exit "$?"
}

# --- Objects of ours ---

# apply FILE NAMESPACE [kubectl options]: applying the same again changes nothing. A dry run says what it cannot check.
apply() {
  local file=$1 namespace=$2
  shift 2
  if [ "$DRY_RUN" = false ]; then
    kube apply --server-side --field-manager "$FIELD_MANAGER" --filename "$file"
  elif [ "$namespace" != - ] && ! exists namespace "$namespace"; then
    would "apply $(basename "$file") (not checked: the namespace $namespace is not there yet)"
  else
    kube apply --server-side --field-manager "$FIELD_MANAGER" --filename "$file" --dry-run=server
  fi
}

# make_namespace NAME: meshed, as namespaces.yaml has it.
make_namespace() {
  document "$DEMO/namespaces.yaml" "$1" >"$WORK/$1.yaml"
  if exists namespace "$1" && ! ours "$1"; then
    sed "/^  labels:\$/d; \\|^    $OWNER_LABEL: |d" "$WORK/$1.yaml" >"$WORK/foreign.yaml"
    mv "$WORK/foreign.yaml" "$WORK/$1.yaml"
  fi
  apply "$WORK/$1.yaml" -
}

# --- 4: echo ---

deploy_echo() {
  make_namespace "$ECHO_NAMESPACE"
  apply "$DEMO/echo-service.yaml" "$ECHO_NAMESPACE"
}

has_address() {
  [ -n "$(load_balancer_address "$1" "$2")" ]
}

wait_for_address() {
  if eventually has_address "$1" "$2"; then return 0; fi
  echo "the Service $2 in $1 has no address after $TIMEOUT s" >&2
  return 1
}

echo_says_hello() {
  curl --silent --show-error --max-time 5 "http://$1/" | grep 'hello there'
}

# Where docker runs in a virtual machine, as on macOS, kind's network is not reached from outside of it.
echo_says_hello_inside() {
  kube get --raw "/api/v1/namespaces/$ECHO_NAMESPACE/services/$ECHO_NAMESPACE:80/proxy/" | grep 'hello there'
}

check_echo() {
  local address
  address=$(load_balancer_address "$ECHO_NAMESPACE" echo)
  if [ "$(uname)" = Darwin ] && ! echo_says_hello "$address" >/dev/null 2>&1; then
    echo_says_hello_inside
    say "  note: this machine has no way to $address, because docker runs in a virtual machine; kubectl -n echo port-forward svc/echo 8081:80 leads there"
    return 0
  fi
  eventually echo_says_hello "$address"
}

echo_step() {
  step "deploy echo" "kubectl auth can-i create namespaces; a conflict names who else has set the field" deploy_echo
  if [ "$DRY_RUN" = true ]; then return 0; fi
  step "wait for echo" "kubectl -n echo describe pods" wait_for_rollout "$ECHO_NAMESPACE" deployment/echo
  step "wait for its address" "doctor.sh says why MetalLB gives none; kubectl -n $METALLB_NAMESPACE get ipaddresspools,l2advertisements" wait_for_address "$ECHO_NAMESPACE" echo
  step "ask it" "doctor.sh; curl -v http://ADDRESS from this machine, then docker exec kind-control-plane curl http://ADDRESS" check_echo
}

# --- 5: the MCP server ---

deploy_petstore() {
  make_namespace "$PETSTORE_NAMESPACE"
  apply "$DEMO/petstore.yaml" "$PETSTORE_NAMESPACE"
}

# values_of_control: for Helm's standard input, so that the key is in no file and on no command line. `printf` is the shell's own.
values_of_control() {
  set +x
  printf 'cosmonicLicenseKey: "%s"\nenvoy: {service: {type: NodePort, httpNodePort: %s}}\n' "$COSMONIC_LICENSE_KEY" "$NODE_PORT"
}

make_control_namespace() {
  if exists namespace "$CONTROL_NAMESPACE"; then return 0; fi
  kube apply --server-side --field-manager "$FIELD_MANAGER" --filename - <<NAMESPACE
apiVersion: v1
kind: Namespace
metadata:
  name: $CONTROL_NAMESPACE
  labels: {$OWNER_LABEL: $OWNER}
NAMESPACE
}

# control_chart RELEASE CHART [helm options]
control_chart() {
  local release=$1 chart="$CONTROL_CHARTS/$2" options=(--namespace "$CONTROL_NAMESPACE" --wait --timeout "${TIMEOUT}s")
  shift 2
  if [ ! -d "$chart" ]; then options+=(--version "$CONTROL_VERSION"); fi
  # What the chart prints may repeat its values.
  run_helm upgrade --install "$release" "$chart" "${options[@]}" "$@" >/dev/null
}

install_control() {
  make_control_namespace
  values_of_control | control_chart cosmonic-control cosmonic-control --values -
}

install_host_group() {
  make_control_namespace
  control_chart hostgroup cosmonic-control-hostgroup
}

deploy_control() {
  local advice="kubectl -n $CONTROL_NAMESPACE get pods,events; a key that has expired or is of another product is refused by its operator"
  if control_present; then
    say "- Cosmonic Control is there already: it is left as it is"
  elif [ "$DRY_RUN" = true ]; then
    would "install Cosmonic Control $CONTROL_VERSION from $CONTROL_CHARTS"
  else
    step "install Cosmonic Control" "$advice" install_control
    rm -f "$WORK"/discovery-control*
  fi
  if [ -n "$(platform_workload hostgroup)" ]; then
    say "- the host group is there already: it is left as it is"
  elif [ "$DRY_RUN" = true ]; then
    would "install a host group from $CONTROL_CHARTS"
  else
    step "install the host group" "$advice" install_host_group
  fi
}

# platform_patch NAME KIND/NAME: the part of the patch that is about it, of the kind that this version of the platform has.
platform_patch() {
  local kind
  case "$2" in
    deployment/*) kind=Deployment ;;
    statefulset/*) kind=StatefulSet ;;
    daemonset/*) kind=DaemonSet ;;
  esac
  document "$DEMO/kustomize/linkerd-inject-patch.yaml" "$1" | sed "s/^kind: .*/kind: $kind/"
}

mesh_platform() {
  local name workload
  for name in hostgroup nats; do
    workload=$(platform_workload "$name")
    if [ -z "$workload" ]; then
      echo "there is no $name in $CONTROL_NAMESPACE" >&2
      return 1
    fi
    platform_patch "$name" "$workload" >"$WORK/$name.yaml"
    apply "$WORK/$name.yaml" "$CONTROL_NAMESPACE"
  done
  if [ "$DRY_RUN" = true ]; then return 0; fi
  for name in nats hostgroup; do wait_for_rollout "$CONTROL_NAMESPACE" "$(platform_workload "$name")"; done
}

# trigger_options: for `helm template` and `helm upgrade` alike.
trigger_options() {
  TRIGGER_OPTIONS=(--namespace "$PETSTORE_NAMESPACE" --values "$VALUES")
  if [ -n "$IMAGE" ]; then TRIGGER_OPTIONS+=(--set "components[0].image=$IMAGE"); fi
}

render_trigger() {
  trigger_options
  run_helm template "$RELEASE" "$CHART" "${TRIGGER_OPTIONS[@]}"
}

# Whether Helm has the release just like this: an upgrade would make another revision of it each time.
release_is_current() {
  run_helm status "$RELEASE" --namespace "$PETSTORE_NAMESPACE" >"$WORK/status" 2>/dev/null || return 1
  grep -q '^STATUS: deployed' "$WORK/status" || return 1
  run_helm get manifest "$RELEASE" --namespace "$PETSTORE_NAMESPACE" >"$WORK/installed.yaml" || return 1
  [ "$(grep -v '^ *$' "$WORK/installed.yaml")" = "$(grep -v '^ *$' "$WORK/wanted.yaml")" ]
}

# Whether the cluster has what FILE has. Fields that nobody here set do not count.
as_described() {
  kube diff --server-side --force-conflicts --field-manager "$FIELD_MANAGER" --filename "$1" >/dev/null 2>&1
}

install_trigger() {
  trigger_options
  render_trigger >"$WORK/wanted.yaml"
  if release_is_current; then
    say "  release $RELEASE is there already"
  else
    # Its notes say where it will be, which the last step says too.
    run_helm upgrade --install "$RELEASE" "$CHART" "${TRIGGER_OPTIONS[@]}" >/dev/null
  fi
  # Helm compares a custom resource with its own last release alone, and leaves what somebody changed in the cluster, or deleted there.
  if ! as_described "$WORK/wanted.yaml"; then
    kube apply --server-side --force-conflicts --field-manager "$FIELD_MANAGER" --filename "$WORK/wanted.yaml"
  fi
}

check_trigger() {
  render_trigger >"$WORK/wanted.yaml"
  if control_present; then
    apply "$WORK/wanted.yaml" "$PETSTORE_NAMESPACE"
  else
    would "install the chart http-trigger as $RELEASE (not checked: the cluster does not know HTTPTrigger yet)"
  fi
}

wait_for_trigger() {
  if kube wait --for condition=Ready --timeout "${TIMEOUT}s" "$TRIGGER/$RELEASE" --namespace "$PETSTORE_NAMESPACE" >"$WORK/ready" 2>&1; then return 0; fi
  cat "$WORK/ready" >&2
  kube get "$TRIGGER" "$RELEASE" --namespace "$PETSTORE_NAMESPACE" --output \
    "jsonpath={range .status.conditions[*]}{.type}={.status} {.reason} {.message}{'\n'}{end}" >&2 || true
  return 1
}

mcp_answers() {
  mcp_request "$MCP_INITIALIZE" | grep -o '"serverInfo" *: *{[^}]*}'
}

mcp_step() {
  step "deploy the Petstore" "a conflict names who else has set the field" deploy_petstore
  if [ "$DRY_RUN" = false ]; then
    step "wait for the Petstore" "kubectl -n petstore describe pods; its first start takes a minute" wait_for_rollout "$PETSTORE_NAMESPACE" deployment/petstore
  fi
  deploy_control
  if [ "$DRY_RUN" = true ]; then
    if [ -n "$(platform_workload hostgroup)" ]; then step "check the patch of host group and NATS" "the message names the field" mesh_platform; else would "put host group and NATS into the mesh"; fi
    step "check the MCP server" "the message names the value" check_trigger
    return 0
  fi
  step "put host group and NATS into the mesh" "kubectl -n $CONTROL_NAMESPACE get deployments,statefulsets; a conflict names who else has set the annotation" mesh_platform
  step "install the MCP server" "helm -n petstore history $RELEASE; helm -n petstore uninstall $RELEASE and again" install_trigger
  step "wait for the MCP server" "doctor.sh; is the image in a registry that the hosts can read? kubectl -n petstore describe $TRIGGER $RELEASE" wait_for_trigger
  step "ask the MCP server at $INGRESS" \
    "doctor.sh; a cluster made without kind-config.yaml has no way in: kubectl -n $CONTROL_NAMESPACE port-forward svc/ingress 8080:80, and --ingress http://localhost:8080" eventually mcp_answers
}

# --- 6: the mesh ---

report_unmeshed() {
  local pods
  pods=$(unmeshed_pods "$@")
  if [ -z "$pods" ]; then return 0; fi
  printf '%s\n' "$pods" | sed "s|^|no proxy in $1/|" >&2
  return 1
}

everything_is_meshed() {
  local name workload failed=0
  for name in echo mcp; do
    if skipped "$name"; then continue; fi
    case "$name" in
      echo) report_unmeshed "$ECHO_NAMESPACE" || failed=1 ;;
      mcp)
        report_unmeshed "$PETSTORE_NAMESPACE" || failed=1
        for workload in $(platform_workload hostgroup) $(platform_workload nats); do
          report_unmeshed "$CONTROL_NAMESPACE" "$(selector_of "$workload" "$CONTROL_NAMESPACE")" || failed=1
        done
        ;;
    esac
  done
  return "$failed"
}

# --- 7: access ---

# address_of NAMESPACE SERVICE
address_of() {
  local address
  address=$(load_balancer_address "$1" "$2" 2>/dev/null || true)
  if [ -n "$address" ]; then printf 'http://%s\n' "$address"; else printf 'no address yet (kubectl -n %s get service %s)\n' "$1" "$2"; fi
}

access() {
  say "  MCP server          http://$MCP_HOST/v1/mcp (streamable HTTP)"
  say "  from here           curl -H 'Host: $MCP_HOST' $INGRESS/v1/mcp"
  say "  echo                $(address_of "$ECHO_NAMESPACE" echo)"
  say "  Petstore            $(address_of "$PETSTORE_NAMESPACE" petstore-external)"
  say "Next, in $DEMO:"
  say "  ./test-mcp.sh              initialize, list the tools, call one"
  say "  ./doctor.sh                when something is not as it should be"
  say "  ./measure-latency.sh       how long each part of the way takes"
  say "  policies/                  let only the host group call the Petstore; retries, canary, limits, alerts"
  say "Beside it:"
  say "  npx @modelcontextprotocol/inspector         transport: Streamable HTTP, URL: the address above"
  say "  linkerd viz edges deployment -n petstore    who calls the Petstore, under which identity; linkerd viz dashboard"
  say "  charts/mesh-mcp                             the tools for the mesh itself, with their collector"
}

deploy() {
  if begin 1 prerequisites "prerequisites"; then check_prerequisites; fi
  if begin 2 linkerd "Linkerd"; then check_linkerd; fi
  if begin 3 metallb "MetalLB"; then install_metallb; fi
  if begin 4 echo "echo"; then echo_step; fi
  if begin 5 mcp "MCP server"; then mcp_step; fi
  if begin 6 mesh "mesh injection"; then
    if [ "$DRY_RUN" = true ]; then
      would "look for pods without a proxy"
    else
      step "every pod has its proxy" "kubectl -n NAMESPACE rollout restart deployment,statefulset; linkerd check --proxy; doctor.sh" eventually everything_is_meshed
    fi
  fi
  if begin 7 access "access"; then access; fi
  if [ "$DRY_RUN" = true ]; then say "Dry run: nothing was changed."; fi
}

# --- Uninstalling ---

delete_trigger() {
  if command -v helm >/dev/null; then run_helm uninstall "$RELEASE" --namespace "$PETSTORE_NAMESPACE" --ignore-not-found --wait --timeout "${TIMEOUT}s"; fi
}

# What was applied from a file, and its namespace where it is ours.
delete_file() {
  kube delete --filename "$1" --ignore-not-found --wait --timeout "${TIMEOUT}s"
  if ours "$2"; then kube delete namespaces "$2" --ignore-not-found --wait --timeout "${TIMEOUT}s"; fi
}

# An object without the fields takes them back: whoever applied them no longer wants them.
unmesh_platform() {
  local name workload
  for name in hostgroup nats; do
    workload=$(platform_workload "$name")
    if [ -z "$workload" ]; then continue; fi
    platform_patch "$name" "$workload" | sed '/^spec:/,$d' >"$WORK/$name.yaml"
    kube apply --server-side --field-manager "$FIELD_MANAGER" --filename "$WORK/$name.yaml"
  done
}

delete_control() {
  local release
  for release in hostgroup cosmonic-control; do
    run_helm uninstall "$release" --namespace "$CONTROL_NAMESPACE" --ignore-not-found --wait --timeout "${TIMEOUT}s"
  done
  kube delete namespaces "$CONTROL_NAMESPACE" --ignore-not-found --wait --timeout "${TIMEOUT}s"
}

uninstall_dry_run() {
  if ! skipped mcp; then
    would "uninstall the release $RELEASE"
    would "delete what petstore.yaml has$(if ours "$PETSTORE_NAMESPACE"; then echo ", and the namespace $PETSTORE_NAMESPACE"; fi)"
    if ours "$CONTROL_NAMESPACE"; then would "uninstall Cosmonic Control"; else would "take the annotations off host group and NATS"; fi
  fi
  if ! skipped echo; then would "delete what echo-service.yaml has$(if ours "$ECHO_NAMESPACE"; then echo ", and the namespace $ECHO_NAMESPACE"; fi)"; fi
  if ! skipped metallb; then install_metallb --uninstall; else say "Dry run: nothing was changed."; fi
}

uninstall() {
  if [ "$DRY_RUN" = true ]; then
    uninstall_dry_run
    return 0
  fi
  if ! skipped mcp; then
    step "uninstall the MCP server" "helm -n petstore list; kubectl -n petstore get $TRIGGER -o yaml shows a finalizer that holds it" delete_trigger
    step "delete the Petstore" "kubectl get namespace petstore -o yaml says what it still waits for" delete_file "$DEMO/petstore.yaml" "$PETSTORE_NAMESPACE"
    if ours "$CONTROL_NAMESPACE"; then
      step "uninstall Cosmonic Control" "helm -n $CONTROL_NAMESPACE list" delete_control
    else
      step "take host group and NATS out of the mesh" "kubectl -n $CONTROL_NAMESPACE get deployments,statefulsets" unmesh_platform
    fi
  fi
  if ! skipped echo; then
    step "delete echo" "kubectl get namespace echo -o yaml says what it still waits for" delete_file "$DEMO/echo-service.yaml" "$ECHO_NAMESPACE"
  fi
  if ! skipped metallb; then install_metallb --uninstall; fi
  say "Linkerd, and the cluster, are left as they are: kind delete cluster removes both."
}

parse_options "$@"
if [ "$ACTION" = uninstall ]; then
  require_command helm "install Helm, which knows what it installed: https://helm.sh/docs/intro/install"
fi
if [ "$ACTION" = uninstall ] || skipped prerequisites; then check_cluster; fi
"$ACTION"
