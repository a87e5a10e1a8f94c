#!/usr/bin/env bash
# Gives a kind cluster a load balancer: MetalLB, with addresses of kind's own docker network.
#
# Usage: install-metallb.sh [options]
#
#   --chart REF         Helm: REPOSITORY/CHART as `helm repo list` knows it (default metallb/metallb), oci://..., or the folder of an unpacked chart
#   --manifest FILE     kubectl instead of Helm: MetalLB's own metallb-native.yaml
#   --network NAME      the docker network of the cluster (default kind)
#   --range FIRST-LAST  these addresses; docker is not asked. For clusters that are not kind's
#   --uninstall         the pool, and MetalLB where it was installed from here
#   --context NAME      the context of the kubeconfig; without it the current one
#   --dry-run           says what it would do, has the API server check what it can, and changes nothing
#   --timeout SECONDS   for each wait (default 300)
#
# Written for MetalLB 0.16.2: Helm is told this version, and a manifest should be of it. Where MetalLB runs already it is left as it is. A /16 network gives
# x.y.255.200-250, a /24 gives x.y.z.200-250: pool and L2Advertisement are called demo-pool. Doing it again changes nothing. Downloads nothing itself.
#
# Ends with 0 when all is done, 1 when a step failed, 2 for wrong arguments, 3 when something is missing that has to be there first.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ACTION=install
CHART=metallb/metallb
MANIFEST=''
NETWORK=kind
RANGE=''

take_own() {
  case "$1" in
    --uninstall)
      ACTION=uninstall
      TAKEN=1
      ;;
    --chart) take_value CHART "$@" ;;
    --manifest) take_value MANIFEST "$@" ;;
    --network) take_value NETWORK "$@" ;;
    --range) take_value RANGE "$@" ;;
  esac
}

parse_arguments() {
  parse_options "$@"
  if [ -n "$MANIFEST" ] && [ ! -f "$MANIFEST" ]; then usage_error "--manifest wants a file, '$MANIFEST' is none"; fi
  if [ -n "$RANGE" ] && ! printf '%s\n' "$RANGE" | grep -qE '^[0-9]+(\.[0-9]+){3}-[0-9]+(\.[0-9]+){3}$'; then
    usage_error "--range wants FIRST-LAST, such as 172.18.255.200-172.18.255.250, not '$RANGE'"
  fi
}

# --- The range ---

find_range() {
  local subnet
  if [ -n "$RANGE" ]; then return 0; fi
  require_command docker "install docker, which kind needs too: https://docs.docker.com/get-docker; or --range FIRST-LAST where the cluster is not kind's"
  if ! docker network inspect "$NETWORK" --format '{{range .IPAM.Config}}{{println .Subnet}}{{end}}' >"$WORK/subnets" 2>"$WORK/docker-error"; then
    cat "$WORK/docker-error" >&2
    fail "$EXIT_PREREQUISITE" "docker shows no network $NETWORK" \
      "kind create cluster --config $DEMO/kind-config.yaml; docker network ls and --network NAME for another one; --range FIRST-LAST without docker"
  fi
  subnet=$(ipv4_subnets <"$WORK/subnets" | awk 'NR == 1')
  if [ -z "$subnet" ]; then
    fail "$EXIT_PREREQUISITE" "the docker network $NETWORK has no IPv4 subnet, only: $(tr '\n' ' ' <"$WORK/subnets")" \
      "delete the cluster and the network, and let kind make both anew; or --range FIRST-LAST"
  fi
  if ! RANGE=$(pool_range "$subnet"); then
    fail "$EXIT_PREREQUISITE" "the subnet $subnet of the docker network $NETWORK is of a size that has no room for the pool" "--range FIRST-LAST with free addresses of it"
  fi
  say "  docker network $NETWORK: $subnet, so the pool is $RANGE"
}

# --- MetalLB ---

# Labelled as ours where we make it: uninstalling asks for that.
make_namespace() {
  if exists namespace "$METALLB_NAMESPACE"; then return 0; fi
  # The speaker answers ARP on the node's own network.
  kube apply --server-side --field-manager "$FIELD_MANAGER" --filename - <<NAMESPACE
apiVersion: v1
kind: Namespace
metadata:
  name: $METALLB_NAMESPACE
  labels: {$OWNER_LABEL: $OWNER, pod-security.kubernetes.io/enforce: privileged}
NAMESPACE
}

install_with_helm() {
  # Layer 2 alone: no FRR, which speaks BGP.
  local options=(--namespace "$METALLB_NAMESPACE" --set frrk8s.enabled=false --set speaker.frr.enabled=false)
  if [ ! -d "$CHART" ]; then options+=(--version "$METALLB_VERSION"); fi
  run_helm upgrade --install metallb "$CHART" "${options[@]}" --wait --timeout "${TIMEOUT}s"
}

# Under a name of its own: the manifest has the namespace too, without our label.
install_with_kubectl() {
  kube apply --server-side --field-manager "$FIELD_MANAGER-metallb" --filename "$MANIFEST"
}

