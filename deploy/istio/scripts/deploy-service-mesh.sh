#!/usr/bin/env bash
# Applies the configuration of the service mesh and its workloads to a cluster that runs Istio, or takes them away again.
#
# Usage: deploy-service-mesh.sh [deploy | uninstall] [options]
#
#   --overlay NAME     base (default), dev, production, multi-cluster, chaos
#   --context NAME     the context of the kubeconfig; without it the current one
#   --namespace-only   only what lies in the namespace mcp-system: needs rights there and nowhere else
#   --dry-run          has the API server check every object and changes nothing
#   --keep-namespaces  uninstall: the namespaces stay
#   --timeout SECONDS  for each wait (default 300)
#
# Applying again changes nothing. What an earlier overlay brought and this one does not have is removed. A namespace that was there before stays
# when the rest is uninstalled; so does everything that these scripts did not make.
#
# Ends with 0 when all is done, 1 when a step failed, 2 for wrong arguments, 3 when something is missing that has to be there first.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ACTION=''
KEEP_NAMESPACES=false

take_own() {
  case "$1" in
    --keep-namespaces) take_flag KEEP_NAMESPACES ;;
    deploy | uninstall) take_action "$1" ;;
  esac
}

# select_phase NUMBER NAME: the index lines of one phase, in the file $WORK/NAME.
select_phase() {
  awk -F '\t' -v phase="$1" '$1 == phase' "$WORK/docs/index" >"$WORK/$2"
}

# --- Checks before anything changes ---

check_kinds() {
  local version kind missing=''
  while read -r version kind; do
    if ! served "$version" "$kind"; then missing="$missing $kind.$version"; fi
  done < <(awk -F '\t' '{ print $3, $4 }' "$WORK/docs/index" | sort -u)
  if [ -z "$missing" ]; then return 0; fi
  if [ "$DRY_RUN" = true ]; then
    say "  not checked, because the cluster does not know the kind yet:$missing"
    return 0
  fi
  fail "$EXIT_PREREQUISITE" "the cluster does not know:$missing" \
    "install Istio $ISTIO_MINOR first (deploy-istio.sh, or its CRDs alone: chart base of Istio)"
}

check_rights() {
  local kind missing=''
  while read -r kind; do
    if ! may create "$kind" --namespace "$SERVICE_NAMESPACE" || ! may patch "$kind" --namespace "$SERVICE_NAMESPACE"; then
      missing="$missing $kind"
    fi
  done < <(kind_arguments "$WORK/docs/index")
  if [ -n "$missing" ]; then
    fail "$EXIT_PREREQUISITE" "no right to create and patch in $SERVICE_NAMESPACE:$missing" \
      "ask an administrator for a Role in $SERVICE_NAMESPACE with these kinds; the namespace has to be there too"
  fi
}

# --- Deploying ---

apply_namespaces() {
  if [ -s "$WORK/namespaces" ]; then leave_foreign_namespaces; fi
  apply_index "$WORK/namespaces" "$@"
}

# An autoscaler writes the number of replicas, and that stays its own when it is gone: an overlay that has no autoscaler and a number of its own would conflict
# with it. Splits the index lines in FILE into $WORK/scaled, the Deployments whose number is to be taken back, and $WORK/unscaled, all others.
split_scaled() {
  local scope=(--all-namespaces) line file kind namespace name
  if [ "$NAMESPACE_ONLY" = true ]; then scope=(--namespace "$SERVICE_NAMESPACE"); fi
  kube get deployments.apps "${scope[@]}" --selector "$OWNER_LABEL=$OWNER" --output \
    "jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name}{' '}{.metadata.managedFields[?(@.subresource=='scale')].manager}{'\n'}{end}" |
    sed -n 's/ .*kube-controller-manager.*//p' >"$WORK/autoscaled"
  surplus_autoscalers >"$WORK/surplus-autoscalers"
  # What an autoscaler that stays looks after is left to it.
  kube get horizontalpodautoscalers.autoscaling "${scope[@]}" --output \
    "jsonpath={range .items[*]}{.metadata.namespace}{'\t'}{.metadata.name}{'\t'}{.spec.scaleTargetRef.name}{'\n'}{end}" |
    awk -F '\t' 'FILENAME == ARGV[1] { surplus[$3 "/" $4]; next } !(($1 "/" $2) in surplus) { print $1 "/" $3 }' "$WORK/surplus-autoscalers" - >"$WORK/held"
  : >"$WORK/scaled"
  : >"$WORK/unscaled"
  while IFS= read -r line; do
    IFS=$'\t' read -r _ file _ kind namespace name <<<"$line"
    if [ "$kind" = Deployment ] && grep -qx "$namespace/$name" "$WORK/autoscaled" && ! grep -qx "$namespace/$name" "$WORK/held" && grep -q '^  replicas: ' "$file"; then
      printf '%s\n' "$line" >>"$WORK/scaled"
    else
      printf '%s\n' "$line" >>"$WORK/unscaled"
    fi
  done <"$1"
}

