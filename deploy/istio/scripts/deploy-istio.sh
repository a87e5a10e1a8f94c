#!/usr/bin/env bash
# Installs Istio and the service mesh on it, start to finish, or takes both away again.
#
# Usage: deploy-istio.sh [deploy | uninstall] [options]
#
#   --overlay NAME          base (default), dev, production, multi-cluster, chaos
#   --context NAME          the context of the kubeconfig; without it the current one
#   --dry-run               has the API server check every object and changes nothing
#   --namespace-only        only what lies in the namespace mcp-system: needs rights there and nowhere else; leaves the control plane alone
#   --skip-control-plane    Istio is there already, or somebody else's task
#   --manifests DIR         install the control plane from the YAML files in DIR, such as the output of `istioctl manifest generate` or
#                           `helm template` on another machine
#   --charts REF            Helm: the repository by its name in `helm repo list` (default istio), or a folder of unpacked charts
#   --keep-crds             uninstall: Istio's CRDs stay, and with them every Istio object that is not ours
#   --timeout SECONDS       for each wait (default 300)
#
# The control plane is installed by istioctl where it is on the PATH, else by Helm, else --manifests or --skip-control-plane has to say what to do.
# Doing it again changes nothing. Uninstalling asks nothing.
#
# Ends with 0 when all is done, 1 when a step failed, 2 for wrong arguments, 3 when something is missing that has to be there first, 4 when all
# was deployed but verify-deployment.sh is not content.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ACTION=''
MANIFESTS=''
SKIP_CONTROL_PLANE=false
CHARTS=istio
KEEP_CRDS=false
# istioctl, helm, manifests or skip
INSTALLER=''

take_own() {
  case "$1" in
    --skip-control-plane) take_flag SKIP_CONTROL_PLANE ;;
    --keep-crds) take_flag KEEP_CRDS ;;
    --manifests) take_value MANIFESTS "$@" ;;
    --charts) take_value CHARTS "$@" ;;
    deploy | uninstall) take_action "$1" ;;
  esac
}

parse_arguments() {
  parse_options "$@"
  check_overlay
  ACTION=${ACTION:-deploy}
  if [ "$SKIP_CONTROL_PLANE" = true ] && [ -n "$MANIFESTS" ]; then usage_error "--skip-control-plane and --manifests exclude each other"; fi
  if [ -n "$MANIFESTS" ] && [ ! -d "$MANIFESTS" ]; then usage_error "--manifests wants a folder, '$MANIFESTS' is none"; fi
}

# --- Prerequisites ---

choose_installer() {
  if [ "$NAMESPACE_ONLY" = true ] || [ "$SKIP_CONTROL_PLANE" = true ]; then
    INSTALLER=skip
  elif [ -n "$MANIFESTS" ]; then
    INSTALLER=manifests
  elif command -v istioctl >/dev/null; then
    INSTALLER=istioctl
    check_istioctl
  elif command -v helm >/dev/null; then
    INSTALLER=helm
  else
    fail "$EXIT_PREREQUISITE" "there is neither istioctl nor helm on the PATH to install the control plane with" \
      "install istioctl $ISTIO_VERSION; or --manifests DIR; or --skip-control-plane where Istio runs already"
  fi
}

check_istioctl() {
  local version
  version=$(istioctl_version)
  if [ "${version%.*}" != "$ISTIO_MINOR" ]; then
    fail "$EXIT_PREREQUISITE" "istioctl is of Istio ${version:-?}, these manifests are for $ISTIO_MINOR" \
      "put istioctl $ISTIO_VERSION first on the PATH, or see canary-upgrade.sh --help for a change of version"
  fi
}

check_admin() {
  if [ "$INSTALLER" = skip ]; then return 0; fi
  if ! may '*' '*' --all-namespaces; then
    fail "$EXIT_PREREQUISITE" "installing Istio needs cluster-admin, which this user does not have" \
      "let an administrator run it; after that --namespace-only needs rights in $SERVICE_NAMESPACE alone"
  fi
}

# --- The control plane ---