install_metallb() {
  make_namespace
  if [ -n "$MANIFEST" ]; then install_with_kubectl; else install_with_helm; fi
}

wait_for_metallb() {
  local speaker
  wait_for_rollout "$METALLB_NAMESPACE" "deployment/$(metallb_controller)"
  for speaker in $(kube get daemonsets --namespace "$METALLB_NAMESPACE" --output 'jsonpath={.items[*].metadata.name}'); do
    wait_for_rollout "$METALLB_NAMESPACE" "daemonset/$speaker"
  done
}

# --- The pool ---

pool() {
  cat <<POOL
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata:
  name: demo-pool
  namespace: $METALLB_NAMESPACE
  labels: {$OWNER_LABEL: $OWNER}
spec:
  addresses: [$RANGE]
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata:
  name: demo-pool
  namespace: $METALLB_NAMESPACE
  labels: {$OWNER_LABEL: $OWNER}
spec:
  ipAddressPools: [demo-pool]
POOL
}

apply_pool() {
  pool | kube apply --server-side --field-manager "$FIELD_MANAGER" --filename - "$@"
}

dry_run() {
  if [ -z "$(metallb_controller)" ]; then
    say "  would install MetalLB $METALLB_VERSION from ${MANIFEST:-$CHART}"
  else
    say "  MetalLB runs already"
  fi
  if served metallb.io/v1beta1 IPAddressPool && exists namespace "$METALLB_NAMESPACE"; then
    step "check the pool" "the API server says what is wrong with it" apply_pool --dry-run=server
  else
    say "  would make pool and L2Advertisement demo-pool with $RANGE (not checked: the cluster does not know the kinds yet)"
  fi
  say "Dry run: nothing was changed."
}

install() {
  find_range
  if [ "$DRY_RUN" = true ]; then
    dry_run
    return 0
  fi
  if [ -z "$(metallb_controller)" ]; then
    step "install MetalLB $METALLB_VERSION from ${MANIFEST:-$CHART}" \
      "helm repo list has to show metallb (https://metallb.io/installation says how to add it); or --chart FOLDER, or --manifest FILE; kubectl -n $METALLB_NAMESPACE get pods" \
      install_metallb
  else
    say "- MetalLB runs already: it is left as it is"
  fi
  step "wait for MetalLB" "kubectl -n $METALLB_NAMESPACE describe pods; --timeout for slow image pulls" wait_for_metallb
  # Its webhook, which checks pools, may answer a moment later than its pod is ready.
  step "make the pool demo-pool: $RANGE" "kubectl -n $METALLB_NAMESPACE logs deployment/$(metallb_controller): another pool may have these addresses" eventually apply_pool
}

# --- Uninstalling ---

delete_pool() {
  local kind
  for kind in l2advertisements ipaddresspools; do
    if ! exists customresourcedefinition "$kind.metallb.io"; then continue; fi
    kube delete "$kind.metallb.io" demo-pool --namespace "$METALLB_NAMESPACE" --ignore-not-found --wait --timeout "${TIMEOUT}s"
  done
}

# What the manifest and the chart have outside of the namespace, by its names there.
delete_metallb() {
  local crds
  if command -v helm >/dev/null; then run_helm uninstall metallb --namespace "$METALLB_NAMESPACE" --ignore-not-found --wait --timeout "${TIMEOUT}s"; fi
  kube delete validatingwebhookconfigurations metallb-webhook-configuration --ignore-not-found
  kube delete clusterroles,clusterrolebindings metallb-system:controller metallb-system:speaker --ignore-not-found
  crds=$(kube get customresourcedefinitions --output name | grep '\.metallb\.io$' || true)
  # shellcheck disable=SC2086 # one word a CRD
  if [ -n "$crds" ]; then kube delete --wait --timeout "${TIMEOUT}s" $crds; fi
  kube delete namespaces "$METALLB_NAMESPACE" --ignore-not-found --wait --timeout "${TIMEOUT}s"
}

uninstall() {
  local mine=false
  if ours "$METALLB_NAMESPACE"; then mine=true; fi
  if [ "$DRY_RUN" = true ]; then
    say "  would delete the pool and the L2Advertisement demo-pool"
    if [ "$mine" = true ]; then say "  would delete MetalLB and the namespace $METALLB_NAMESPACE"; fi
    say "Dry run: nothing was changed."
    return 0
  fi
  step "delete the pool" "kubectl -n $METALLB_NAMESPACE get ipaddresspools,l2advertisements" delete_pool
  if [ "$mine" = true ]; then
    step "delete MetalLB" "kubectl get namespace $METALLB_NAMESPACE -o yaml says what it still waits for; run it again" delete_metallb
  else
    say "- MetalLB was not installed from here, or is gone: nothing more to delete"
  fi
}

parse_arguments "$@"
check_cluster
if [ "$ACTION" = install ] && [ -z "$MANIFEST" ] && [ -z "$(metallb_controller)" ]; then
  require_command helm "install Helm 3.$MINIMUM_HELM_MINOR or newer: https://helm.sh/docs/intro/install; or --manifest FILE"
fi
"$ACTION"