# Our autoscalers in the cluster that this overlay does not have, as owned_objects names them.
surplus_autoscalers() {
  echo horizontalpodautoscalers.autoscaling >"$WORK/autoscaler-kind"
  owned_objects "$WORK/autoscaler-kind" | awk -F '\t' '
    FILENAME == ARGV[1] { if ($4 == "HorizontalPodAutoscaler") wanted[$5 "/" $6]; next }
    !(($3 "/" $4) in wanted)
  ' "$WORK/docs/index" -
}

# apply_scaled FILE [kubectl options]: as apply_index; takes back what autoscalers wrote that are not of this overlay.
apply_scaled() {
  local index=$1
  shift
  split_scaled "$index"
  apply_index "$WORK/unscaled" "$@"
  apply_index "$WORK/scaled" --force-conflicts "$@"
}

# Before the workloads: they would go on scaling what is applied.
remove_autoscalers() {
  surplus_autoscalers >"$WORK/surplus-autoscalers"
  delete_objects "$WORK/surplus-autoscalers"
}

# The API server can check an object only where its kind and its namespace are there. What cannot be checked is named, not passed over.
dry_run() {
  local phase file version kind namespace name unchecked=''
  : >"$WORK/checkable"
  while IFS=$'\t' read -r phase file version kind namespace name; do
    if ! served "$version" "$kind"; then continue; fi
    if [ "$namespace" != - ] && ! namespace_exists "$namespace"; then
      unchecked="$unchecked $namespace"
      continue
    fi
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$phase" "$file" "$version" "$kind" "$namespace" "$name" >>"$WORK/checkable"
  done < <(awk -F '\t' '$1 > 1' "$WORK/docs/index")
  if [ -n "$unchecked" ]; then
    say "  not checked, because the namespace is not there yet: $(printf '%s\n' "$unchecked" | tr ' ' '\n' | sort | uniq -c | awk 'NF > 1 { printf "%s (%s objects) ", $2, $1 }')"
  fi
  apply_scaled "$WORK/checkable" --dry-run=server
}

# Asked once a namespace. Who may read nothing outside of the own namespace is taken at his word that it is there.
namespace_exists() {
  if [ "$NAMESPACE_ONLY" = true ]; then return 0; fi
  if [ ! -f "$WORK/namespace-list" ]; then
    kube get namespaces --output "jsonpath={range .items[*]}{.metadata.name}{'\\n'}{end}" >"$WORK/namespace-list"
  fi
  grep -qx "$1" "$WORK/namespace-list"
}

# Our objects in the cluster, of the kinds in the file $1: apiVersion, kind, namespace or -, name. `kubectl get` of a kind that is not served fails.
owned_objects() {
  local scope=(--all-namespaces) kinds
  if [ "$NAMESPACE_ONLY" = true ]; then scope=(--namespace "$SERVICE_NAMESPACE"); fi
  kinds=$(paste -s -d , "$1")
  if [ -z "$kinds" ]; then return 0; fi
  kube get "$kinds" "${scope[@]}" --selector "$OWNER_LABEL=$OWNER" \
    --output "jsonpath={range .items[*]}{.apiVersion}{'\\t'}{.kind}{'\\t'}{.metadata.namespace}{'\\t'}{.metadata.name}{'\\n'}{end}" |
    awk -F '\t' -v OFS='\t' '{ if ($3 == "") $3 = "-"; print }'
}

# The kinds of every overlay, as far as the cluster serves them, in the file $WORK/kinds.
owned_kinds() {
  local name version kind
  : >"$WORK/all-index"
  for name in $(overlay_names); do
    if [ ! -f "$(overlay_folder "$name")/kustomization.yaml" ]; then continue; fi
    render "$(overlay_folder "$name")" "$WORK/other.yaml"
    split "$WORK/other.yaml" "$WORK/other"
    cat "$WORK/other/index" >>"$WORK/all-index"
    rm -r "$WORK/other"
  done
  : >"$WORK/served-index"
  while IFS=$'\t' read -r version kind scope; do
    if [ "$NAMESPACE_ONLY" = true ] && [ "$scope" = cluster ]; then continue; fi
    if [ "$kind" != Namespace ] && served "$version" "$kind"; then printf -- '-\t-\t%s\t%s\n' "$version" "$kind" >>"$WORK/served-index"; fi
  done < <(awk -F '\t' -v OFS='\t' '{ print $3, $4, ($5 == "-" ? "cluster" : "namespace") }' "$WORK/all-index" | sort -u)
  kind_arguments "$WORK/served-index" >"$WORK/kinds"
}