install_with_istioctl() {
  local files=(--filename "$ROOT/istio/installation.yaml")
  if [ -f "$ROOT/istio/installation-$OVERLAY.yaml" ]; then files+=(--filename "$ROOT/istio/installation-$OVERLAY.yaml"); fi
  if [ "$DRY_RUN" = true ]; then
    run_istioctl install "${files[@]}" --skip-confirmation --dry-run
  else
    run_istioctl install "${files[@]}" --skip-confirmation --readiness-timeout "${TIMEOUT}s"
  fi
}

# install_chart RELEASE NAMESPACE CHART VALUES
install_chart() {
  local options=(--namespace "$2" --values "$ROOT/istio/helm/$4.yaml")
  if [ -f "$ROOT/istio/helm/$4-$OVERLAY.yaml" ]; then options+=(--values "$ROOT/istio/helm/$4-$OVERLAY.yaml"); fi
  if [ ! -d "$CHARTS/$3" ]; then options+=(--version "$ISTIO_VERSION"); fi
  if [ "$DRY_RUN" = true ]; then
    # Helm checks against the API server what the templates look up there; its objects are checked by kubectl only once the CRDs are there.
    run_helm upgrade --install "$1" "$CHARTS/$3" "${options[@]}" --dry-run=server >/dev/null
  else
    run_helm upgrade --install "$1" "$CHARTS/$3" "${options[@]}" --create-namespace --wait --timeout "${TIMEOUT}s"
  fi
}

install_with_helm() {
  install_chart istio-base "$ISTIO_NAMESPACE" base base
  install_chart istiod "$ISTIO_NAMESPACE" istiod istiod
  install_chart istio-ingressgateway istio-ingress gateway ingressgateway
  install_chart istio-egressgateway istio-egress gateway egressgateway
  install_chart istio-eastwestgateway istio-eastwest gateway eastwestgateway
}

# CRDs and namespaces are made before what is of their kind and in them: a second pass brings what the first was too early for.
install_manifests() {
  if [ "$DRY_RUN" = true ]; then
    dry_run_manifests
    return 0
  fi
  if ! kube apply --server-side --field-manager "$FIELD_MANAGER-control-plane" --filename "$MANIFESTS" 2>"$WORK/first-pass"; then
    wait_for_crds
    kube apply --server-side --field-manager "$FIELD_MANAGER-control-plane" --filename "$MANIFESTS"
  fi
}

dry_run_manifests() {
  if kube apply --server-side --field-manager "$FIELD_MANAGER-control-plane" --dry-run=server --filename "$MANIFESTS" 2>"$WORK/dry-run"; then return 0; fi
  # Before the first installation neither the namespaces nor the CRDs are there that the rest needs.
  if grep -v -e 'namespaces ".*" not found' -e 'no matches for kind' -e 'ensure CRDs are installed first' "$WORK/dry-run" >&2; then return 1; fi
  say "  not checked, because namespace or kind is not there yet: $(wc -l <"$WORK/dry-run" | tr -d ' ') objects"
}

install_control_plane() {
  local advice="istioctl analyze, kubectl -n $ISTIO_NAMESPACE get events; running this script again goes on where it stopped"
  case "$INSTALLER" in
    skip) return 0 ;;
    istioctl) step "install the control plane with istioctl" "$advice" install_with_istioctl ;;
    helm) step "install the control plane with Helm" "helm repo list has to show $CHARTS (README.md), or --charts says where the charts are; $advice" install_with_helm ;;
    manifests) step "install the control plane from $MANIFESTS" "the message names file and object; $advice" install_manifests ;;
  esac
  if [ "$DRY_RUN" = false ]; then
    step "wait for the control plane" "kubectl -n $ISTIO_NAMESPACE describe pods -l app=istiod; --timeout for slow image pulls" wait_for_istiod
    step "wait for Istio's CRDs" "kubectl get crd -o wide; kubectl describe crd of one that is not established" wait_for_crds
  fi
}

# --- Deploying ---

# The gateways go into namespaces of ours, which say how their pods are injected: these come first.
make_namespaces() {
  awk -F '\t' '$1 == 1' "$WORK/docs/index" >"$WORK/namespaces"
  leave_foreign_namespaces
  apply_index "$WORK/namespaces"
}