prune() {
  owned_kinds
  owned_objects "$WORK/kinds" | sort >"$WORK/owned"
  awk -F '\t' -v OFS='\t' '{ print $3, $4, $5, $6 }' "$WORK/docs/index" | sort >"$WORK/wanted"
  comm -23 "$WORK/owned" "$WORK/wanted" >"$WORK/surplus"
  delete_objects "$WORK/surplus"
}

wait_for_workloads() {
  local kind namespace name
  while IFS=$'\t' read -r _ _ _ kind namespace name; do
    wait_for_rollout "$namespace" "$kind/$name"
  done < <(awk -F '\t' '$4 == "Deployment" || $4 == "StatefulSet" || $4 == "DaemonSet"' "$WORK/docs/index")
}

deploy() {
  local refused="the message names object and field, or who else owns a field; npm run analyze -- deploy/istio finds what the API server does not"
  load_overlay
  select_phase 1 namespaces
  select_phase 2 identities
  select_phase 3 configuration
  select_phase 4 workloads
  say "- check the kinds"
  check_kinds
  if [ "$NAMESPACE_ONLY" = true ]; then
    say "- check the rights in $SERVICE_NAMESPACE"
    check_rights
  fi
  if [ "$DRY_RUN" = true ]; then
    step "check namespaces (dry run)" "$refused" apply_namespaces --dry-run=server
    step "check all objects (dry run)" "$refused" dry_run
    say "Dry run: nothing was changed."
    return 0
  fi
  step "apply namespaces" "an administrator has to make them; then use --namespace-only" apply_namespaces
  awk -F '\t' '$1 > 1' "$WORK/docs/index" >"$WORK/all-objects"
  step "check all objects before any of them changes" "$refused" apply_scaled "$WORK/all-objects" --dry-run=server
  step "apply accounts, services and settings" "$refused" apply_index "$WORK/identities"
  step "apply the configuration of the mesh" "$refused" apply_index "$WORK/configuration"
  step "remove autoscalers that this overlay does not have" "kubectl -n $SERVICE_NAMESPACE get horizontalpodautoscalers" remove_autoscalers
  step "apply workloads" "$refused" apply_scaled "$WORK/workloads"
  step "remove what this overlay does not have" "the object's finalizers: kubectl get KIND NAME -o jsonpath={.metadata.finalizers}" prune
  step "wait for the workloads" "kubectl -n $SERVICE_NAMESPACE get pods, then kubectl describe of one that is not ready; --timeout for slow image pulls" wait_for_workloads
  say "Deployed: overlay $OVERLAY."
}

# --- Uninstalling ---

remove_objects() {
  owned_kinds
  owned_objects "$WORK/kinds" >"$WORK/owned"
  if [ "$DRY_RUN" = true ]; then
    awk -F '\t' '{ printf "  would delete %s %s/%s\n", $2, $3, $4 }' "$WORK/owned"
    return 0
  fi
  # Workloads first: nothing may run without what guards it.
  awk -F '\t' -v OFS='\t' '{ print ($2 ~ /^(Deployment|StatefulSet|DaemonSet|Job|CronJob)$/ ? 0 : 1), $0 }' "$WORK/owned" |
    sort | cut -f 2- >"$WORK/doomed"
  delete_objects "$WORK/doomed"
}

remove_namespaces() {
  local names
  names=$(kube get namespaces --selector "$OWNER_LABEL=$OWNER" --output 'jsonpath={.items[*].metadata.name}')
  if [ -z "$names" ]; then return 0; fi
  if [ "$DRY_RUN" = true ]; then
    say "  would delete, with all that is in them: $names"
  else
    # shellcheck disable=SC2086 # one word a name
    delete_namespaces $names
  fi
}

uninstall() {
  step "remove workloads and configuration" "the object's finalizers; or the right to delete it: kubectl auth can-i delete KIND -n $SERVICE_NAMESPACE" remove_objects
  if [ "$NAMESPACE_ONLY" = false ] && [ "$KEEP_NAMESPACES" = false ]; then
    step "remove the namespaces that were made from here" "kubectl get namespace NAME -o yaml says what it still waits for" remove_namespaces
  fi
  if [ "$DRY_RUN" = true ]; then
    say "Dry run: nothing was changed."
  else
    say "Removed."
  fi
}

parse_options "$@"
check_overlay
check_cluster
"${ACTION:-deploy}"