deploy() {
  local status=0
  if [ "$INSTALLER" != skip ] && [ "$DRY_RUN" = false ]; then
    load_overlay
    step "apply namespaces" "kubectl auth can-i create namespaces" make_namespaces
  fi
  install_control_plane
  "$SCRIPTS/deploy-service-mesh.sh" deploy ${SHARED_OPTIONS[@]+"${SHARED_OPTIONS[@]}"} || exit "$?"
  if [ "$DRY_RUN" = true ]; then return 0; fi
  "$SCRIPTS/verify-deployment.sh" ${SHARED_OPTIONS[@]+"${SHARED_OPTIONS[@]}"} || status=$?
  exit "$status"
}

# --- Uninstalling ---

uninstall_with_helm() {
  local release namespace
  while read -r release namespace; do
    run_helm uninstall "$release" --namespace "$namespace" --ignore-not-found --wait --timeout "${TIMEOUT}s"
  done <<'RELEASES'
istio-eastwestgateway istio-eastwest
istio-egressgateway istio-egress
istio-ingressgateway istio-ingress
istiod istio-system
istio-base istio-system
RELEASES
}

# Not the CRDs among the manifests, about which --keep-crds decides, and no namespaces, which may hold more. What is gone already is no failure.
uninstall_manifests() {
  kube get --filename "$MANIFESTS" --ignore-not-found --no-headers \
    --output custom-columns=V:.apiVersion,K:.kind,S:.metadata.namespace,N:.metadata.name >"$WORK/present" 2>"$WORK/absent" ||
    if grep -v -e 'no matches for kind' -e 'ensure CRDs are installed first' "$WORK/absent" >&2; then return 1; fi
  awk -v OFS='\t' '$2 != "CustomResourceDefinition" && $2 != "Namespace" { print $1, $2, ($3 == "<none>" ? "-" : $3), $4 }' "$WORK/present" >"$WORK/doomed"
  delete_objects "$WORK/doomed"
}

uninstall_control_plane() {
  case "$INSTALLER" in
    istioctl) run_istioctl uninstall --purge --skip-confirmation ;;
    helm) uninstall_with_helm ;;
    manifests) uninstall_manifests ;;
  esac
}

delete_crds() {
  local crds
  crds=$(istio_crds)
  # shellcheck disable=SC2086 # one word a CRD
  if [ -n "$crds" ]; then kube delete --wait --timeout "${TIMEOUT}s" $crds; fi
}

# What istiod itself made: its certificate for every namespace, its elections, its CA. No installer knows of them.
delete_leftovers() {
  kube delete configmaps --all-namespaces --selector istio.io/config=true --ignore-not-found
  delete_namespaces "$ISTIO_NAMESPACE"
}

uninstall() {
  local mesh=("$SCRIPTS/deploy-service-mesh.sh" uninstall ${SHARED_OPTIONS[@]+"${SHARED_OPTIONS[@]}"})
  if [ "$INSTALLER" = skip ]; then
    "${mesh[@]}" || exit "$?"
    return 0
  fi
  # The gateways' namespaces go last, after the gateways.
  "${mesh[@]}" --keep-namespaces || exit "$?"
  if [ "$DRY_RUN" = true ]; then
    say "Dry run: the control plane would be removed by $INSTALLER, then its namespace $ISTIO_NAMESPACE."
    return 0
  fi
  step "remove the control plane ($INSTALLER)" "run it again; istioctl uninstall --purge removes what no installer remembers" uninstall_control_plane
  if [ "$KEEP_CRDS" = false ]; then
    step "remove Istio's CRDs" "an object with a finalizer holds one back: kubectl get KIND -A; --keep-crds leaves them" delete_crds
  fi
  step "remove what istiod made" "kubectl get namespace $ISTIO_NAMESPACE -o yaml says what it still waits for" delete_leftovers
  "${mesh[@]}" || exit "$?"
}

parse_arguments "$@"
check_cluster
choose_installer
check_admin
"$ACTION"
